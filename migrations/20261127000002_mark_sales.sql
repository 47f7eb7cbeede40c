-- Whether an order is a sale, as a column of its own: an order that is delivered changes none of its indexed columns then, and
-- six indexes are left alone. That it is settled an index of `state` would have to be told with every change of it.
ALTER TABLE orders ADD COLUMN sold boolean;
UPDATE orders SET sold = (state = 'settled' AND NOT free);
ALTER TABLE orders ALTER COLUMN sold SET NOT NULL;
DROP INDEX orders_sales;
CREATE INDEX orders_sales ON orders (listing) WHERE sold;
