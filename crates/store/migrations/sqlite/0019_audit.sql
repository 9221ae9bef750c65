-- Who did what to the house itself, and which keys were used. Lines are added and never changed.
CREATE TABLE audit (
  place INTEGER PRIMARY KEY CHECK (place > 0),
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  request TEXT,
  status INTEGER,
  count INTEGER CHECK (count > 0)
) STRICT;
CREATE TRIGGER audit_kept_1 BEFORE UPDATE ON audit
BEGIN SELECT raise(ABORT, 'the trail is append-only'); END;
CREATE TRIGGER audit_kept_2 BEFORE DELETE ON audit
BEGIN SELECT raise(ABORT, 'the trail is append-only'); END;
CREATE TRIGGER audit_kept_3 BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE place >= NEW.place)
BEGIN SELECT raise(ABORT, 'the trail is append-only'); END;
