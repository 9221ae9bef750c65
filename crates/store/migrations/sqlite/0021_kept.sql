-- History is kept against INSERT OR REPLACE too, which deletes what is in its way without asking the
-- triggers that forbid to delete, unless the connection sets recursive_triggers. So on any other
-- connection nothing may be in the way of a new row, by any of the table's unique keys.
--
-- Looking by each key would cost the writer a seventh of what it writes in a second. It sets
-- recursive_triggers, so its own replacing meets the triggers of deletion, and tells these that it
-- does: letters compare by case there (case_sensitive_like), as on no connection that was only
-- opened. Nothing stored is ever compared by LIKE.
CREATE TRIGGER transfers_kept_3 BEFORE INSERT ON transfers
WHEN 'a' LIKE 'A' AND (
  EXISTS (SELECT 1 FROM transfers WHERE tenant = NEW.tenant AND number = NEW.number)
    OR NEW.reason = 12 AND EXISTS (
      SELECT 1 FROM transfers WHERE tenant = NEW.tenant AND source = NEW.source AND reason = 12
    )
)
BEGIN SELECT raise(ABORT, 'transfers are append-only'); END;
CREATE TRIGGER entries_kept_3 BEFORE INSERT ON entries
WHEN 'a' LIKE 'A' AND (
  EXISTS (
    SELECT 1 FROM entries
    WHERE tenant = NEW.tenant AND transfer = NEW.transfer AND place = NEW.place
  )
)
BEGIN SELECT raise(ABORT, 'entries are append-only'); END;
CREATE TRIGGER events_kept_3 BEFORE INSERT ON events
WHEN 'a' LIKE 'A' AND (
  EXISTS (SELECT 1 FROM events WHERE tenant = NEW.tenant AND id = NEW.id)
    OR EXISTS (SELECT 1 FROM events WHERE tenant = NEW.tenant AND seq = NEW.seq)
    OR EXISTS (
      SELECT 1 FROM events
      WHERE tenant = NEW.tenant AND object_kind = NEW.object_kind AND object = NEW.object
        AND sequence = NEW.sequence
    )
)
BEGIN SELECT raise(ABORT, 'events are append-only'); END;
-- Bodies may be deleted, so no trigger of deletion would be asked: here it is always looked.
CREATE TRIGGER bodies_kept_3 BEFORE INSERT ON bodies
WHEN EXISTS (SELECT 1 FROM bodies WHERE tenant = NEW.tenant AND number = NEW.number)
  OR EXISTS (SELECT 1 FROM bodies WHERE rowid = NEW.rowid)
BEGIN SELECT raise(ABORT, 'bodies are append-only'); END;
CREATE TRIGGER balance_transactions_kept_3 BEFORE INSERT ON balance_transactions
WHEN 'a' LIKE 'A' AND (
  EXISTS (SELECT 1 FROM balance_transactions WHERE tenant = NEW.tenant AND id = NEW.id)
    OR EXISTS (SELECT 1 FROM balance_transactions WHERE tenant = NEW.tenant AND seq = NEW.seq)
    OR EXISTS (
      SELECT 1 FROM balance_transactions
      WHERE tenant = NEW.tenant AND source = NEW.source AND source_kind = NEW.source_kind
        AND reason = NEW.reason AND part = NEW.part
    )
)
BEGIN SELECT raise(ABORT, 'balance_transactions are append-only'); END;
