-- The guards of the ledger: what they do not name may not be.

-- Nothing of a line changes: neither what was moved nor when it can be paid out.
DROP TRIGGER balance_transactions_kept_1 ON balance_transactions;
CREATE TRIGGER balance_transactions_kept_1 BEFORE UPDATE ON balance_transactions
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- No trigger of a row sees a table emptied.
CREATE TRIGGER transfers_kept_3 BEFORE TRUNCATE ON transfers
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entries_kept_3 BEFORE TRUNCATE ON entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER balance_transactions_kept_3 BEFORE TRUNCATE ON balance_transactions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_kept_3 BEFORE TRUNCATE ON events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bodies_kept_3 BEFORE TRUNCATE ON bodies
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Whatever went back from a charge, or may yet, was taken. Rows of before are not looked at: where a
-- dispute had overtaken a refund, they say otherwise until that is settled.
ALTER TABLE charges ADD CONSTRAINT charges_covered
  CHECK (refunded + refund_reserved + disputed <= coalesce(captured, 0)) NOT VALID;

-- Only a refund (2) and a dispute (4) take available funds below zero. What is available right after a
-- transfer is the balance less what later transfers moved: balances are written before entries, and
-- entries that must be covered come last in their batch, the newest first.
DROP TRIGGER payouts_covered ON entries;
DROP FUNCTION refuse_uncovered();
DROP TRIGGER kept_back_covered ON entries;
DROP FUNCTION refuse_unreserved();
CREATE FUNCTION refuse_uncovered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM transfers JOIN balances ON balances.tenant = transfers.tenant
    WHERE transfers.tenant = NEW.tenant AND transfers.number = NEW.transfer
      AND transfers.reason NOT IN (2, 4)
      AND balances.account = 3 AND balances.currency = NEW.currency
      AND balances.minor < (
        SELECT coalesce(sum(later.minor), 0) FROM entries AS later
        WHERE later.tenant = NEW.tenant AND later.transfer > NEW.transfer
          AND later.account = 3 AND later.currency = NEW.currency
      )
  ) THEN
    RAISE EXCEPTION 'no more is taken than is available';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER available_covered BEFORE INSERT ON entries
  FOR EACH ROW WHEN (NEW.account = 3 AND NEW.minor < 0) EXECUTE FUNCTION refuse_uncovered();
