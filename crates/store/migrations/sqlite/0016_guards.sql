-- The guards of the ledger: what they do not name may not be.

-- Nothing of a line changes: neither what was moved nor when it can be paid out.
DROP TRIGGER balance_transactions_kept_1;
CREATE TRIGGER balance_transactions_kept_1 BEFORE UPDATE ON balance_transactions
BEGIN SELECT raise(ABORT, 'balance_transactions are append-only'); END;

-- Whatever went back from a charge, or may yet, was taken.
CREATE TRIGGER charges_covered_1 BEFORE INSERT ON charges
WHEN NEW.refunded + NEW.refund_reserved + NEW.disputed > coalesce(NEW.captured, 0)
BEGIN SELECT raise(ABORT, 'no more goes back than was taken'); END;
CREATE TRIGGER charges_covered_2 BEFORE UPDATE ON charges
WHEN NEW.refunded + NEW.refund_reserved + NEW.disputed > coalesce(NEW.captured, 0)
BEGIN SELECT raise(ABORT, 'no more goes back than was taken'); END;

-- Only a refund (2) and a dispute (4) take available funds below zero. What is available right after a
-- transfer is the balance less what later transfers moved: balances are written before entries, and
-- entries that must be covered come last in their batch, the newest first.
DROP TRIGGER payouts_covered;
DROP TRIGGER reserve_covered_3;
CREATE TRIGGER available_covered BEFORE INSERT ON entries
WHEN NEW.account = 3 AND NEW.minor < 0 AND EXISTS (
  SELECT 1 FROM transfers JOIN balances ON balances.tenant = transfers.tenant
  WHERE transfers.tenant = NEW.tenant AND transfers.number = NEW.transfer
    AND transfers.reason NOT IN (2, 4)
    AND balances.account = 3 AND balances.currency = NEW.currency
    AND balances.minor < (
      SELECT coalesce(sum(later.minor), 0) FROM entries AS later
      WHERE later.tenant = NEW.tenant AND later.transfer > NEW.transfer
        AND later.account = 3 AND later.currency = NEW.currency
    )
)
BEGIN SELECT raise(ABORT, 'no more is taken than is available'); END;
