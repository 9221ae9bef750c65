-- When funds become available, and their way to the bank.

-- Of pending funds, what becomes available on which UTC day: `day:minor`, joined by commas. Neither
-- what pends nor what is on its way is ever below zero.
ALTER TABLE balances ADD COLUMN parts TEXT;
ALTER TABLE balances ADD COLUMN paid_until INTEGER NOT NULL DEFAULT 0
  CHECK (account NOT IN (2, 5) OR minor >= 0);
ALTER TABLE balances ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0 CHECK (sequence >= 0);
ALTER TABLE balances ADD COLUMN due BLOB;

-- What pended before there were days becomes available two days from now.
UPDATE balances SET parts = (unixepoch() / 86400 + 2) || ':' || minor WHERE account = 2;
INSERT INTO timers (tenant, at, kind, about)
  SELECT tenant, (unixepoch() / 86400 + 2) * 86400000, 20, CAST(currency AS BLOB)
  FROM balances WHERE account = 2;

ALTER TABLE tenants ADD COLUMN delay_days INTEGER NOT NULL DEFAULT 2 CHECK (delay_days > 0);
-- 0 manual, 1 daily, 2 weekly, 3 monthly; the anchor is a day of the week from 0, or of the month.
ALTER TABLE tenants ADD COLUMN payout_interval INTEGER NOT NULL DEFAULT 0
  CHECK (payout_interval BETWEEN 0 AND 3);
ALTER TABLE tenants ADD COLUMN payout_anchor INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tenants ADD COLUMN payout_schedule INTEGER NOT NULL DEFAULT 0;

CREATE TABLE bank_accounts (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 12),
  seq INTEGER NOT NULL,
  created INTEGER NOT NULL,
  country TEXT NOT NULL,
  currency TEXT NOT NULL,
  last4 TEXT NOT NULL CHECK (length(last4) <= 4),
  fingerprint TEXT NOT NULL,
  sealed BLOB NOT NULL,
  is_default INTEGER NOT NULL CHECK (is_default IN (0, 1)),
  -- Takes no more payouts; those that went there still name it.
  deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
  detail TEXT,
  PRIMARY KEY (tenant, id),
  CHECK (deleted = 0 OR is_default = 0)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX bank_accounts_seq ON bank_accounts (tenant, seq);

CREATE TABLE payouts (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 12),
  seq INTEGER NOT NULL,
  created INTEGER NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0),
  arrival INTEGER NOT NULL,
  destination BLOB NOT NULL,
  -- 1 standard, 2 instant.
  method INTEGER NOT NULL CHECK (method IN (1, 2)),
  automatic INTEGER,
  original BLOB,
  -- 1 pending, 2 in transit, 3 paid, 4 failed, 5 canceled.
  status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 5),
  -- Null where there is nothing to tell.
  untold INTEGER CHECK (untold = 1),
  failure INTEGER,
  balance_transaction BLOB,
  returned BLOB,
  reversed_by BLOB,
  sequence INTEGER NOT NULL CHECK (sequence >= 0),
  due BLOB,
  detail TEXT,
  PRIMARY KEY (tenant, id),
  -- The network is told once a payout leaves; funds come back from what failed or was canceled.
  CHECK (untold IS NULL OR status = 2),
  CHECK ((status = 4) = (failure IS NOT NULL)),
  CHECK (original IS NOT NULL OR balance_transaction IS NOT NULL),
  CHECK (original IS NOT NULL OR (status > 3) = (returned IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX payouts_seq ON payouts (tenant, seq);
CREATE INDEX payouts_untold ON payouts (created) WHERE untold IS NOT NULL;

-- The lines of a payout.
CREATE INDEX balance_transactions_available ON balance_transactions (tenant, available_on);

-- A payout is at the bank once.
CREATE UNIQUE INDEX transfers_paid ON transfers (tenant, source) WHERE reason = 12;

-- A payout never takes more than is available: balances are written before their transfers.
CREATE TRIGGER payouts_covered BEFORE INSERT ON entries
WHEN NEW.account = 3 AND NEW.minor < 0 AND EXISTS (
  SELECT 1 FROM transfers JOIN balances ON balances.tenant = transfers.tenant
  WHERE transfers.tenant = NEW.tenant AND transfers.number = NEW.transfer
    AND transfers.reason = 11 AND balances.account = 3 AND balances.currency = NEW.currency
    AND balances.minor < 0
)
BEGIN SELECT raise(ABORT, 'a payout takes no more than is available'); END;
