-- Folded from raw_events. Nothing here depends on when it was written: chain time only, no serial numbers.
-- Unsigned 64-bit amounts are numeric(20,0); addresses and hashes are their bytes.

-- Every account that ever was, rebuilt from its events; `events` is how many of them were folded, so `events <> seq`
-- tells that some are missing.
CREATE TABLE accounts (
    kind text NOT NULL,
    address bytea NOT NULL CHECK (length(address) = 32),
    born_slot bigint NOT NULL,
    seq bigint NOT NULL,
    events bigint NOT NULL,
    slot bigint NOT NULL,
    signature bytea NOT NULL,
    bytes bytea NOT NULL,
    account_hash bytea NOT NULL CHECK (length(account_hash) = 32),
    closed boolean NOT NULL,
    PRIMARY KEY (kind, address, born_slot)
);
CREATE INDEX accounts_incomplete ON accounts (kind, address, born_slot) WHERE events <> seq;

-- Accounts with an event that could not be folded: it changes a part of the account alone, and the event before it is missing.
CREATE TABLE unfolded (
    kind text NOT NULL,
    address bytea NOT NULL,
    born_slot bigint NOT NULL,
    PRIMARY KEY (kind, address, born_slot)
);

-- Accounts of which events are missing.
CREATE VIEW incomplete AS
SELECT kind, address, born_slot FROM accounts WHERE events <> seq
UNION
SELECT kind, address, born_slot FROM unfolded;

CREATE TABLE profiles (
    publisher bytea PRIMARY KEY,
    address bytea NOT NULL,
    name text NOT NULL,
    uri text NOT NULL,
    verified boolean NOT NULL
);

-- One row per live listing: its account's facts, and what search needs of its publisher and its manifest. Columns
-- from the manifest are set only while its bytes match `manifest_hash`.
CREATE TABLE listings (
    address bytea PRIMARY KEY,
    born_slot bigint NOT NULL,
    publisher bytea NOT NULL,
    key bytea NOT NULL,
    authority bytea NOT NULL,
    payout bytea NOT NULL,
    operator bytea,
    kind text NOT NULL,
    status text NOT NULL,
    name text NOT NULL,
    license text,
    derivatives text NOT NULL,
    derivative_royalty_ppm bigint NOT NULL,
    royalty_ppm bigint NOT NULL,
    generation integer NOT NULL,
    parents integer NOT NULL,
    claimed boolean NOT NULL,
    version bigint NOT NULL,
    manifest_hash bytea NOT NULL,
    manifest_uri text NOT NULL,
    content_hash bytea,
    pricing jsonb NOT NULL,
    created_at bigint NOT NULL,
    created_slot bigint NOT NULL,
    activated_slot bigint,
    updated_slot bigint NOT NULL,
    publisher_name text,
    publisher_verified boolean NOT NULL DEFAULT false,
    manifest_status text NOT NULL DEFAULT 'pending',
    manifest_key text,
    summary text,
    source text,
    tags text[] NOT NULL DEFAULT '{}',
    attributes jsonb NOT NULL DEFAULT '{}',
    -- Lexemes of the name weigh A, of the publisher's name B, of the tags C, of the rest D.
    document tsvector NOT NULL DEFAULT ''
);
CREATE INDEX listings_document ON listings USING gin (document);
CREATE INDEX listings_tags ON listings USING gin (tags);
CREATE INDEX listings_publisher ON listings (publisher);
CREATE INDEX listings_publisher_name ON listings (publisher_name);
CREATE INDEX listings_key ON listings (key);
CREATE INDEX listings_manifest ON listings (manifest_hash);
CREATE INDEX listings_newest ON listings (status, created_slot DESC, address);
CREATE INDEX listings_name ON listings (status, name COLLATE "C", address);
CREATE INDEX listings_exact_name ON listings (lower(name));

CREATE TABLE versions (
    listing bytea NOT NULL,
    born_slot bigint NOT NULL,
    version bigint NOT NULL,
    manifest_hash bytea NOT NULL,
    manifest_uri text NOT NULL,
    content_hash bytea,
    slot bigint NOT NULL,
    signature bytea NOT NULL,
    PRIMARY KEY (listing, born_slot, version)
);

CREATE TABLE edges (
    child bytea NOT NULL,
    parent bytea NOT NULL,
    address bytea NOT NULL UNIQUE,
    born_slot bigint NOT NULL,
    relation text NOT NULL,
    status text NOT NULL,
    royalty_ppm bigint NOT NULL,
    table_index smallint,
    position integer NOT NULL,
    parent_version bigint NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (child, parent)
);
CREATE INDEX edges_parent ON edges (parent, child);

CREATE TABLE royalty_tables (
    address bytea PRIMARY KEY,
    born_slot bigint NOT NULL,
    listing bytea NOT NULL,
    generation integer NOT NULL,
    total_ppm bigint NOT NULL,
    entries jsonb NOT NULL,
    UNIQUE (listing, generation)
);

CREATE TABLE pools (
    address bytea PRIMARY KEY,
    born_slot bigint NOT NULL,
    listing bytea NOT NULL,
    generation integer NOT NULL,
    mint bytea NOT NULL,
    token_account bytea NOT NULL,
    token_program bytea NOT NULL,
    decimals smallint NOT NULL,
    credited numeric(20, 0)[] NOT NULL,
    owed numeric(20, 0)[] NOT NULL
);
CREATE INDEX pools_listing ON pools (listing, generation);

CREATE TABLE mints (
    mint bytea PRIMARY KEY,
    address bytea NOT NULL,
    enabled boolean NOT NULL,
    decimals smallint NOT NULL,
    max_deposit numeric(20, 0) NOT NULL,
    token_program bytea NOT NULL,
    treasury bytea NOT NULL
);

-- Closed orders stay: sales are counted here. An address may be used again once its order is closed.
CREATE TABLE orders (
    address bytea NOT NULL,
    born_slot bigint NOT NULL,
    mode text NOT NULL,
    state text NOT NULL,
    closed boolean NOT NULL,
    free boolean NOT NULL,
    unclaimed boolean NOT NULL,
    term smallint NOT NULL,
    listing bytea NOT NULL,
    version bigint NOT NULL,
    generation integer NOT NULL,
    buyer bytea NOT NULL,
    seller bytea NOT NULL,
    payee bytea NOT NULL,
    idempotency_key bytea NOT NULL,
    mint bytea NOT NULL,
    decimals smallint NOT NULL,
    pool bytea,
    manifest_hash bytea NOT NULL,
    content_hash bytea,
    quantity numeric(20, 0) NOT NULL,
    price numeric(20, 0) NOT NULL,
    fee_ppm bigint NOT NULL,
    royalty_ppm bigint NOT NULL,
    deposited numeric(20, 0) NOT NULL,
    paid numeric(20, 0) NOT NULL,
    fee_paid numeric(20, 0) NOT NULL,
    royalty_paid numeric(20, 0) NOT NULL,
    refunded numeric(20, 0) NOT NULL,
    paid_due numeric(20, 0) NOT NULL,
    fee_due numeric(20, 0) NOT NULL,
    royalty_due numeric(20, 0) NOT NULL,
    refund_due numeric(20, 0) NOT NULL,
    opened_at bigint NOT NULL,
    valid_until bigint NOT NULL,
    deliver_by bigint NOT NULL,
    delivered_at bigint,
    settle_after bigint,
    closed_at bigint,
    PRIMARY KEY (address, born_slot)
-- An order changes after it was stored, none of its indexed columns once it is settled: with room for its next version in
-- its page, six indexes are left alone.
) WITH (fillfactor = 50);
CREATE INDEX orders_newest ON orders (born_slot DESC, address);
CREATE INDEX orders_buyer ON orders (buyer, born_slot DESC, address);
CREATE INDEX orders_seller ON orders (seller, born_slot DESC, address);
CREATE INDEX orders_listing ON orders (listing, born_slot DESC, address);
CREATE INDEX orders_sales ON orders (listing) WHERE state = 'settled' AND NOT free;
