-- Holds are in the ledger: what the network promised, against what can be taken until a moment.
ALTER TABLE transfers ADD COLUMN expires bigint CHECK ((reason = 40) = (expires IS NOT NULL));

-- What was held before, as if it had been written then.
INSERT INTO transfers (tenant, number, created, reason, source_kind, source, expires)
  SELECT charges.tenant,
    next_transfer - 1 + row_number() OVER (PARTITION BY charges.tenant ORDER BY charges.seq),
    charges.created, 40, 2, charges.id, held_until
  FROM intents
    JOIN charges ON charges.tenant = intents.tenant AND charges.id = latest_charge
    JOIN tenants ON tenants.id = charges.tenant
  WHERE intents.status = 5;
INSERT INTO entries (tenant, transfer, place, account, currency, minor)
  SELECT transfers.tenant, number, place, account, intents.currency, sign * moved
  FROM transfers
    JOIN charges ON charges.tenant = transfers.tenant AND charges.id = source
    JOIN intents ON intents.tenant = charges.tenant AND intents.id = intent
    JOIN (SELECT 0 AS place, 10 AS account, -1 AS sign UNION ALL SELECT 1, 11, 1) AS halves ON true
  WHERE reason = 40;
INSERT INTO balances (tenant, account, currency, minor)
  SELECT tenant, account, currency, sum(minor) FROM entries WHERE account IN (10, 11)
  GROUP BY tenant, account, currency;
UPDATE tenants SET next_transfer = next_transfer +
  (SELECT count(*) FROM transfers WHERE transfers.tenant = tenants.id AND reason = 40);

-- No more is taken or let go than is held.
CREATE FUNCTION refuse_above_held() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no more is let go than is held'; END
$$;
CREATE TRIGGER held_covered BEFORE INSERT OR UPDATE OF minor ON balances
  FOR EACH ROW WHEN (NEW.account = 11 AND NEW.minor < 0) EXECUTE FUNCTION refuse_above_held();
