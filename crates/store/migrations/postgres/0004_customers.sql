-- Customers, whose they are, and what an event says of its object's former fields.
CREATE TABLE customers (
  tenant bigint NOT NULL,
  id bytea NOT NULL CHECK (length(id) = 12),
  seq bigint NOT NULL,
  created bigint NOT NULL,
  deleted bigint NOT NULL CHECK (deleted IN (0, 1)),
  email text COLLATE "C",
  sequence bigint NOT NULL CHECK (sequence >= 0),
  due bytea,
  detail text COLLATE "C",
  PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX customers_seq ON customers (tenant, seq);
CREATE INDEX customers_email ON customers (tenant, email, seq) WHERE email IS NOT NULL;

ALTER TABLE events ADD COLUMN previous bigint;

ALTER TABLE intents ADD COLUMN customer bytea;
CREATE INDEX intents_customer ON intents (tenant, customer, seq) WHERE customer IS NOT NULL;
ALTER TABLE charges ADD COLUMN customer bytea;
CREATE INDEX charges_customer ON charges (tenant, customer, seq) WHERE customer IS NOT NULL;

-- 1 nobody's, 2 a customer's, 3 spent.
ALTER TABLE methods ADD COLUMN customer bytea;
ALTER TABLE methods ADD COLUMN holder bigint NOT NULL DEFAULT 1
  CHECK (holder BETWEEN 1 AND 3 AND (holder = 2) = (customer IS NOT NULL));
ALTER TABLE methods ADD COLUMN sequence bigint NOT NULL DEFAULT 0 CHECK (sequence >= 0);
ALTER TABLE methods ADD COLUMN due bytea;
CREATE UNIQUE INDEX methods_seq ON methods (tenant, seq);
CREATE INDEX methods_customer ON methods (tenant, customer, seq) WHERE customer IS NOT NULL;
