-- Who may act for a merchant, and whether keys of it have caps.
ALTER TABLE tenants ADD COLUMN platform bigint;
ALTER TABLE tenants ADD COLUMN has_caps bigint NOT NULL DEFAULT 0 CHECK (has_caps IN (0, 1));
CREATE INDEX tenants_account ON tenants (account);

ALTER TABLE api_keys ADD COLUMN last_used bigint;

-- What a family of keys has spent in a stretch of time, and on what.
CREATE TABLE allowances (
  tenant bigint NOT NULL,
  family bytea NOT NULL CHECK (length(family) = 12),
  stretch bigint NOT NULL,
  currency text COLLATE "C" NOT NULL,
  minor bigint NOT NULL CHECK (minor >= 0),
  PRIMARY KEY (tenant, family, stretch)
);
CREATE TABLE spends (
  tenant bigint NOT NULL,
  about_kind bigint NOT NULL,
  about bytea NOT NULL CHECK (length(about) = 12),
  family bytea NOT NULL CHECK (length(family) = 12),
  stretch bigint NOT NULL,
  currency text COLLATE "C" NOT NULL,
  minor bigint NOT NULL CHECK (minor >= 0),
  PRIMARY KEY (tenant, about_kind, about)
);

-- The ledger by time: a balance at a moment is the sum from the nearer end.
CREATE INDEX transfers_created ON transfers (tenant, created, number);

-- When funds become available, and what is said of it, may change; what was moved does not.
CREATE TRIGGER balance_transactions_kept_1 BEFORE UPDATE OF
  tenant, id, seq, created, reason, source_kind, source, transfer, currency, amount, fee
  ON balance_transactions
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER balance_transactions_kept_2 BEFORE DELETE ON balance_transactions
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
