-- The events of one object in their order: what a receiver that lost some asks for. Unique, because
-- a place among an object's events is given once.
CREATE UNIQUE INDEX events_object ON events (tenant, object_kind, object, sequence);
