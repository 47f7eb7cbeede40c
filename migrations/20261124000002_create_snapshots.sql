-- Accounts as the network gave them, where their events were never seen or are behind: an input, like raw_events.
CREATE TABLE snapshots (
    kind text NOT NULL,
    address bytea NOT NULL CHECK (length(address) = 32),
    born_slot bigint NOT NULL,
    seq bigint NOT NULL,
    -- Of the finalized bank that it was read from.
    slot bigint NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (kind, address, born_slot, seq)
);

-- A state that came from a snapshot has no transaction to name.
ALTER TABLE accounts ALTER COLUMN signature DROP NOT NULL;
ALTER TABLE versions ALTER COLUMN signature DROP NOT NULL;

-- Derived tables hold every event up to here. It is behind `slot` only after a load of raw events alone.
ALTER TABLE cursor ADD COLUMN folded_slot bigint;
UPDATE cursor SET folded_slot = slot;
