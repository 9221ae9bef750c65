-- The places that a tenant's objects were given in each quarter of an hour: the first and the last. A
-- list bounded by time is one bounded by places, whatever the clock did: it never walks a whole history.
CREATE TABLE quarters (
  tenant bigint NOT NULL,
  quarter bigint NOT NULL,
  first bigint NOT NULL,
  last bigint NOT NULL CHECK (last >= first),
  PRIMARY KEY (tenant, quarter)
);
INSERT INTO quarters (tenant, quarter, first, last)
SELECT tenant, created / 900000, min(seq), max(seq) FROM (
  SELECT tenant, created, seq FROM intents
  UNION ALL SELECT tenant, created, seq FROM charges
  UNION ALL SELECT tenant, created, seq FROM customers
  UNION ALL SELECT tenant, created, seq FROM methods
  UNION ALL SELECT tenant, created, seq FROM setup_intents
  UNION ALL SELECT tenant, created, seq FROM setup_attempts
  UNION ALL SELECT tenant, created, seq FROM fraud_warnings
  UNION ALL SELECT tenant, created, seq FROM refunds
  UNION ALL SELECT tenant, created, seq FROM disputes
  UNION ALL SELECT tenant, created, seq FROM payouts
  UNION ALL SELECT tenant, created, seq FROM bank_accounts
  UNION ALL SELECT tenant, created, seq FROM balance_transactions
  UNION ALL SELECT tenant, created, seq FROM events
  UNION ALL SELECT tenant, created, seq FROM endpoints
) AS placed GROUP BY 1, 2;
