-- Disputes: what the network took back, and what the merchant says to it.
CREATE TABLE disputes (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 12),
  seq INTEGER NOT NULL,
  created INTEGER NOT NULL,
  charge BLOB NOT NULL,
  intent BLOB NOT NULL,
  method BLOB NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0),
  reason INTEGER NOT NULL,
  -- 1 to 3 an inquiry (open, answered, closed), 4 open, 5 answered, 6 won, 7 lost.
  status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 7),
  due_by INTEGER NOT NULL,
  submissions INTEGER NOT NULL CHECK (submissions >= 0),
  untold INTEGER,
  withdrawn BLOB,
  reinstated BLOB,
  sequence INTEGER NOT NULL CHECK (sequence >= 0),
  due BLOB,
  detail TEXT,
  PRIMARY KEY (tenant, id),
  -- An inquiry moves nothing; nothing comes back that was not taken, and only to a winner.
  CHECK ((status > 3) = (withdrawn IS NOT NULL)),
  CHECK ((status = 6) = (reinstated IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX disputes_seq ON disputes (tenant, seq);
CREATE INDEX disputes_charge ON disputes (tenant, charge, seq);
CREATE INDEX disputes_intent ON disputes (tenant, intent, seq);
CREATE INDEX disputes_due ON disputes (due_by) WHERE status IN (1, 4);
CREATE INDEX disputes_untold ON disputes (due_by) WHERE untold IS NOT NULL;

-- Nobody gives back, or has taken back, more than was taken.
ALTER TABLE charges ADD COLUMN disputed INTEGER NOT NULL DEFAULT 0
  CHECK (disputed >= 0 AND refunded + disputed <= coalesce(captured, 0));
ALTER TABLE charges ADD COLUMN dispute BLOB;
-- News of a charge names it by the reference of its authorization.
CREATE UNIQUE INDEX charges_reference ON charges (reference);
