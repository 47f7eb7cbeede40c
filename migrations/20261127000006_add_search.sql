-- Market facts of listings, and which listings changed: what search in memory is loaded from and follows.

-- Disputes of an order so far. Derived tables are made anew (`pedigree index rebuild`) where orders are there already.
ALTER TABLE orders ADD COLUMN disputes integer NOT NULL;

-- What happened to a listing's orders, counted. A listing without orders has no row.
CREATE TABLE market (
    listing bytea PRIMARY KEY,
    -- Paid ones, whatever became of them; `free` are the receipts of the others.
    orders bigint NOT NULL,
    -- Paid receipts.
    sales bigint NOT NULL,
    free bigint NOT NULL,
    -- Paid ones that are over: sold, or refunded whole.
    ended bigint NOT NULL,
    refunded bigint NOT NULL,
    -- Ever, each once.
    disputed bigint NOT NULL,
    -- Of those that are over, and how long it took from their opening.
    delivered bigint NOT NULL,
    delivery_seconds numeric NOT NULL
) WITH (fillfactor = 50);

-- What buyers paid for what was sold: seller's part, fee and royalty.
CREATE TABLE market_volumes (
    listing bytea NOT NULL,
    mint bytea NOT NULL,
    volume numeric NOT NULL,
    PRIMARY KEY (listing, mint)
) WITH (fillfactor = 50);

-- Sales by the day, from 1970, on which they were over.
CREATE TABLE market_days (
    listing bytea NOT NULL,
    day bigint NOT NULL,
    sales bigint NOT NULL,
    PRIMARY KEY (listing, day)
) WITH (fillfactor = 50);

-- Listings that changed, or anything that search knows of them, by the transaction that changed it. A reader asks for what
-- its last snapshot did not see; rows are never changed, and deleted once nobody should need them any more.
CREATE TABLE search_changes (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    listing bytea NOT NULL
);
CREATE INDEX search_changes_xid ON search_changes (xid);

-- Changes of transactions before `pruned` may be gone; those before `next` go next, a while after `marked_at`.
CREATE TABLE search_marks (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    pruned xid8 NOT NULL,
    next xid8 NOT NULL,
    marked_at timestamptz NOT NULL DEFAULT now()
);
-- Whoever reads of it for the first time has everything to read.
INSERT INTO search_marks (pruned, next)
VALUES (pg_snapshot_xmin(pg_current_snapshot()), pg_snapshot_xmin(pg_current_snapshot()));

-- Signs cursors, for all processes that serve this database.
CREATE TABLE api_secret (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    secret bytea NOT NULL CHECK (length(secret) = 32)
);
INSERT INTO api_secret (secret) VALUES (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

-- Notes the listings that the rows of a statement are of, by the column that the trigger names.
CREATE FUNCTION note_search_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO search_changes (listing) SELECT DISTINCT %I FROM changed', TG_ARGV[0]);
    RETURN NULL;
END
$$;

CREATE TRIGGER search_inserted AFTER INSERT ON listings REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION note_search_changes('address');
CREATE TRIGGER search_updated AFTER UPDATE ON listings REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION note_search_changes('address');
CREATE TRIGGER search_deleted AFTER DELETE ON listings REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION note_search_changes('address');

CREATE TRIGGER search_inserted AFTER INSERT ON edges REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION note_search_changes('child');
CREATE TRIGGER search_updated AFTER UPDATE ON edges REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION note_search_changes('child');
CREATE TRIGGER search_deleted AFTER DELETE ON edges REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION note_search_changes('child');

-- A listing is tainted by being there, whatever its standing.
CREATE TRIGGER search_inserted AFTER INSERT ON taints REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION note_search_changes('listing');
CREATE TRIGGER search_deleted AFTER DELETE ON taints REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION note_search_changes('listing');
CREATE TRIGGER search_inserted AFTER INSERT ON own_taints REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION note_search_changes('listing');
CREATE TRIGGER search_deleted AFTER DELETE ON own_taints REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION note_search_changes('listing');

-- Adds what a statement changed of orders to what is counted of their listings, in the order of the keys. What an order
-- counts for is written once, here; what it counted for before is taken off. Orders that count as before cancel out first,
-- and nothing more is done for them.
CREATE FUNCTION count_orders() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed text := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT 1 AS sign, * FROM new_rows'
        WHEN 'DELETE' THEN 'SELECT -1 AS sign, * FROM old_rows'
        ELSE 'SELECT 1 AS sign, * FROM new_rows UNION ALL SELECT -1, * FROM old_rows'
    END;
    gone bytea[];
    spent bytea[];
    idle bytea[];
BEGIN
    EXECUTE 'WITH counted AS MATERIALIZED (
            SELECT listing, free, sold OR state = ''refunded'' AS over, disputes > 0 AS disputed,
                CASE WHEN state IN (''settled'', ''refunded'') THEN delivered_at - opened_at END AS seconds,
                CASE WHEN sold THEN mint END AS mint,
                CASE WHEN sold THEN paid + fee_paid + royalty_paid END AS volume,
                CASE WHEN sold THEN coalesce(closed_at, opened_at) / 86400 END AS day,
                sum(sign) AS orders
            FROM (' || changed || ') AS changed
            GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(sign) <> 0
        ), facts AS MATERIALIZED (
            SELECT listing,
                coalesce(sum(orders) FILTER (WHERE NOT free), 0) AS orders,
                coalesce(sum(orders) FILTER (WHERE mint IS NOT NULL), 0) AS sales,
                coalesce(sum(orders) FILTER (WHERE free), 0) AS free,
                coalesce(sum(orders) FILTER (WHERE over AND NOT free), 0) AS ended,
                coalesce(sum(orders) FILTER (WHERE over AND NOT free AND mint IS NULL), 0) AS refunded,
                coalesce(sum(orders) FILTER (WHERE disputed), 0) AS disputed,
                coalesce(sum(orders) FILTER (WHERE seconds IS NOT NULL), 0) AS delivered,
                coalesce(sum(orders * seconds), 0) AS seconds
            FROM counted GROUP BY listing
        ), market_rows AS (
            INSERT INTO market AS m
            SELECT * FROM facts
            WHERE (orders, sales, free, ended, refunded, disputed, delivered, seconds) <> (0, 0, 0, 0, 0, 0, 0, 0)
            ORDER BY listing
            ON CONFLICT (listing) DO UPDATE SET
                orders = m.orders + excluded.orders, sales = m.sales + excluded.sales, free = m.free + excluded.free,
                ended = m.ended + excluded.ended, refunded = m.refunded + excluded.refunded,
                disputed = m.disputed + excluded.disputed, delivered = m.delivered + excluded.delivered,
                delivery_seconds = m.delivery_seconds + excluded.delivery_seconds
            RETURNING CASE WHEN m.orders = 0 AND m.free = 0 THEN m.listing END AS listing
        ), volume_rows AS (
            INSERT INTO market_volumes AS v
            SELECT listing, mint, sum(orders * volume) FROM counted
            WHERE mint IS NOT NULL GROUP BY listing, mint HAVING sum(orders * volume) <> 0
            ORDER BY listing, mint
            ON CONFLICT (listing, mint) DO UPDATE SET volume = v.volume + excluded.volume
            RETURNING CASE WHEN v.volume = 0 THEN v.listing END AS listing
        ), day_rows AS (
            INSERT INTO market_days AS d
            SELECT listing, day, sum(orders) FROM counted
            WHERE day IS NOT NULL GROUP BY listing, day HAVING sum(orders) <> 0
            ORDER BY listing, day
            ON CONFLICT (listing, day) DO UPDATE SET sales = d.sales + excluded.sales
            RETURNING CASE WHEN d.sales = 0 THEN d.listing END AS listing
        ), changes AS (
            -- An order that only began changes nothing that search sorts by.
            INSERT INTO search_changes (listing)
            SELECT listing FROM facts
            WHERE (ended, sales, disputed, delivered, seconds) <> (0, 0, 0, 0, 0)
            UNION
            SELECT listing FROM counted WHERE day IS NOT NULL GROUP BY listing, day HAVING sum(orders) <> 0
        )
        SELECT ARRAY(SELECT listing FROM market_rows WHERE listing IS NOT NULL),
            ARRAY(SELECT listing FROM volume_rows WHERE listing IS NOT NULL),
            ARRAY(SELECT listing FROM day_rows WHERE listing IS NOT NULL)' INTO gone, spent, idle;
    IF gone <> '{}' THEN
        DELETE FROM market WHERE listing = ANY(gone);
    END IF;
    IF spent <> '{}' THEN
        DELETE FROM market_volumes WHERE listing = ANY(spent) AND volume = 0;
    END IF;
    IF idle <> '{}' THEN
        DELETE FROM market_days WHERE listing = ANY(idle) AND sales = 0;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER market_inserted AFTER INSERT ON orders REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION count_orders();
CREATE TRIGGER market_updated AFTER UPDATE ON orders REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION count_orders();
CREATE TRIGGER market_deleted AFTER DELETE ON orders REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION count_orders();

-- What search sorts by and what `/v1/listings/{address}/signals` shows, out of what happened alone (docs/SEARCH.md). The
-- parts are out of 1,000, in whole numbers, and each is 500 where nothing happened.
CREATE VIEW signals AS
SELECT s.*,
    (4 * rating_part + 3 * completion_part + 2 * peace_part + delivery_part) / 10 AS quality
FROM (
    SELECT l.address AS listing, l.reviews, l.rating_sum,
        coalesce(m.orders, 0) AS orders, coalesce(m.sales, 0) AS sales, coalesce(m.free, 0) AS free,
        coalesce(m.ended, 0) AS ended, coalesce(m.refunded, 0) AS refunded, coalesce(m.disputed, 0) AS disputed,
        coalesce(m.delivered, 0) AS delivered, coalesce(m.delivery_seconds, 0) AS delivery_seconds,
        -- As if five more had rated it 3.
        (1000 * (l.rating_sum + 15 - (l.reviews + 5)) / (4 * (l.reviews + 5)))::integer AS rating_part,
        -- Each of these two as if four more were over, two of them well.
        coalesce(1000 * (m.sales + 2) / (m.ended + 4), 500)::integer AS completion_part,
        coalesce(1000 * (greatest(m.ended, m.disputed) - m.disputed + 2) / (greatest(m.ended, m.disputed) + 4), 500)::integer
            AS peace_part,
        -- A mean of one day is worth half; as if four more had taken that.
        coalesce(div(86400000::numeric * (m.delivered + 4), 86400::numeric * (m.delivered + 8) + m.delivery_seconds), 500)::integer
            AS delivery_part,
        -- Sales, each worth half as much as one three days later, as a power of two: that order does not change as time
        -- goes by. Older than twenty such steps before the last one they count for nothing.
        coalesce(t.trending, 0) AS trending
    FROM listings l
    LEFT JOIN market m ON m.listing = l.address
    LEFT JOIN LATERAL (
        SELECT d.day FROM market_days d WHERE d.listing = l.address AND d.sales > 0 ORDER BY d.day DESC LIMIT 1
    ) AS last ON m.sales > 0
    LEFT JOIN LATERAL (
        SELECT greatest(1 + round(1000 * (last.day / 3::float8
                + ln(sum(d.sales * power(2, (d.day - last.day) / 3::float8) ORDER BY d.day)) / ln(2::float8))), 1)::bigint AS trending
        FROM market_days d WHERE d.listing = l.address AND d.sales > 0 AND d.day > last.day - 60
    ) AS t ON last.day IS NOT NULL
) AS s;

-- What searches were answered from before: nobody reads these any more, and each listing that is written paid for them.
DROP INDEX listings_document, listings_tags, listings_publisher_name, listings_key, listings_newest, listings_name,
    listings_exact_name;
