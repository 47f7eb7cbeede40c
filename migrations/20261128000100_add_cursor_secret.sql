-- What cursors are signed with, by all servers of this database. Two random identifiers hold 244 random bits.
CREATE TABLE cursor_secret (
    secret bytea NOT NULL CHECK (length(secret) = 32),
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one)
);
INSERT INTO cursor_secret (secret)
VALUES (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));
