-- Locked tokens. Closed positions stay, as orders do.
CREATE TABLE positions (
    address bytea NOT NULL,
    born_slot bigint NOT NULL,
    closed boolean NOT NULL,
    owner bytea NOT NULL,
    PRIMARY KEY (address, born_slot)
);
CREATE INDEX positions_newest ON positions (born_slot DESC, address);
CREATE INDEX positions_owner ON positions (owner, born_slot DESC, address);

-- Reward periods that somebody opened. They never close.
CREATE TABLE epochs (
    epoch bigint PRIMARY KEY,
    address bytea NOT NULL UNIQUE,
    status text NOT NULL
);
