-- Bytes that hash to `hash`, as they came: an input of its own, like raw_events.
CREATE TABLE manifest_contents (
    hash bytea PRIMARY KEY CHECK (length(hash) = 32),
    bytes bytea NOT NULL
);

-- Each place that a version named for its manifest. One bad URI for a hash says nothing of another.
CREATE TABLE manifests (
    hash bytea NOT NULL CHECK (length(hash) = 32),
    uri text NOT NULL,
    status text NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'ok', 'mismatch', 'refused', 'unreachable', 'too_large')),
    attempts integer NOT NULL DEFAULT 0,
    -- No time means: at once.
    next_attempt timestamptz,
    error text,
    PRIMARY KEY (hash, uri)
);
CREATE INDEX manifests_waiting ON manifests (next_attempt NULLS FIRST) WHERE status IN ('pending', 'unreachable');
