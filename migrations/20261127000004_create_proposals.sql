-- Proposals to the dao: the columns that are asked by; the account has the rest. Closed ones stay, as disputes do.
CREATE TABLE proposals (
    address bytea NOT NULL,
    born_slot bigint NOT NULL,
    closed boolean NOT NULL,
    -- From 1; no number is given twice.
    number bigint NOT NULL,
    action text NOT NULL,
    status text NOT NULL,
    proposer bytea NOT NULL,
    PRIMARY KEY (address, born_slot)
);
CREATE INDEX proposals_newest ON proposals (number DESC, address);
CREATE INDEX proposals_proposer ON proposals (proposer, number DESC, address);
CREATE INDEX proposals_status ON proposals (status, number DESC, address);
CREATE INDEX proposals_action ON proposals (action, number DESC, address);
