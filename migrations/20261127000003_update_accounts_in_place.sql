-- An account changes after it was stored, none of its indexed columns with it: with room for its next version in its page,
-- its indexes are left alone.
ALTER TABLE accounts ADD COLUMN whole boolean;
UPDATE accounts SET whole = (events = seq);
ALTER TABLE accounts ALTER COLUMN whole SET NOT NULL;
DROP INDEX accounts_incomplete;
CREATE INDEX accounts_incomplete ON accounts (kind, address, born_slot) WHERE NOT whole;
CREATE OR REPLACE VIEW incomplete AS
SELECT kind, address, born_slot FROM accounts WHERE NOT whole
UNION
SELECT kind, address, born_slot FROM unfolded;
ALTER TABLE accounts SET (fillfactor = 60);
