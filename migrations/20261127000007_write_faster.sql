-- The index counts orders itself as it writes them: it has what they were before in hand, where a trigger had to be given
-- both, in full, for every statement.

DROP TRIGGER market_inserted ON orders;
DROP TRIGGER market_updated ON orders;
DROP TRIGGER market_deleted ON orders;
DROP FUNCTION count_orders();

-- Sales are counted in `market`: nobody looks for them here any more, and the step to `sold` can leave all indexes alone.
DROP INDEX orders_sales;

-- Which entries of the log were taken back.
CREATE INDEX event_log_reverted ON event_log (events_from) WHERE op = 'reverted';
