-- Disputes: what the network took back, and what the merchant says to it.
CREATE TABLE disputes (
  tenant bigint NOT NULL,
  id bytea NOT NULL CHECK (length(id) = 12),
  seq bigint NOT NULL,
  created bigint NOT NULL,
  charge bytea NOT NULL,
  intent bytea NOT NULL,
  method bytea NOT NULL,
  currency text COLLATE "C" NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  reason bigint NOT NULL,
  -- 1 to 3 an inquiry (open, answered, closed), 4 open, 5 answered, 6 won, 7 lost.
  status bigint NOT NULL CHECK (status BETWEEN 1 AND 7),
  due_by bigint NOT NULL,
  submissions bigint NOT NULL CHECK (submissions >= 0),
  untold bigint,
  withdrawn bytea,
  reinstated bytea,
  sequence bigint NOT NULL CHECK (sequence >= 0),
  due bytea,
  detail text COLLATE "C",
  PRIMARY KEY (tenant, id),
  -- An inquiry moves nothing; nothing comes back that was not taken, and only to a winner.
  CHECK ((status > 3) = (withdrawn IS NOT NULL)),
  CHECK ((status = 6) = (reinstated IS NOT NULL))
);
CREATE UNIQUE INDEX disputes_seq ON disputes (tenant, seq);
CREATE INDEX disputes_charge ON disputes (tenant, charge, seq);
CREATE INDEX disputes_intent ON disputes (tenant, intent, seq);
CREATE INDEX disputes_due ON disputes (due_by) WHERE status IN (1, 4);
CREATE INDEX disputes_untold ON disputes (due_by) WHERE untold IS NOT NULL;

-- Nobody gives back, or has taken back, more than was taken.
ALTER TABLE charges ADD COLUMN disputed bigint NOT NULL DEFAULT 0
  CHECK (disputed >= 0 AND refunded + disputed <= coalesce(captured, 0));
ALTER TABLE charges ADD COLUMN dispute bytea;
-- News of a charge names it by the reference of its authorization.
CREATE UNIQUE INDEX charges_reference ON charges (reference);
