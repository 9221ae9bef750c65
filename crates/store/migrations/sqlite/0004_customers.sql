-- Customers, and what an event says of its object's former fields.
CREATE TABLE customers (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 12),
  seq INTEGER NOT NULL,
  created INTEGER NOT NULL,
  deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
  email TEXT,
  sequence INTEGER NOT NULL CHECK (sequence >= 0),
  due BLOB,
  detail TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX customers_seq ON customers (tenant, seq);
CREATE INDEX customers_email ON customers (tenant, email, seq) WHERE email IS NOT NULL;

ALTER TABLE events ADD COLUMN previous INTEGER;
