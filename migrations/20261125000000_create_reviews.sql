-- What owners of paid orders say of what they bought: the columns that are asked by; the account has the rest.
CREATE TABLE reviews (
    address bytea PRIMARY KEY,
    listing bytea NOT NULL,
    order_address bytea NOT NULL,
    order_born_slot bigint NOT NULL,
    reviewer bytea NOT NULL,
    created_at bigint NOT NULL,
    UNIQUE (order_address, order_born_slot)
);
CREATE INDEX reviews_newest ON reviews (created_at DESC, address);
CREATE INDEX reviews_listing ON reviews (listing, created_at DESC, address);
CREATE INDEX reviews_reviewer ON reviews (reviewer, created_at DESC, address);

-- Derived tables are made anew (`pedigree index rebuild`) where rows are there already.
ALTER TABLE listings ADD COLUMN reviews bigint NOT NULL;
ALTER TABLE listings ADD COLUMN rating_sum bigint NOT NULL;
ALTER TABLE edges ADD COLUMN manifest_root bytea;
ALTER TABLE edges ADD COLUMN proved_slot bigint;
ALTER TABLE edges ADD COLUMN proved_version bigint;
