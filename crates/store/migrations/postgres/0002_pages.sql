-- What pages may do with a publishable key (null: nothing is registered), and the set of a tenant's
-- publishable keys, which is read whenever a challenge page is shown.
ALTER TABLE api_keys ADD COLUMN detail text COLLATE "C";
CREATE INDEX api_keys_tenant ON api_keys (tenant, class);

-- Where the request went that first used a key; null in records of before this was kept.
ALTER TABLE records ADD COLUMN path text COLLATE "C";
