-- Which kind of method a row is: 1 a card, as all were before. What is no card keeps the columns of
-- one: the last four of its account, its country and its fingerprint, and nothing in the others.
ALTER TABLE methods ADD COLUMN kind bigint NOT NULL DEFAULT 1 CHECK (kind > 0);
