-- Who did what to the house itself, and which keys were used. Lines are added and never changed.
CREATE TABLE audit (
  place bigint PRIMARY KEY CHECK (place > 0),
  at bigint NOT NULL,
  actor text COLLATE "C" NOT NULL,
  action text COLLATE "C" NOT NULL,
  request text COLLATE "C",
  status bigint,
  count bigint CHECK (count > 0)
);
CREATE FUNCTION refuse_on_trail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the trail is append-only'; END
$$;
CREATE TRIGGER audit_kept_1 BEFORE UPDATE OR DELETE ON audit
  FOR EACH ROW EXECUTE FUNCTION refuse_on_trail();
CREATE TRIGGER audit_kept_2 BEFORE TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_on_trail();
