-- Cards set up for later: set-up intents, their tries, tokens; and what issuers warn of.
CREATE TABLE setup_intents (
  tenant bigint NOT NULL,
  id bytea NOT NULL CHECK (length(id) = 12),
  seq bigint NOT NULL,
  created bigint NOT NULL,
  secret text COLLATE "C" NOT NULL,
  -- 1 no card, 2 a card, 3 the holder must act, 4 in flight and unknown, 5 set up, 6 given up.
  status bigint NOT NULL CHECK (status BETWEEN 1 AND 6),
  canceled_at bigint,
  cancel_reason bigint,
  open_attempt bytea,
  customer bytea,
  method bytea,
  latest_attempt bytea,
  confirmations bigint NOT NULL CHECK (confirmations >= 0),
  methods bigint NOT NULL,
  sequence bigint NOT NULL CHECK (sequence >= 0),
  due bytea,
  detail text COLLATE "C",
  PRIMARY KEY (tenant, id),
  CHECK ((status = 6) = (canceled_at IS NOT NULL)),
  -- What is over has no call in flight; what is set up has a card and a try.
  CHECK (open_attempt IS NULL OR status IN (2, 4)),
  CHECK (status <> 5 OR (method IS NOT NULL AND latest_attempt IS NOT NULL))
);
CREATE UNIQUE INDEX setup_intents_seq ON setup_intents (tenant, seq);
CREATE INDEX setup_intents_customer ON setup_intents (tenant, customer, seq)
  WHERE customer IS NOT NULL;
CREATE INDEX setup_intents_method ON setup_intents (tenant, method, seq) WHERE method IS NOT NULL;

CREATE TABLE setup_attempts (
  tenant bigint NOT NULL,
  id bytea NOT NULL CHECK (length(id) = 12),
  seq bigint NOT NULL,
  created bigint NOT NULL,
  setup bytea NOT NULL,
  customer bytea,
  method bytea NOT NULL,
  -- 1 the holder must act, 2 set up, 3 refused, 4 nobody came back.
  status bigint NOT NULL CHECK (status BETWEEN 1 AND 4),
  detail text COLLATE "C",
  PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX setup_attempts_seq ON setup_attempts (tenant, seq);
CREATE INDEX setup_attempts_setup ON setup_attempts (tenant, setup, seq);

CREATE TABLE tokens (
  tenant bigint NOT NULL,
  id bytea NOT NULL CHECK (length(id) = 12),
  created bigint NOT NULL,
  brand bigint NOT NULL,
  last4 text COLLATE "C" NOT NULL CHECK (length(last4) <= 4),
  exp_month bigint NOT NULL CHECK (exp_month BETWEEN 1 AND 12),
  exp_year bigint NOT NULL,
  fingerprint text COLLATE "C" NOT NULL,
  funding text COLLATE "C" NOT NULL,
  country text COLLATE "C",
  method bytea NOT NULL CHECK (length(method) = 12),
  sealed bytea NOT NULL,
  used bigint NOT NULL CHECK (used IN (0, 1)),
  detail text COLLATE "C",
  PRIMARY KEY (tenant, id)
);
-- One token becomes one payment method.
CREATE UNIQUE INDEX tokens_method ON tokens (tenant, method);

CREATE TABLE fraud_warnings (
  tenant bigint NOT NULL,
  id bytea NOT NULL CHECK (length(id) = 12),
  seq bigint NOT NULL,
  created bigint NOT NULL,
  charge bytea NOT NULL,
  intent bytea NOT NULL,
  sequence bigint NOT NULL CHECK (sequence >= 0),
  due bytea,
  PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX fraud_warnings_seq ON fraud_warnings (tenant, seq);
CREATE INDEX fraud_warnings_charge ON fraud_warnings (tenant, charge, seq);
CREATE INDEX fraud_warnings_intent ON fraud_warnings (tenant, intent, seq);
