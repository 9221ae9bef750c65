-- Cards set up for later: set-up intents, their tries, tokens; and what issuers warn of.
CREATE TABLE setup_intents (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 12),
  seq INTEGER NOT NULL,
  created INTEGER NOT NULL,
  secret TEXT NOT NULL,
  -- 1 no card, 2 a card, 3 the holder must act, 4 in flight and unknown, 5 set up, 6 given up.
  status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 6),
  canceled_at INTEGER,
  cancel_reason INTEGER,
  open_attempt BLOB,
  customer BLOB,
  method BLOB,
  latest_attempt BLOB,
  confirmations INTEGER NOT NULL CHECK (confirmations >= 0),
  methods INTEGER NOT NULL,
  sequence INTEGER NOT NULL CHECK (sequence >= 0),
  due BLOB,
  detail TEXT,
  PRIMARY KEY (tenant, id),
  CHECK ((status = 6) = (canceled_at IS NOT NULL)),
  -- What is over has no call in flight; what is set up has a card and a try.
  CHECK (open_attempt IS NULL OR status IN (2, 4)),
  CHECK (status <> 5 OR (method IS NOT NULL AND latest_attempt IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX setup_intents_seq ON setup_intents (tenant, seq);
CREATE INDEX setup_intents_customer ON setup_intents (tenant, customer, seq)
  WHERE customer IS NOT NULL;
CREATE INDEX setup_intents_method ON setup_intents (tenant, method, seq) WHERE method IS NOT NULL;

CREATE TABLE setup_attempts (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 12),
  seq INTEGER NOT NULL,
  created INTEGER NOT NULL,
  setup BLOB NOT NULL,
  customer BLOB,
  method BLOB NOT NULL,
  -- 1 the holder must act, 2 set up, 3 refused, 4 nobody came back.
  status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 4),
  detail TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX setup_attempts_seq ON setup_attempts (tenant, seq);
CREATE INDEX setup_attempts_setup ON setup_attempts (tenant, setup, seq);

CREATE TABLE tokens (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 12),
  created INTEGER NOT NULL,
  brand INTEGER NOT NULL,
  last4 TEXT NOT NULL CHECK (length(last4) <= 4),
  exp_month INTEGER NOT NULL CHECK (exp_month BETWEEN 1 AND 12),
  exp_year INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  funding TEXT NOT NULL,
  country TEXT,
  method BLOB NOT NULL CHECK (length(method) = 12),
  sealed BLOB NOT NULL,
  used INTEGER NOT NULL CHECK (used IN (0, 1)),
  detail TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
-- One token becomes one payment method.
CREATE UNIQUE INDEX tokens_method ON tokens (tenant, method);

CREATE TABLE fraud_warnings (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 12),
  seq INTEGER NOT NULL,
  created INTEGER NOT NULL,
  charge BLOB NOT NULL,
  intent BLOB NOT NULL,
  sequence INTEGER NOT NULL CHECK (sequence >= 0),
  due BLOB,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX fraud_warnings_seq ON fraud_warnings (tenant, seq);
CREATE INDEX fraud_warnings_charge ON fraud_warnings (tenant, charge, seq);
CREATE INDEX fraud_warnings_intent ON fraud_warnings (tenant, intent, seq);
