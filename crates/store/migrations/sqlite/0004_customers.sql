-- Customers, whose they are, and what an event says of its object's former fields.
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

ALTER TABLE intents ADD COLUMN customer BLOB;
CREATE INDEX intents_customer ON intents (tenant, customer, seq) WHERE customer IS NOT NULL;
ALTER TABLE charges ADD COLUMN customer BLOB;
CREATE INDEX charges_customer ON charges (tenant, customer, seq) WHERE customer IS NOT NULL;

-- 1 nobody's, 2 a customer's, 3 spent.
ALTER TABLE methods ADD COLUMN customer BLOB;
ALTER TABLE methods ADD COLUMN holder INTEGER NOT NULL DEFAULT 1
  CHECK (holder BETWEEN 1 AND 3 AND (holder = 2) = (customer IS NOT NULL));
ALTER TABLE methods ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0 CHECK (sequence >= 0);
ALTER TABLE methods ADD COLUMN due BLOB;
CREATE UNIQUE INDEX methods_seq ON methods (tenant, seq);
CREATE INDEX methods_customer ON methods (tenant, customer, seq) WHERE customer IS NOT NULL;
