-- The whole schema. Portable columns only: 64-bit integers, text and bytes; times in milliseconds,
-- ids of twelve bytes, states as small numbers. Every key begins with the tenant, so that one
-- tenant's rows lie together and no query can forget whose rows it reads.
--
-- The CHECKs and unique indexes repeat the rules about amounts on purpose: the domain asserts them
-- before, the database after.

CREATE TABLE settings (
  name TEXT PRIMARY KEY NOT NULL,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tenants (
  id INTEGER PRIMARY KEY NOT NULL,
  account BLOB NOT NULL CHECK (length(account) = 12),
  created INTEGER NOT NULL,
  name TEXT NOT NULL,
  next_seq INTEGER NOT NULL,
  next_transfer INTEGER NOT NULL,
  next_body INTEGER NOT NULL,
  clock_offset_ms INTEGER NOT NULL CHECK (clock_offset_ms >= 0),
  fee_basis_points INTEGER NOT NULL CHECK (fee_basis_points >= 0),
  fee_fixed_hundredths INTEGER NOT NULL CHECK (fee_fixed_hundredths >= 0)
) STRICT;

-- By hash alone: whoever calls has not said yet who they are.
CREATE TABLE api_keys (
  hash BLOB PRIMARY KEY NOT NULL CHECK (length(hash) = 32),
  tenant INTEGER NOT NULL,
  created INTEGER NOT NULL,
  class INTEGER NOT NULL,
  hint TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE intents (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 12),
  seq INTEGER NOT NULL,
  created INTEGER NOT NULL,
  secret TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount >= 0),
  status INTEGER NOT NULL,
  -- What can be taken (status 5) or was (status 6).
  moved INTEGER,
  canceled_at INTEGER,
  cancel_reason INTEGER,
  capture INTEGER NOT NULL,
  confirmation INTEGER NOT NULL,
  methods INTEGER NOT NULL,
  open_attempt BLOB,
  open_verb INTEGER,
  method BLOB,
  latest_charge BLOB,
  confirmations INTEGER NOT NULL CHECK (confirmations >= 0),
  sequence INTEGER NOT NULL CHECK (sequence >= 0),
  due BLOB,
  detail TEXT,
  PRIMARY KEY (tenant, id),
  CHECK (status BETWEEN 1 AND 7),
  CHECK ((status IN (5, 6)) = (moved IS NOT NULL)),
  CHECK (moved IS NULL OR moved BETWEEN 0 AND amount),
  CHECK ((status = 7) = (canceled_at IS NOT NULL)),
  CHECK ((open_attempt IS NULL) = (open_verb IS NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX intents_seq ON intents (tenant, seq);

CREATE TABLE methods (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 12),
  seq INTEGER NOT NULL,
  created INTEGER NOT NULL,
  brand INTEGER NOT NULL,
  last4 TEXT NOT NULL CHECK (length(last4) <= 4),
  exp_month INTEGER NOT NULL CHECK (exp_month BETWEEN 1 AND 12),
  exp_year INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  funding TEXT NOT NULL,
  country TEXT,
  sealed BLOB NOT NULL,
  detail TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE charges (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 12),
  seq INTEGER NOT NULL,
  created INTEGER NOT NULL,
  intent BLOB NOT NULL,
  method BLOB NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0),
  reference BLOB NOT NULL CHECK (length(reference) = 16),
  -- 1 held, 2 captured, 3 released, 4 failed.
  status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 4),
  captured INTEGER,
  captured_under BLOB,
  held_until INTEGER,
  refunded INTEGER NOT NULL CHECK (refunded >= 0),
  refund_reserved INTEGER NOT NULL CHECK (refund_reserved >= 0),
  balance_transaction BLOB,
  sequence INTEGER NOT NULL CHECK (sequence >= 0),
  due BLOB,
  detail TEXT,
  PRIMARY KEY (tenant, id),
  CHECK ((status = 2) = (captured IS NOT NULL)),
  -- Nobody over-captures, nobody over-refunds.
  CHECK (captured IS NULL OR captured BETWEEN 1 AND amount),
  CHECK (refunded + refund_reserved <= coalesce(captured, 0)),
  CHECK (balance_transaction IS NULL OR status = 2)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX charges_seq ON charges (tenant, seq);
CREATE INDEX charges_intent ON charges (tenant, intent, seq);
-- Never charge twice: of one intent, at most one charge holds, took or once held funds.
CREATE UNIQUE INDEX charges_paid ON charges (tenant, intent) WHERE status <> 4;

CREATE TABLE refunds (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 12),
  seq INTEGER NOT NULL,
  created INTEGER NOT NULL,
  charge BLOB NOT NULL,
  intent BLOB NOT NULL,
  method BLOB NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0),
  reason INTEGER,
  reference BLOB NOT NULL CHECK (length(reference) = 16),
  status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 3),
  balance_transaction BLOB,
  sequence INTEGER NOT NULL CHECK (sequence >= 0),
  due BLOB,
  detail TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX refunds_seq ON refunds (tenant, seq);
CREATE UNIQUE INDEX refunds_reference ON refunds (reference);
CREATE INDEX refunds_charge ON refunds (tenant, charge, seq);
CREATE INDEX refunds_intent ON refunds (tenant, intent, seq);

CREATE TABLE balances (
  tenant INTEGER NOT NULL,
  account INTEGER NOT NULL,
  currency TEXT NOT NULL,
  minor INTEGER NOT NULL,
  PRIMARY KEY (tenant, account, currency)
) STRICT, WITHOUT ROWID;

CREATE TABLE transfers (
  tenant INTEGER NOT NULL,
  number INTEGER NOT NULL CHECK (number > 0),
  created INTEGER NOT NULL,
  reason INTEGER NOT NULL,
  source_kind INTEGER NOT NULL,
  source BLOB NOT NULL,
  PRIMARY KEY (tenant, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE entries (
  tenant INTEGER NOT NULL,
  transfer INTEGER NOT NULL,
  place INTEGER NOT NULL CHECK (place >= 0),
  account INTEGER NOT NULL,
  currency TEXT NOT NULL,
  minor INTEGER NOT NULL CHECK (minor <> 0),
  PRIMARY KEY (tenant, transfer, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE balance_transactions (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 12),
  seq INTEGER NOT NULL,
  created INTEGER NOT NULL,
  reason INTEGER NOT NULL,
  source_kind INTEGER NOT NULL,
  source BLOB NOT NULL,
  transfer INTEGER NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL,
  fee INTEGER NOT NULL CHECK (fee >= 0),
  available_on INTEGER NOT NULL,
  description TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX balance_transactions_seq ON balance_transactions (tenant, seq);
-- One charge, one refund or one refund's failure moves funds once.
CREATE UNIQUE INDEX balance_transactions_source
  ON balance_transactions (tenant, source, source_kind, reason);

-- Open attempts only, so these are small whatever the history is.
CREATE TABLE attempts (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 12),
  tenant INTEGER NOT NULL,
  intent BLOB NOT NULL,
  reference BLOB NOT NULL CHECK (length(reference) = 16),
  begun_at INTEGER NOT NULL,
  -- 1 confirm, 2 capture, 3 cancel, 4 refund.
  verb INTEGER NOT NULL CHECK (verb BETWEEN 1 AND 4),
  currency TEXT,
  amount INTEGER CHECK (amount > 0),
  charge BLOB,
  claim BLOB,
  announced INTEGER NOT NULL CHECK (announced IN (0, 1)),
  lookups INTEGER NOT NULL CHECK (lookups >= 0),
  lookup_at INTEGER NOT NULL,
  detail TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX attempts_reference ON attempts (reference);
CREATE UNIQUE INDEX attempts_intent ON attempts (tenant, intent) WHERE verb <> 4;
CREATE INDEX attempts_lookup ON attempts (lookup_at);

CREATE TABLE records (
  tenant INTEGER NOT NULL,
  key BLOB NOT NULL CHECK (length(key) = 16),
  created INTEGER NOT NULL,
  fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
  tags BLOB NOT NULL,
  request_id TEXT NOT NULL,
  intent BLOB,
  attempt BLOB,
  status INTEGER,
  body INTEGER,
  done_at INTEGER,
  PRIMARY KEY (tenant, key),
  CHECK ((attempt IS NULL) = (done_at IS NOT NULL)),
  CHECK ((status IS NULL) = (done_at IS NULL)),
  CHECK ((body IS NULL) = (done_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX records_done ON records (done_at) WHERE done_at IS NOT NULL;

CREATE TABLE events (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 12),
  seq INTEGER NOT NULL,
  created INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  object_kind INTEGER NOT NULL,
  object BLOB NOT NULL,
  sequence INTEGER NOT NULL CHECK (sequence > 0),
  body INTEGER NOT NULL,
  request_id TEXT,
  request_key TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX events_seq ON events (tenant, seq);
CREATE INDEX events_kind ON events (tenant, kind, seq);

-- With a rowid: bodies are long, and only such tables keep long rows out of their inner pages.
CREATE TABLE bodies (
  tenant INTEGER NOT NULL,
  number INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX bodies_number ON bodies (tenant, number);

CREATE TABLE deliveries (
  tenant INTEGER NOT NULL,
  event BLOB NOT NULL,
  endpoint BLOB NOT NULL,
  previous_sequence INTEGER NOT NULL CHECK (previous_sequence >= 0),
  tries INTEGER NOT NULL CHECK (tries >= 0),
  -- 1 due, 2 delivered, 3 given up.
  state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 3),
  at INTEGER NOT NULL,
  last_status INTEGER,
  PRIMARY KEY (tenant, event, endpoint)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (at, event, endpoint) WHERE state = 1;

CREATE TABLE endpoints (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 12),
  seq INTEGER NOT NULL,
  created INTEGER NOT NULL,
  status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 3),
  url TEXT NOT NULL,
  sealed_secret BLOB NOT NULL,
  detail TEXT,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX endpoints_seq ON endpoints (tenant, seq);

-- Append-only: history is corrected by more history.
CREATE TRIGGER transfers_kept_1 BEFORE UPDATE ON transfers
BEGIN SELECT raise(ABORT, 'transfers are append-only'); END;
CREATE TRIGGER transfers_kept_2 BEFORE DELETE ON transfers
BEGIN SELECT raise(ABORT, 'transfers are append-only'); END;
CREATE TRIGGER entries_kept_1 BEFORE UPDATE ON entries
BEGIN SELECT raise(ABORT, 'entries are append-only'); END;
CREATE TRIGGER entries_kept_2 BEFORE DELETE ON entries
BEGIN SELECT raise(ABORT, 'entries are append-only'); END;
CREATE TRIGGER events_kept_1 BEFORE UPDATE ON events
BEGIN SELECT raise(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_kept_2 BEFORE DELETE ON events
BEGIN SELECT raise(ABORT, 'events are append-only'); END;
CREATE TRIGGER bodies_kept_1 BEFORE UPDATE ON bodies
BEGIN SELECT raise(ABORT, 'bodies are append-only'); END;
