-- What happened to the stored events, in the order of the commits: the feed of consumers elsewhere.

-- Number of the log's entry by which the event was applied: with its slot it tells the event's copies apart where a
-- block left the chain and came back. 0: stored before there was a log.
ALTER TABLE raw_events ADD COLUMN applied_seq bigint NOT NULL DEFAULT 0;
ALTER TABLE raw_events ALTER COLUMN applied_seq DROP DEFAULT;

-- One row for all events of a block, numbered from `first_seq` to `last_seq` in the order of their `applied_seq`,
-- which begins at `events_from`; a reversion takes them back in the opposite order. The events themselves are in
-- raw_events, or in orphan_events once their block was replaced.
CREATE TABLE event_log (
    last_seq bigint PRIMARY KEY,
    first_seq bigint NOT NULL CHECK (first_seq <= last_seq),
    op text NOT NULL CHECK (op IN ('applied', 'reverted', 'finalized')),
    slot bigint NOT NULL,
    block_hash bytea NOT NULL CHECK (length(block_hash) = 32),
    events_from bigint NOT NULL,
    logged_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX event_log_applied ON event_log (slot) WHERE op = 'applied';

-- The last number given out, and the last one whose entry is not kept any more. Numbers are given out under the
-- cursor's lock, so their order is that of the commits.
CREATE TABLE event_log_head (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    last_seq bigint NOT NULL DEFAULT 0,
    pruned_seq bigint NOT NULL DEFAULT 0,
    -- Rows of raw_events: counting them takes longer than a status should.
    events bigint NOT NULL
);
INSERT INTO event_log_head (events) SELECT count(*) FROM raw_events;
