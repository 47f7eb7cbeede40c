-- What orders of other modes than one-time have besides. Derived tables are made anew (`pedigree index rebuild`) where
-- rows are there already.
ALTER TABLE orders ADD COLUMN owner bytea NOT NULL;
ALTER TABLE orders ADD COLUMN earned numeric(20, 0) NOT NULL;
ALTER TABLE orders ADD COLUMN pending numeric(20, 0) NOT NULL;
ALTER TABLE orders ADD COLUMN accruing numeric(20, 0) NOT NULL;
ALTER TABLE orders ADD COLUMN contested numeric(20, 0) NOT NULL;
ALTER TABLE orders ADD COLUMN bond numeric(20, 0) NOT NULL;
ALTER TABLE orders ADD COLUMN ends_at bigint;
ALTER TABLE orders ADD COLUMN matures_at bigint;
ALTER TABLE orders ADD COLUMN arbitrate_by bigint;
CREATE INDEX orders_owner ON orders (owner, born_slot DESC, address);

-- Closed ones stay, as orders do.
CREATE TABLE sessions (
    address bytea NOT NULL,
    born_slot bigint NOT NULL,
    closed boolean NOT NULL,
    owner bytea NOT NULL,
    key bytea NOT NULL,
    PRIMARY KEY (address, born_slot)
);
CREATE INDEX sessions_newest ON sessions (born_slot DESC, address);
CREATE INDEX sessions_owner ON sessions (owner, born_slot DESC, address);
CREATE INDEX sessions_key ON sessions (key, born_slot DESC, address);
