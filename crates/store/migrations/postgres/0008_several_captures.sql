-- Holds that are raised, or taken in several parts.
ALTER TABLE intents ADD COLUMN received bigint NOT NULL DEFAULT 0
  -- What is left and what was taken are the whole: nothing is lost between them.
  CHECK (received = 0 OR (status = 5 AND received > 0 AND moved > 0 AND moved + received = amount));
ALTER TABLE charges ADD COLUMN rest_held bigint NOT NULL DEFAULT 0
  CHECK (rest_held IN (0, 1)
    AND (rest_held = 0 OR (status = 2 AND captured < amount AND held_until IS NOT NULL)));

-- One charge may move funds once for each of its captures, anything else once for a reason.
ALTER TABLE balance_transactions ADD COLUMN part bigint NOT NULL DEFAULT 0 CHECK (part >= 0);
DROP INDEX balance_transactions_source;
CREATE UNIQUE INDEX balance_transactions_source
  ON balance_transactions (tenant, source, source_kind, reason, part);

-- More verbs: 1 confirm, 2 capture, 3 cancel, 4 refund, 5 increment.
ALTER TABLE attempts DROP CONSTRAINT attempts_verb_check;
ALTER TABLE attempts ADD CONSTRAINT attempts_verb_check CHECK (verb > 0);

-- In which currency a merchant's charges settle, and at what a line was converted; null where neither
-- is so.
ALTER TABLE tenants ADD COLUMN detail text COLLATE "C";
ALTER TABLE balance_transactions ADD COLUMN ratio text COLLATE "C";
