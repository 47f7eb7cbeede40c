-- Taint: what the court upheld against a listing and nobody carried out, and what descends from such a listing.

-- Cases of versions and of edges that were upheld for good, carried out or not. They stay, as what was ruled does. Derived
-- tables are made anew (`pedigree index rebuild`) where disputes are there already.
CREATE TABLE upheld_cases (
    address bytea NOT NULL,
    born_slot bigint NOT NULL,
    -- `version`, `false_edge` or `missing_edge`.
    kind text NOT NULL,
    -- The listing, the edge, or where the edge would be.
    subject bytea NOT NULL,
    subject_hash bytea NOT NULL,
    -- Among the disputes of its subject.
    number bigint NOT NULL,
    -- Of a missing edge, as no account names it: the event that opened the case does. Null where that was never seen.
    child bytea,
    PRIMARY KEY (address, born_slot)
);
CREATE INDEX upheld_cases_subject ON upheld_cases (subject);
CREATE INDEX upheld_cases_child ON upheld_cases (child);

-- Listings that are tainted by themselves: always as the events so far leave it.
CREATE TABLE own_taints (
    listing bytea PRIMARY KEY
);

-- Listings that are tainted by themselves or by descent, as far as that is spread (`store/spread.rs`).
CREATE TABLE taints (
    listing bytea PRIMARY KEY,
    -- A `doubted` one may have lost the ancestor that tainted it, and an `unfounded` one has no tainted parent beside doubted
    -- ones: both count as tainted until all that are doubted were looked at.
    standing text NOT NULL DEFAULT 'sure' CHECK (standing IN ('sure', 'doubted', 'unfounded'))
);
CREATE INDEX taints_unsure ON taints (standing, listing) WHERE standing IN ('doubted', 'unfounded');

-- Listings whose taint has to be looked at again; `lost` where something that tainted them is gone.
CREATE TABLE taint_changes (
    listing bytea PRIMARY KEY,
    lost boolean NOT NULL
);

-- Listings whose children have to be looked at, those from `after` on: doubted with them, or tainted by them.
CREATE TABLE taint_waves (
    doubts boolean NOT NULL,
    listing bytea NOT NULL,
    after bytea NOT NULL DEFAULT '',
    PRIMARY KEY (doubts, listing)
);

-- All taint that events up to here caused is spread, and all that they ended is gone. Null: nobody knows yet.
ALTER TABLE cursor ADD COLUMN taint_slot bigint;
