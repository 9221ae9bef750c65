-- What the operator keeps back: never below zero, and never of what is not available.
CREATE TRIGGER reserve_covered_1 BEFORE INSERT ON balances WHEN NEW.account = 6 AND NEW.minor < 0
BEGIN SELECT raise(ABORT, 'no more comes out of reserve than is there'); END;
CREATE TRIGGER reserve_covered_2 BEFORE UPDATE OF minor ON balances
WHEN NEW.account = 6 AND NEW.minor < 0
BEGIN SELECT raise(ABORT, 'no more comes out of reserve than is there'); END;
CREATE TRIGGER reserve_covered_3 BEFORE INSERT ON entries
WHEN NEW.account = 3 AND NEW.minor < 0 AND EXISTS (
  SELECT 1 FROM transfers JOIN balances ON balances.tenant = transfers.tenant
  WHERE transfers.tenant = NEW.tenant AND transfers.number = NEW.transfer
    AND transfers.reason = 20 AND balances.account = 3 AND balances.currency = NEW.currency
    AND balances.minor < 0
)
BEGIN SELECT raise(ABORT, 'no more is kept back than is available'); END;
