//! The shapes of a shard's tables, oldest first. A shard brings itself up to the newest at its
//! first use; a step that was ever deployed is never changed. A step that broke off in the middle is
//! taken again from its beginning, so each of its statements may find that it was done before, and
//! what it reads is dropped by the next.

/// The first shape: events, and how often each was tried.
const EVENTS: &str = "
    CREATE TABLE IF NOT EXISTS item (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        kind TEXT,
        object TEXT,
        created_s INTEGER,
        sequence INTEGER,
        previous_sequence INTEGER,
        headers TEXT NOT NULL,
        body BLOB NOT NULL,
        received_at INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'forwarded', 'parked', 'stored')),
        due_at INTEGER CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
        tries INTEGER NOT NULL DEFAULT 0,
        answer INTEGER,
        changed_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS item_due ON item (due_at, seq) WHERE state = 'waiting';
    CREATE INDEX IF NOT EXISTS item_state ON item (state, changed_at);
    INSERT INTO meta (name, value) VALUES ('duplicates', 0), ('pruned', 0) ON CONFLICT DO NOTHING;
";

/// The second: lines, which order the events of one object; gaps in them; errands; bodies that are
/// purged before their ids. What follows from storing an event follows by a trigger, so that both are
/// one statement, and no death of the instance comes between them: its line wakes; or, where it is
/// there to be read at once, is as far as the event; and an errand is counted.
const LINES: &str = "
    CREATE TABLE IF NOT EXISTS event (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        target TEXT NOT NULL CHECK (target IN ('hand_on', 'fulfil', 'alert')),
        line TEXT NOT NULL,
        kind TEXT,
        object TEXT,
        created_s INTEGER,
        sequence INTEGER,
        before INTEGER,
        headers TEXT NOT NULL,
        body BLOB,
        received_at INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'handed', 'parked', 'dropped')),
        due_at INTEGER CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
        first_try_at INTEGER,
        redriven INTEGER NOT NULL DEFAULT 0,
        tries INTEGER NOT NULL DEFAULT 0,
        answer INTEGER,
        marks TEXT NOT NULL DEFAULT '',
        missing TEXT,
        place INTEGER CHECK ((place IS NOT NULL) = (state IN ('handed', 'dropped'))),
        done_at INTEGER CHECK ((done_at IS NULL) = (place IS NULL)),
        CHECK (body IS NOT NULL OR place IS NOT NULL)
    ) STRICT;
    CREATE INDEX IF NOT EXISTS event_waiting ON event (line, sequence, created_s, id) WHERE state = 'waiting';
    CREATE INDEX IF NOT EXISTS event_parked ON event (seq) WHERE state = 'parked';
    CREATE UNIQUE INDEX IF NOT EXISTS event_place ON event (place) WHERE place IS NOT NULL;

    CREATE TABLE IF NOT EXISTS line (
        name TEXT PRIMARY KEY,
        first_seen INTEGER NOT NULL,
        handed_sequence INTEGER,
        handed_created INTEGER,
        handed_id TEXT,
        accounted INTEGER,
        parked INTEGER NOT NULL DEFAULT 0,
        wake_at INTEGER,
        active_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS line_wake ON line (wake_at) WHERE wake_at IS NOT NULL;

    CREATE TRIGGER IF NOT EXISTS event_wakes_line AFTER INSERT ON event WHEN new.state = 'waiting' BEGIN
        INSERT INTO line (name, first_seen, wake_at, active_at)
        VALUES (new.line, new.received_at, new.due_at, new.received_at)
        ON CONFLICT (name) DO UPDATE SET
            wake_at = min(coalesce(wake_at, excluded.wake_at), excluded.wake_at),
            active_at = excluded.active_at;
    END;

    CREATE TABLE IF NOT EXISTS gap (
        line TEXT NOT NULL,
        from_number INTEGER NOT NULL,
        to_number INTEGER NOT NULL,
        opened_at INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'given_up', 'filled')),
        asked_at INTEGER,
        PRIMARY KEY (line, to_number)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS gap_opened ON gap (opened_at);

    CREATE TABLE IF NOT EXISTS rejected (reason TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;

    INSERT INTO line (name, first_seen, handed_sequence, handed_created, handed_id, accounted, parked,
            active_at)
        SELECT 'o:' || object, min(received_at), max(sequence) FILTER (WHERE state != 'parked'),
            max(created_s) FILTER (WHERE state != 'parked'), max(id) FILTER (WHERE state != 'parked'),
            max(sequence), max(state = 'parked'), max(received_at)
        FROM item WHERE object IS NOT NULL AND state != 'waiting' GROUP BY object
        ON CONFLICT DO NOTHING;
    INSERT INTO event (seq, id, target, line, kind, object, created_s, sequence, before, headers, body,
            received_at, state, due_at, tries, answer, place, done_at)
        SELECT seq, id, 'hand_on', coalesce('o:' || object, 'e:' || id), kind, object, created_s,
            sequence, coalesce(previous_sequence, CASE WHEN object IS NULL THEN 0 END),
            headers, body, received_at,
            CASE WHEN state IN ('forwarded', 'stored') THEN 'handed' ELSE state END,
            due_at, tries, answer,
            CASE WHEN state IN ('forwarded', 'stored')
                THEN row_number() OVER (PARTITION BY state IN ('forwarded', 'stored') ORDER BY seq) END,
            CASE WHEN state IN ('forwarded', 'stored') THEN changed_at END
        FROM item WHERE true ON CONFLICT DO NOTHING;
    INSERT INTO meta (name, value) VALUES ('errands', 0), ('dropped', 0), ('filled', 0), ('given_up', 0)
        ON CONFLICT DO NOTHING;

    CREATE TRIGGER IF NOT EXISTS event_moves_line AFTER INSERT ON event WHEN new.state = 'handed' AND new.line LIKE 'o:%' BEGIN
        INSERT INTO line (name, first_seen, handed_sequence, handed_created, handed_id, accounted, active_at)
        VALUES (new.line, new.received_at, new.sequence, coalesce(new.created_s, 0), new.id, new.sequence,
            new.received_at)
        ON CONFLICT (name) DO UPDATE SET handed_sequence = excluded.handed_sequence,
            handed_created = excluded.handed_created, handed_id = excluded.handed_id,
            accounted = coalesce(max(accounted, excluded.accounted), accounted, excluded.accounted),
            wake_at = NULL, active_at = excluded.active_at;
    END;
    CREATE TRIGGER IF NOT EXISTS event_is_errand AFTER INSERT ON event WHEN new.target != 'hand_on' BEGIN
        UPDATE meta SET value = value + 1 WHERE name = 'errands';
    END;
";

/// The third: what the second read is dropped, once that counts as taken.
const DROPPED: &str = "DROP TABLE IF EXISTS item";

/// Every step from an empty shard to the newest shape.
pub(super) const STEPS: [&str; 3] = [EVENTS, LINES, DROPPED];
