-- When funds become available, and their way to the bank.

-- Of pending funds, what becomes available on which UTC day: `day:minor`, joined by commas. Neither
-- what pends nor what is on its way is ever below zero.
ALTER TABLE balances ADD COLUMN parts text COLLATE "C";
ALTER TABLE balances ADD COLUMN paid_until bigint NOT NULL DEFAULT 0
  CHECK (account NOT IN (2, 5) OR minor >= 0);
ALTER TABLE balances ADD COLUMN sequence bigint NOT NULL DEFAULT 0 CHECK (sequence >= 0);
ALTER TABLE balances ADD COLUMN due bytea;

-- What pended before there were days becomes available two days from now.
UPDATE balances SET parts = (extract(epoch FROM now())::bigint / 86400 + 2) || ':' || minor
  WHERE account = 2;
INSERT INTO timers (tenant, at, kind, about)
  SELECT tenant, (extract(epoch FROM now())::bigint / 86400 + 2) * 86400000, 20,
    convert_to(currency, 'UTF8')
  FROM balances WHERE account = 2;

ALTER TABLE tenants ADD COLUMN delay_days bigint NOT NULL DEFAULT 2 CHECK (delay_days > 0);
-- 0 manual, 1 daily, 2 weekly, 3 monthly; the anchor is a day of the week from 0, or of the month.
ALTER TABLE tenants ADD COLUMN payout_interval bigint NOT NULL DEFAULT 0
  CHECK (payout_interval BETWEEN 0 AND 3);
ALTER TABLE tenants ADD COLUMN payout_anchor bigint NOT NULL DEFAULT 0;
ALTER TABLE tenants ADD COLUMN payout_schedule bigint NOT NULL DEFAULT 0;

CREATE TABLE bank_accounts (
  tenant bigint NOT NULL,
  id bytea NOT NULL CHECK (length(id) = 12),
  seq bigint NOT NULL,
  created bigint NOT NULL,
  country text COLLATE "C" NOT NULL,
  currency text COLLATE "C" NOT NULL,
  last4 text COLLATE "C" NOT NULL CHECK (length(last4) <= 4),
  fingerprint text COLLATE "C" NOT NULL,
  sealed bytea NOT NULL,
  is_default bigint NOT NULL CHECK (is_default IN (0, 1)),
  -- Takes no more payouts; those that went there still name it.
  deleted bigint NOT NULL CHECK (deleted IN (0, 1)),
  detail text COLLATE "C",
  PRIMARY KEY (tenant, id),
  CHECK (deleted = 0 OR is_default = 0)
);
CREATE UNIQUE INDEX bank_accounts_seq ON bank_accounts (tenant, seq);

CREATE TABLE payouts (
  tenant bigint NOT NULL,
  id bytea NOT NULL CHECK (length(id) = 12),
  seq bigint NOT NULL,
  created bigint NOT NULL,
  currency text COLLATE "C" NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  arrival bigint NOT NULL,
  destination bytea NOT NULL,
  -- 1 standard, 2 instant.
  method bigint NOT NULL CHECK (method IN (1, 2)),
  automatic bigint,
  original bytea,
  -- 1 pending, 2 in transit, 3 paid, 4 failed, 5 canceled.
  status bigint NOT NULL CHECK (status BETWEEN 1 AND 5),
  -- Null where there is nothing to tell.
  untold bigint CHECK (untold = 1),
  failure bigint,
  balance_transaction bytea,
  returned bytea,
  reversed_by bytea,
  sequence bigint NOT NULL CHECK (sequence >= 0),
  due bytea,
  detail text COLLATE "C",
  PRIMARY KEY (tenant, id),
  -- The network is told once a payout leaves; funds come back from what failed or was canceled.
  CHECK (untold IS NULL OR status = 2),
  CHECK ((status = 4) = (failure IS NOT NULL)),
  CHECK (original IS NOT NULL OR balance_transaction IS NOT NULL),
  CHECK (original IS NOT NULL OR (status > 3) = (returned IS NOT NULL))
);
CREATE UNIQUE INDEX payouts_seq ON payouts (tenant, seq);
CREATE INDEX payouts_untold ON payouts (created) WHERE untold IS NOT NULL;

-- The lines of a payout.
CREATE INDEX balance_transactions_available ON balance_transactions (tenant, available_on);

-- A payout is at the bank once.
CREATE UNIQUE INDEX transfers_paid ON transfers (tenant, source) WHERE reason = 12;

-- A payout never takes more than is available: balances are written before their transfers.
CREATE FUNCTION refuse_uncovered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM transfers JOIN balances ON balances.tenant = transfers.tenant
    WHERE transfers.tenant = NEW.tenant AND transfers.number = NEW.transfer
      AND transfers.reason = 11 AND balances.account = 3 AND balances.currency = NEW.currency
      AND balances.minor < 0
  ) THEN
    RAISE EXCEPTION 'a payout takes no more than is available';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER payouts_covered BEFORE INSERT ON entries
  FOR EACH ROW WHEN (NEW.account = 3 AND NEW.minor < 0) EXECUTE FUNCTION refuse_uncovered();
