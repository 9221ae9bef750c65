-- What the operator keeps back: never below zero, and never of what is not available.
CREATE FUNCTION refuse_above_reserve() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no more comes out of reserve than is there'; END
$$;
CREATE TRIGGER reserve_covered BEFORE INSERT OR UPDATE OF minor ON balances
  FOR EACH ROW WHEN (NEW.account = 6 AND NEW.minor < 0) EXECUTE FUNCTION refuse_above_reserve();
CREATE FUNCTION refuse_unreserved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM transfers JOIN balances ON balances.tenant = transfers.tenant
    WHERE transfers.tenant = NEW.tenant AND transfers.number = NEW.transfer
      AND transfers.reason = 20 AND balances.account = 3 AND balances.currency = NEW.currency
      AND balances.minor < 0
  ) THEN
    RAISE EXCEPTION 'no more is kept back than is available';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER kept_back_covered BEFORE INSERT ON entries
  FOR EACH ROW WHEN (NEW.account = 3 AND NEW.minor < 0) EXECUTE FUNCTION refuse_unreserved();
