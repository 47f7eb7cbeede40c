-- What was stored and then left the chain, moved here by the transaction that stored its replacement. A block that
-- came back is in its own table again and stays here as well: this is history, not state.

CREATE TABLE orphan_blocks (
    slot bigint NOT NULL,
    hash bytea NOT NULL,
    parent_slot bigint NOT NULL,
    parent_hash bytea NOT NULL,
    block_time bigint,
    orphaned_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (slot, hash)
);

-- The same event may be here several times, once for each time that it was applied.
CREATE TABLE orphan_events (
    slot bigint NOT NULL,
    applied_seq bigint NOT NULL,
    signature bytea NOT NULL,
    ix_path integer[] NOT NULL,
    block_hash bytea NOT NULL,
    tx_index integer NOT NULL,
    program bytea NOT NULL,
    name text NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (slot, applied_seq)
);

CREATE TABLE orphan_dead_letters (
    slot bigint NOT NULL,
    block_hash bytea NOT NULL,
    signature bytea NOT NULL,
    ix_path integer[] NOT NULL,
    tx_index integer NOT NULL,
    program bytea NOT NULL,
    reason text NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (slot, block_hash, signature, ix_path)
);

-- Which manifests no version names any more, once a fork is undone.
CREATE INDEX versions_manifest ON versions (manifest_hash);
