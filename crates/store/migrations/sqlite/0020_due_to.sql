-- What is due to one endpoint: read for one that has more of it than fits in memory.
CREATE INDEX deliveries_due_to ON deliveries (endpoint, at, event) WHERE state = 1;
