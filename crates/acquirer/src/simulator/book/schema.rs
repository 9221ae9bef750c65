//! The schema of the book, as it grew.

/// The version of the schema below; a file of a newer one is refused.
pub(super) const VERSION: i64 = 3;

/// The constraints repeat the rules on purpose: a rule that is broken in code does not reach the disk.
pub(super) const SCHEMA: &str = "
create table entry (
  seq integer primary key,
  reference blob not null unique check (length(reference) = 16),
  kind text not null,
  parent blob check (length(parent) = 16),
  amount integer not null check (amount >= 0),
  currency text,
  state text not null,
  captured integer not null default 0 check (captured between 0 and amount),
  refunded integer not null default 0 check (refunded between 0 and captured),
  card text,
  last4 text,
  asked text not null,
  verdict text not null,
  undone integer not null default 0,
  repeats integer not null default 0,
  created_ms integer not null
) strict;
create index entry_parent on entry (parent) where parent is not null;
create table due (
  seq integer primary key,
  due_ms integer not null,
  kind text not null,
  subject blob not null,
  amount integer not null,
  currency text not null
) strict;
create index due_order on due (due_ms, seq);
create index due_subject on due (subject);
create table notice (
  id integer primary key autoincrement,
  at_ms integer not null,
  kind text not null,
  subject blob not null,
  amount integer not null,
  currency text not null
) strict;
create index notice_subject on notice (subject);
";

/// What version 2 added: what became of each dispute.
pub(super) const DISPUTES: &str = "
create table dispute (
  number integer primary key not null,
  opened_ms integer not null,
  authorization blob not null check (length(authorization) = 16),
  amount integer not null check (amount > 0),
  currency text not null,
  stage text not null check (stage in ('inquiry', 'chargeback')),
  state text not null check (state in ('open', 'won', 'lost'))
) strict;
create index dispute_authorization on dispute (authorization);
";

/// What version 3 added: payouts. Of an account the book knows which test account it is, and its end.
pub(super) const PAYOUTS: &str = "
create table payout (
  seq integer primary key,
  reference blob not null unique check (length(reference) = 16),
  amount integer not null check (amount > 0),
  currency text not null,
  back integer not null check (back in (0, 1)),
  account text not null,
  last4 text not null,
  arrival_ms integer not null,
  state text not null check (state in ('pending', 'paid', 'failed')),
  repeats integer not null default 0,
  created_ms integer not null
) strict;
";

/// Clocks that are ahead of everybody's; in a book of before there were any too.
pub(super) const CLOCK: &str = "
create table if not exists clock (
  scope blob primary key not null,
  offset_ms integer not null
) strict;
";
