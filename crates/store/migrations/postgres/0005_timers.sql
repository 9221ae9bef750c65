-- What is due at a time of its tenant's clock. About: the id of what it is for.
CREATE TABLE timers (
  tenant bigint NOT NULL,
  at bigint NOT NULL,
  kind bigint NOT NULL,
  about bytea NOT NULL,
  PRIMARY KEY (tenant, at, kind, about)
);
CREATE INDEX timers_at ON timers (at);
-- The few tenants whose clock is ahead of wall time.
CREATE INDEX tenants_ahead ON tenants (id) WHERE clock_offset_ms > 0;

-- Holds of before there were timers.
INSERT INTO timers (tenant, at, kind, about)
  SELECT tenant, held_until, 1, intent FROM charges WHERE status = 1 AND held_until IS NOT NULL;
