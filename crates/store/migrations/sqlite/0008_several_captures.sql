-- Holds that are raised, or taken in several parts.
ALTER TABLE intents ADD COLUMN received INTEGER NOT NULL DEFAULT 0
  -- What is left and what was taken are the whole: nothing is lost between them.
  CHECK (received = 0 OR (status = 5 AND received > 0 AND moved > 0 AND moved + received = amount));
ALTER TABLE charges ADD COLUMN rest_held INTEGER NOT NULL DEFAULT 0
  CHECK (rest_held IN (0, 1)
    AND (rest_held = 0 OR (status = 2 AND captured < amount AND held_until IS NOT NULL)));

-- One charge may move funds once for each of its captures, anything else once for a reason.
ALTER TABLE balance_transactions ADD COLUMN part INTEGER NOT NULL DEFAULT 0 CHECK (part >= 0);
DROP INDEX balance_transactions_source;
CREATE UNIQUE INDEX balance_transactions_source
  ON balance_transactions (tenant, source, source_kind, reason, part);

-- The same table for more verbs: it holds open attempts only, so it is small.
CREATE TABLE attempts_new (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 12),
  tenant INTEGER NOT NULL,
  intent BLOB NOT NULL,
  reference BLOB NOT NULL CHECK (length(reference) = 16),
  begun_at INTEGER NOT NULL,
  -- 1 confirm, 2 capture, 3 cancel, 4 refund, 5 increment.
  verb INTEGER NOT NULL CHECK (verb > 0),
  currency TEXT,
  amount INTEGER CHECK (amount > 0),
  charge BLOB,
  claim BLOB,
  announced INTEGER NOT NULL CHECK (announced IN (0, 1)),
  lookups INTEGER NOT NULL CHECK (lookups >= 0),
  lookup_at INTEGER NOT NULL,
  detail TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO attempts_new
  SELECT id, tenant, intent, reference, begun_at, verb, currency, amount, charge, claim, announced,
    lookups, lookup_at, detail FROM attempts;
DROP TABLE attempts;
ALTER TABLE attempts_new RENAME TO attempts;
CREATE UNIQUE INDEX attempts_reference ON attempts (reference);
CREATE UNIQUE INDEX attempts_intent ON attempts (tenant, intent) WHERE verb <> 4;
CREATE INDEX attempts_lookup ON attempts (lookup_at);

-- In which currency a merchant's charges settle, and at what a line was converted; null where neither
-- is so.
ALTER TABLE tenants ADD COLUMN detail TEXT;
ALTER TABLE balance_transactions ADD COLUMN ratio TEXT;
