-- Charges are listed by the caller's group, and lines of the balance by their type: what is no charge
-- is found among many charges by an index of its own.
ALTER TABLE charges ADD COLUMN transfer_group text COLLATE "C";
CREATE INDEX charges_transfer_group ON charges (tenant, transfer_group, seq)
  WHERE transfer_group IS NOT NULL;
CREATE INDEX balance_transactions_other ON balance_transactions (tenant, seq) WHERE reason <> 1;
