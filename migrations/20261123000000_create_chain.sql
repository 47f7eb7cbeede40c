-- What was read from the chain, as it was read. Everything else can be derived from here.

-- The one network that this database follows.
CREATE TABLE network (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    genesis_hash bytea NOT NULL CHECK (length(genesis_hash) = 32),
    -- Whether a block's parent hash is the hash of its parent; not on the embedded network, whose time is counted in slots.
    hashes_chain boolean NOT NULL
);

-- The contiguous frontier: every block up to `slot` is stored. No row means that nothing was read yet, which is not
-- the same as having read slot 0.
CREATE TABLE cursor (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    slot bigint NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32),
    finalized_slot bigint
);

CREATE TABLE blocks (
    slot bigint PRIMARY KEY,
    hash bytea NOT NULL CHECK (length(hash) = 32),
    parent_slot bigint NOT NULL,
    parent_hash bytea NOT NULL CHECK (length(parent_hash) = 32),
    block_time bigint,
    status text NOT NULL DEFAULT 'confirmed' CHECK (status IN ('confirmed', 'finalized'))
);
CREATE INDEX blocks_confirmed ON blocks (slot) WHERE status = 'confirmed';

-- `ix_path` is the place of the instruction in its transaction: index of the outer instruction, then of the inner one
-- below it. Two events of one transaction never share it, whatever their names and depths.
-- The writer makes partitions ahead of need; there is no default one, so a missing partition fails instead of hiding.
CREATE TABLE raw_events (
    slot bigint NOT NULL,
    signature bytea NOT NULL CHECK (length(signature) = 64),
    ix_path integer[] NOT NULL,
    block_hash bytea NOT NULL CHECK (length(block_hash) = 32),
    tx_index integer NOT NULL,
    program bytea NOT NULL CHECK (length(program) = 32),
    name text NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (slot, signature, ix_path)
) PARTITION BY RANGE (slot);

-- Which events changed which entity: one event may change several. Gaps in `seq` are lost events.
CREATE TABLE entity_events (
    kind text NOT NULL,
    address bytea NOT NULL,
    born_slot bigint NOT NULL,
    seq bigint NOT NULL,
    slot bigint NOT NULL,
    signature bytea NOT NULL,
    ix_path integer[] NOT NULL,
    PRIMARY KEY (kind, address, born_slot, seq)
);
CREATE INDEX entity_events_slot ON entity_events (slot);

CREATE VIEW entity_gaps AS
SELECT kind, address, born_slot, previous_seq, seq
FROM (
    SELECT
        kind, address, born_slot, seq,
        lag(seq, 1, 0::bigint) OVER (PARTITION BY kind, address, born_slot ORDER BY seq) AS previous_seq
    FROM entity_events
) AS numbered
WHERE seq <> previous_seq + 1;

-- Data that was sent as an event and cannot be read: kept, so that a later decoder can.
CREATE TABLE dead_letters (
    slot bigint NOT NULL,
    signature bytea NOT NULL,
    ix_path integer[] NOT NULL,
    block_hash bytea NOT NULL,
    tx_index integer NOT NULL,
    program bytea NOT NULL,
    reason text NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (slot, signature, ix_path)
);
