-- Who may act for a merchant, and whether keys of it have caps.
ALTER TABLE tenants ADD COLUMN platform INTEGER;
ALTER TABLE tenants ADD COLUMN has_caps INTEGER NOT NULL DEFAULT 0 CHECK (has_caps IN (0, 1));
CREATE INDEX tenants_account ON tenants (account);

ALTER TABLE api_keys ADD COLUMN last_used INTEGER;

-- What a family of keys has spent in a stretch of time, and on what.
CREATE TABLE allowances (
  tenant INTEGER NOT NULL,
  family BLOB NOT NULL CHECK (length(family) = 12),
  stretch INTEGER NOT NULL,
  currency TEXT NOT NULL,
  minor INTEGER NOT NULL CHECK (minor >= 0),
  PRIMARY KEY (tenant, family, stretch)
) STRICT, WITHOUT ROWID;
CREATE TABLE spends (
  tenant INTEGER NOT NULL,
  about_kind INTEGER NOT NULL,
  about BLOB NOT NULL CHECK (length(about) = 12),
  family BLOB NOT NULL CHECK (length(family) = 12),
  stretch INTEGER NOT NULL,
  currency TEXT NOT NULL,
  minor INTEGER NOT NULL CHECK (minor >= 0),
  PRIMARY KEY (tenant, about_kind, about)
) STRICT, WITHOUT ROWID;

-- The ledger by time: a balance at a moment is the sum from the nearer end.
CREATE INDEX transfers_created ON transfers (tenant, created, number);

-- When funds become available, and what is said of it, may change; what was moved does not.
CREATE TRIGGER balance_transactions_kept_1 BEFORE UPDATE OF
  tenant, id, seq, created, reason, source_kind, source, transfer, currency, amount, fee
  ON balance_transactions
BEGIN SELECT raise(ABORT, 'balance transactions are append-only'); END;
CREATE TRIGGER balance_transactions_kept_2 BEFORE DELETE ON balance_transactions
BEGIN SELECT raise(ABORT, 'balance transactions are append-only'); END;
