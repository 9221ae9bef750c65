//! What a shard shows: JSON for the Worker, which puts that of its shards together and passes it on.

use farthing_core::webhook::to_base64;

use super::Shelf;
use super::value::{
    self, Columns, count, integer, maybe_bytes, maybe_string, maybe_whole, string, text, whole,
};
use crate::host::Result;
use crate::json::{List, Map};

/// Rows of one page, in bytes. The Worker has those of up to 64 shards in memory at once, as they came
/// and as they go on; a larger row comes alone.
const PAGE_BYTES: usize = 1 << 18;
/// Gaps in one answer.
const GAPS_MAX: i64 = 500;

/// What a column becomes in a row that is shown.
#[derive(Clone, Copy)]
enum Shape {
    /// A whole number, or `null`.
    Whole,
    /// A text, or `null`.
    Text,
    /// A list of the words that it holds.
    Words,
    /// `body` where it is text, else `body_base64`; nothing where it has been purged.
    Body,
}

/// What is shown of an event. `place` is where the row is in what it was read from, which the cursor
/// goes by.
const EVENT: [(&str, Shape); 15] = [
    ("place", Shape::Whole),
    ("id", Shape::Text),
    ("type", Shape::Text),
    ("object", Shape::Text),
    ("created", Shape::Whole),
    ("sequence", Shape::Whole),
    ("previous_sequence", Shape::Whole),
    ("received_at", Shape::Whole),
    ("state", Shape::Text),
    ("marks", Shape::Words),
    ("missing", Shape::Text),
    ("tries", Shape::Whole),
    ("answer", Shape::Whole),
    ("due_at", Shape::Whole),
    ("body", Shape::Body),
];
/// What it is made of, but for the place.
const COLUMNS: &str = ", id, kind, object, created_s, sequence, before, received_at, state, marks,
                       missing, tries, answer, due_at, body FROM event WHERE ";

/// What is shown of a gap: `from` is the first number that may be missing, `to` is the last, which is.
const GAP: [(&str, Shape); 5] = [
    ("object", Shape::Text),
    ("from", Shape::Whole),
    ("to", Shape::Whole),
    ("opened_at", Shape::Whole),
    ("state", Shape::Text),
];

/// The listings of events: by which number each goes, and which rows are in it. The states are spelt
/// out: only so do the partial indexes serve.
const LISTINGS: [(&str, &str, &str); 4] = [
    ("/handed", "place", "state = 'handed' AND target = 'hand_on'"),
    ("/arrived", "seq", "target = 'hand_on'"),
    ("/waiting", "seq", "state = 'waiting'"),
    ("/parked", "seq", "state = 'parked'"),
];

impl Shelf {
    /// The shard's counts. Only what is unfinished is counted row by row: the places tell the rest.
    pub(in crate::inbox) fn counts(&self, now: i64) -> Result<String> {
        let number = |name| self.number(name).map(|number| number.unwrap_or(0));
        let [waiting, errands_waiting, oldest] = self.unfinished("waiting", now)?;
        let [parked, errands_parked, _] = self.unfinished("parked", now)?;
        let accepted = self.one("SELECT max(seq) FROM event")?.saturating_sub(number("errands")?);
        let dropped = number("dropped")?;
        let unfinished = waiting.saturating_add(parked).saturating_add(dropped);
        let gaps = Map::new()
            .whole("open", self.one("SELECT count(*) FROM gap WHERE state = 'open'")?)
            .whole("given_up", number("given_up")?)
            .whole("filled", number("filled")?);
        let mut rejected = Map::new();
        for row in self.query("SELECT reason, count FROM rejected ORDER BY reason", vec![])? {
            rejected = rejected.count(&string(&row, 0)?, count(&row, 1)?);
        }
        let errands = Map::new().whole("waiting", errands_waiting).whole("parked", errands_parked);
        let counts = Map::new()
            .whole("accepted", accepted)
            .whole("duplicates", number("duplicates")?)
            .whole("handed_on", accepted.saturating_sub(unfinished))
            .whole("waiting", waiting)
            .whole("parked", parked)
            .whole("dropped", dropped)
            .whole("lag_ms", now.saturating_sub(oldest).max(0))
            .raw("gaps", &gaps.end())
            .raw("rejected", &rejected.end())
            .raw("errands", &errands.end());
        Ok(counts.end())
    }

    /// How many events and how many errands are in a state, and since when the oldest of the events.
    fn unfinished(&self, state: &str, now: i64) -> Result<[i64; 3]> {
        let sql = [
            "SELECT count(*) FILTER (WHERE target = 'hand_on'),
                 count(*) FILTER (WHERE target != 'hand_on'),
                 min(received_at) FILTER (WHERE target = 'hand_on') FROM event WHERE state = '",
            state,
            "'",
        ];
        let rows = self.query(&sql.concat(), vec![])?;
        let Some(row) = rows.first() else { return Ok([0, 0, now]) };
        Ok([whole(row, 0)?, whole(row, 1)?, maybe_whole(row, 2)?.unwrap_or(now)])
    }

    /// Adds to the counts of refused requests.
    pub(in crate::inbox) fn reject(&self, reason: &str, more: i64) -> Result<()> {
        let sql = "INSERT INTO rejected (reason, count) VALUES (?1, ?2)
                   ON CONFLICT (reason) DO UPDATE SET count = count + excluded.count";
        self.run(sql, vec![text(reason), integer(more)])
    }

    /// A page of one of the listings, after a place; `None` if there is no such listing.
    pub(in crate::inbox) fn page(
        &self,
        listing: &str,
        after: i64,
        limit: u32,
    ) -> Result<Option<String>> {
        let known = LISTINGS.iter().find(|(name, ..)| *name == listing);
        let Some((_, place, which)) = known else { return Ok(None) };
        let sql = ["SELECT ", place, COLUMNS, place, " > ? AND ", which, " ORDER BY 1 LIMIT ?"];
        let most = i64::from(limit).saturating_add(1);
        let cursor = value::run(&self.sql, &sql.concat(), vec![integer(after), integer(most)])?;
        let (mut rows, mut count, mut bytes, mut has_more) = (List::new(), 0, 0_usize, false);
        while let Some(row) = value::next(&cursor)? {
            let row = shown(&EVENT, &row)?;
            if count >= limit || (bytes > 0 && bytes.saturating_add(row.len()) > PAGE_BYTES) {
                has_more = true;
                break;
            }
            bytes = bytes.saturating_add(row.len());
            count = count.saturating_add(1);
            rows = rows.raw(&row);
        }
        Ok(Some(Map::new().raw("rows", &rows.end()).flag("has_more", has_more).end()))
    }

    /// One event.
    pub(in crate::inbox) fn event(&self, id: &str) -> Result<Option<String>> {
        let sql = ["SELECT seq", COLUMNS, "id = ?"];
        let rows = self.query(&sql.concat(), vec![text(id)])?;
        rows.first().map(|row| shown(&EVENT, row)).transpose()
    }

    /// Gaps: those that are waited for, then the others, the newest first.
    pub(in crate::inbox) fn gaps(&self) -> Result<String> {
        let sql = "SELECT CASE WHEN line LIKE 'o:%' THEN substr(line, 3) ELSE line END,
                       from_number, to_number, opened_at, state FROM gap
                   ORDER BY state = 'open' DESC, opened_at DESC LIMIT ?";
        let mut gaps = List::new();
        for row in self.query(sql, vec![integer(GAPS_MAX)])? {
            gaps = gaps.raw(&shown(&GAP, &row)?);
        }
        Ok(gaps.end())
    }

    fn one(&self, sql: &str) -> Result<i64> {
        let rows = self.query(sql, vec![])?;
        rows.first().map_or(Ok(None), |row| maybe_whole(row, 0)).map(|one| one.unwrap_or(0))
    }
}

/// A row as it is shown.
fn shown(shapes: &[(&str, Shape)], row: &Columns) -> Result<String> {
    let mut map = Map::new();
    for (column, (name, shape)) in (0..).zip(shapes) {
        map = match shape {
            Shape::Whole => map.maybe_whole(name, maybe_whole(row, column)?),
            Shape::Text => map.maybe_text(name, maybe_string(row, column)?.as_deref()),
            Shape::Words => {
                let words = string(row, column)?;
                map.raw(name, &words.split_ascii_whitespace().fold(List::new(), List::text).end())
            }
            Shape::Body => match maybe_bytes(row, column)?.map(String::from_utf8) {
                None => map,
                Some(Ok(text)) => map.text("body", &text),
                Some(Err(error)) => map.text("body_base64", &to_base64(error.as_bytes())),
            },
        };
    }
    Ok(map.end())
}
