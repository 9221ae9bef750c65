-- The whole schema. Portable columns only: 64-bit integers, text and bytes; times in milliseconds,
-- ids of twelve bytes, states as small numbers. Every key begins with the tenant, so that one
-- tenant's rows lie together and no query can forget whose rows it reads.
--
-- The CHECKs and unique indexes repeat the rules about amounts on purpose: the domain asserts them
-- before, the database after.

CREATE TABLE settings (
  name text COLLATE "C" PRIMARY KEY NOT NULL,
  value bytea NOT NULL
);

CREATE TABLE tenants (
  id bigint PRIMARY KEY NOT NULL,
  account bytea NOT NULL CHECK (length(account) = 12),
  created bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  next_seq bigint NOT NULL,
  next_transfer bigint NOT NULL,
  next_body bigint NOT NULL,
  clock_offset_ms bigint NOT NULL CHECK (clock_offset_ms >= 0),
  fee_basis_points bigint NOT NULL CHECK (fee_basis_points >= 0),
  fee_fixed_hundredths bigint NOT NULL CHECK (fee_fixed_hundredths >= 0)
);

-- By hash alone: whoever calls has not said yet who they are.
CREATE TABLE api_keys (
  hash bytea PRIMARY KEY NOT NULL CHECK (length(hash) = 32),
  tenant bigint NOT NULL,
  created bigint NOT NULL,
  class bigint NOT NULL,
  hint text COLLATE "C" NOT NULL
);

CREATE TABLE intents (
  tenant bigint NOT NULL,
  id bytea NOT NULL CHECK (length(id) = 12),
  seq bigint NOT NULL,
  created bigint NOT NULL,
  secret text COLLATE "C" NOT NULL,
  currency text COLLATE "C" NOT NULL,
  amount bigint NOT NULL CHECK (amount >= 0),
  status bigint NOT NULL,
  -- What can be taken (status 5) or was (status 6).
  moved bigint,
  canceled_at bigint,
  cancel_reason bigint,
  capture bigint NOT NULL,
  confirmation bigint NOT NULL,
  methods bigint NOT NULL,
  open_attempt bytea,
  open_verb bigint,
  method bytea,
  latest_charge bytea,
  confirmations bigint NOT NULL CHECK (confirmations >= 0),
  sequence bigint NOT NULL CHECK (sequence >= 0),
  due bytea,
  detail text COLLATE "C",
  PRIMARY KEY (tenant, id),
  CHECK (status BETWEEN 1 AND 7),
  CHECK ((status IN (5, 6)) = (moved IS NOT NULL)),
  CHECK (moved IS NULL OR moved BETWEEN 0 AND amount),
  CHECK ((status = 7) = (canceled_at IS NOT NULL)),
  CHECK ((open_attempt IS NULL) = (open_verb IS NULL))
);
CREATE UNIQUE INDEX intents_seq ON intents (tenant, seq);

CREATE TABLE methods (
  tenant bigint NOT NULL,
  id bytea NOT NULL CHECK (length(id) = 12),
  seq bigint NOT NULL,
  created bigint NOT NULL,
  brand bigint NOT NULL,
  last4 text COLLATE "C" NOT NULL CHECK (length(last4) <= 4),
  exp_month bigint NOT NULL CHECK (exp_month BETWEEN 1 AND 12),
  exp_year bigint NOT NULL,
  fingerprint text COLLATE "C" NOT NULL,
  funding text COLLATE "C" NOT NULL,
  country text COLLATE "C",
  sealed bytea NOT NULL,
  detail text COLLATE "C",
  PRIMARY KEY (tenant, id)
);

CREATE TABLE charges (
  tenant bigint NOT NULL,
  id bytea NOT NULL CHECK (length(id) = 12),
  seq bigint NOT NULL,
  created bigint NOT NULL,
  intent bytea NOT NULL,
  method bytea NOT NULL,
  currency text COLLATE "C" NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  reference bytea NOT NULL CHECK (length(reference) = 16),
  -- 1 held, 2 captured, 3 released, 4 failed.
  status bigint NOT NULL CHECK (status BETWEEN 1 AND 4),
  captured bigint,
  captured_under bytea,
  held_until bigint,
  refunded bigint NOT NULL CHECK (refunded >= 0),
  refund_reserved bigint NOT NULL CHECK (refund_reserved >= 0),
  balance_transaction bytea,
  sequence bigint NOT NULL CHECK (sequence >= 0),
  due bytea,
  detail text COLLATE "C",
  PRIMARY KEY (tenant, id),
  CHECK ((status = 2) = (captured IS NOT NULL)),
  -- Nobody over-captures, nobody over-refunds.
  CHECK (captured IS NULL OR captured BETWEEN 1 AND amount),
  CHECK (refunded + refund_reserved <= coalesce(captured, 0)),
  CHECK (balance_transaction IS NULL OR status = 2)
);
CREATE UNIQUE INDEX charges_seq ON charges (tenant, seq);
CREATE INDEX charges_intent ON charges (tenant, intent, seq);
-- Never charge twice: of one intent, at most one charge holds, took or once held funds.
CREATE UNIQUE INDEX charges_paid ON charges (tenant, intent) WHERE status <> 4;

CREATE TABLE refunds (
  tenant bigint NOT NULL,
  id bytea NOT NULL CHECK (length(id) = 12),
  seq bigint NOT NULL,
  created bigint NOT NULL,
  charge bytea NOT NULL,
  intent bytea NOT NULL,
  method bytea NOT NULL,
  currency text COLLATE "C" NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  reason bigint,
  reference bytea NOT NULL CHECK (length(reference) = 16),
  status bigint NOT NULL CHECK (status BETWEEN 1 AND 3),
  balance_transaction bytea,
  sequence bigint NOT NULL CHECK (sequence >= 0),
  due bytea,
  detail text COLLATE "C",
  PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX refunds_seq ON refunds (tenant, seq);
CREATE UNIQUE INDEX refunds_reference ON refunds (reference);
CREATE INDEX refunds_charge ON refunds (tenant, charge, seq);
CREATE INDEX refunds_intent ON refunds (tenant, intent, seq);

CREATE TABLE balances (
  tenant bigint NOT NULL,
  account bigint NOT NULL,
  currency text COLLATE "C" NOT NULL,
  minor bigint NOT NULL,
  PRIMARY KEY (tenant, account, currency)
);

CREATE TABLE transfers (
  tenant bigint NOT NULL,
  number bigint NOT NULL CHECK (number > 0),
  created bigint NOT NULL,
  reason bigint NOT NULL,
  source_kind bigint NOT NULL,
  source bytea NOT NULL,
  PRIMARY KEY (tenant, number)
);

CREATE TABLE entries (
  tenant bigint NOT NULL,
  transfer bigint NOT NULL,
  place bigint NOT NULL CHECK (place >= 0),
  account bigint NOT NULL,
  currency text COLLATE "C" NOT NULL,
  minor bigint NOT NULL CHECK (minor <> 0),
  PRIMARY KEY (tenant, transfer, place)
);

CREATE TABLE balance_transactions (
  tenant bigint NOT NULL,
  id bytea NOT NULL CHECK (length(id) = 12),
  seq bigint NOT NULL,
  created bigint NOT NULL,
  reason bigint NOT NULL,
  source_kind bigint NOT NULL,
  source bytea NOT NULL,
  transfer bigint NOT NULL,
  currency text COLLATE "C" NOT NULL,
  amount bigint NOT NULL,
  fee bigint NOT NULL CHECK (fee >= 0),
  available_on bigint NOT NULL,
  description text COLLATE "C",
  PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX balance_transactions_seq ON balance_transactions (tenant, seq);
-- One charge, one refund or one refund's failure moves funds once.
CREATE UNIQUE INDEX balance_transactions_source
  ON balance_transactions (tenant, source, source_kind, reason);

-- Open attempts only, so these are small whatever the history is.
CREATE TABLE attempts (
  id bytea PRIMARY KEY NOT NULL CHECK (length(id) = 12),
  tenant bigint NOT NULL,
  intent bytea NOT NULL,
  reference bytea NOT NULL CHECK (length(reference) = 16),
  begun_at bigint NOT NULL,
  -- 1 confirm, 2 capture, 3 cancel, 4 refund.
  verb bigint NOT NULL CHECK (verb BETWEEN 1 AND 4),
  currency text COLLATE "C",
  amount bigint CHECK (amount > 0),
  charge bytea,
  claim bytea,
  announced bigint NOT NULL CHECK (announced IN (0, 1)),
  lookups bigint NOT NULL CHECK (lookups >= 0),
  lookup_at bigint NOT NULL,
  detail text COLLATE "C"
);
CREATE UNIQUE INDEX attempts_reference ON attempts (reference);
CREATE UNIQUE INDEX attempts_intent ON attempts (tenant, intent) WHERE verb <> 4;
CREATE INDEX attempts_lookup ON attempts (lookup_at);

CREATE TABLE records (
  tenant bigint NOT NULL,
  key bytea NOT NULL CHECK (length(key) = 16),
  created bigint NOT NULL,
  fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
  tags bytea NOT NULL,
  request_id text COLLATE "C" NOT NULL,
  intent bytea,
  attempt bytea,
  status bigint,
  body bigint,
  done_at bigint,
  PRIMARY KEY (tenant, key),
  CHECK ((attempt IS NULL) = (done_at IS NOT NULL)),
  CHECK ((status IS NULL) = (done_at IS NULL)),
  CHECK ((body IS NULL) = (done_at IS NULL))
);
CREATE INDEX records_done ON records (done_at) WHERE done_at IS NOT NULL;

CREATE TABLE events (
  tenant bigint NOT NULL,
  id bytea NOT NULL CHECK (length(id) = 12),
  seq bigint NOT NULL,
  created bigint NOT NULL,
  kind bigint NOT NULL,
  object_kind bigint NOT NULL,
  object bytea NOT NULL,
  sequence bigint NOT NULL CHECK (sequence > 0),
  body bigint NOT NULL,
  request_id text COLLATE "C",
  request_key text COLLATE "C",
  PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX events_seq ON events (tenant, seq);
CREATE INDEX events_kind ON events (tenant, kind, seq);

-- With a rowid: bodies are long, and only such tables keep long rows out of their inner pages.
CREATE TABLE bodies (
  tenant bigint NOT NULL,
  number bigint NOT NULL,
  bytes bytea NOT NULL
);
CREATE UNIQUE INDEX bodies_number ON bodies (tenant, number);

CREATE TABLE deliveries (
  tenant bigint NOT NULL,
  event bytea NOT NULL,
  endpoint bytea NOT NULL,
  previous_sequence bigint NOT NULL CHECK (previous_sequence >= 0),
  tries bigint NOT NULL CHECK (tries >= 0),
  -- 1 due, 2 delivered, 3 given up.
  state bigint NOT NULL CHECK (state BETWEEN 1 AND 3),
  at bigint NOT NULL,
  last_status bigint,
  PRIMARY KEY (tenant, event, endpoint)
);
CREATE INDEX deliveries_due ON deliveries (at, event, endpoint) WHERE state = 1;

CREATE TABLE endpoints (
  tenant bigint NOT NULL,
  id bytea NOT NULL CHECK (length(id) = 12),
  seq bigint NOT NULL,
  created bigint NOT NULL,
  status bigint NOT NULL CHECK (status BETWEEN 1 AND 3),
  url text COLLATE "C" NOT NULL,
  sealed_secret bytea NOT NULL,
  detail text COLLATE "C",
  PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX endpoints_seq ON endpoints (tenant, seq);

-- Bodies are packed already; counters and balances change at every payment, so their pages keep room
-- for the next version of a row beside the last.
ALTER TABLE bodies ALTER COLUMN bytes SET STORAGE EXTERNAL;
ALTER TABLE tenants SET (fillfactor = 50);
ALTER TABLE balances SET (fillfactor = 50);

-- Append-only: history is corrected by more history.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% are append-only', TG_TABLE_NAME; END
$$;
CREATE TRIGGER transfers_kept_1 BEFORE UPDATE ON transfers
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transfers_kept_2 BEFORE DELETE ON transfers
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entries_kept_1 BEFORE UPDATE ON entries
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entries_kept_2 BEFORE DELETE ON entries
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_kept_1 BEFORE UPDATE ON events
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_kept_2 BEFORE DELETE ON events
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bodies_kept_1 BEFORE UPDATE ON bodies
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
