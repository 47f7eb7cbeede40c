-- Disputes before the court: the columns that are asked by; the account has the rest. Closed ones stay, as orders do.
CREATE TABLE disputes (
    address bytea NOT NULL,
    born_slot bigint NOT NULL,
    closed boolean NOT NULL,
    -- `order` or `version`, of a listing.
    kind text NOT NULL,
    subject bytea NOT NULL,
    status text NOT NULL,
    -- Who complained of a listing; null for an order.
    opener bytea,
    PRIMARY KEY (address, born_slot)
);
CREATE INDEX disputes_newest ON disputes (born_slot DESC, address);
CREATE INDEX disputes_subject ON disputes (subject, born_slot DESC, address);
CREATE INDEX disputes_opener ON disputes (opener, born_slot DESC, address);
CREATE INDEX disputes_status ON disputes (status, born_slot DESC, address);
