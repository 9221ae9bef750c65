//! Reads from one snapshot, whatever the engine: rows by key, follow-up rounds, pages, ranges.

use farthing_domain::audit::Kept;
use farthing_domain::query::{Cursor, Page, Query, Scan};
use farthing_domain::view::{Key, Row, View};
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::error::StoreError;
use crate::limits::FOLLOW_UPS;
use crate::memory::Rows;
use crate::postgres::{self, link::Link};
use crate::row::Stored;
use crate::row::fields::Values;
use crate::sql::Rows as _;
use crate::{sql, sqlite};

/// Where a page begins, by the object named as the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// At the newest.
    Start,
    /// With the next older than this object.
    After(Key),
    /// With the nearest newer than this object.
    Before(Key),
}

/// One moment of the stored rows.
pub(crate) enum Snapshot<'a> {
    Memory(&'a Rows),
    Sqlite(&'a Connection),
    Postgres(&'a Link),
}

impl Snapshot<'_> {
    /// Puts what is stored under these keys into the view.
    pub(crate) fn load(&self, view: &mut View, keys: &[Key]) -> Result<(), StoreError> {
        match self {
            Self::Memory(rows) => {
                rows.load(view, keys);
                Ok(())
            }
            Self::Sqlite(connection) => sqlite::load::load(connection, view, keys),
            Self::Postgres(link) => postgres::load::load(link, view, keys),
        }
    }

    /// Loads what is wanted, again and again until nothing new is, or the rounds are used up.
    pub(crate) fn follow(
        &self,
        view: &mut View,
        mut wants: impl FnMut(&View) -> Vec<Key>,
    ) -> Result<(), StoreError> {
        for _ in 0..=FOLLOW_UPS {
            let mut keys = wants(view);
            keys.retain(|key| !view.knows(key));
            keys.sort_unstable();
            keys.dedup();
            if keys.is_empty() {
                return Ok(());
            }
            self.load(view, &keys)?;
        }
        Ok(())
    }

    /// One page.
    pub(crate) fn page(&self, query: &Query) -> Result<Page, StoreError> {
        match self {
            Self::Memory(rows) => Ok(rows.page(query)),
            Self::Sqlite(connection) => sql::page::page(*connection, query),
            Self::Postgres(link) => sql::page::page(*link, query),
        }
    }

    /// One page with the rows it points to; none where the cursor names nothing.
    pub(crate) fn page_from(
        &self,
        mut query: Query,
        begin: Begin,
        mut wants: impl FnMut(&Page, &View) -> Vec<Key>,
    ) -> Result<Option<(Page, View)>, StoreError> {
        let mut view = View::default();
        query.cursor = match begin {
            Begin::Start => Cursor::Start,
            Begin::After(key) => match self.seq(&mut view, key)? {
                Some(seq) => Cursor::After(seq),
                None => return Ok(None),
            },
            Begin::Before(key) => match self.seq(&mut view, key)? {
                Some(seq) => Cursor::Before(seq),
                None => return Ok(None),
            },
        };
        let page = self.page(&query)?;
        self.follow_page(&page, &mut view, &mut wants)?;
        Ok(Some((page, view)))
    }

    /// What a page's rows point to; the rows themselves are known already.
    pub(crate) fn follow_page(
        &self,
        page: &Page,
        view: &mut View,
        wants: &mut impl FnMut(&Page, &View) -> Vec<Key>,
    ) -> Result<(), StoreError> {
        for row in &page.rows {
            view.keep(row.key(), Some(row.clone()));
        }
        self.follow(view, |view| wants(page, view))
    }

    fn seq(&self, view: &mut View, key: Key) -> Result<Option<i64>, StoreError> {
        self.load(view, &[key])?;
        Ok(view.row(&key).and_then(seq_of))
    }

    /// A system range.
    pub(crate) fn scan(&self, scan: &Scan) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Memory(rows) => Ok(rows.scan(scan)),
            Self::Sqlite(connection) => sql::scan::scan(*connection, scan),
            Self::Postgres(link) => sql::scan::scan(*link, scan),
        }
    }

    /// Every row of a table, in key order.
    pub(crate) fn each<T: Stored>(
        &self,
        mut visit: impl FnMut(T) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Memory(rows) => rows.each().filter_map(T::of).cloned().try_for_each(visit),
            Self::Sqlite(connection) => sqlite::load::each(connection, &mut visit),
            Self::Postgres(link) => postgres::load::each(link, &mut visit),
        }
    }

    /// Every value with its name.
    pub(crate) fn settings(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let sql = "SELECT name, value FROM settings ORDER BY name";
        let lines = match self {
            Self::Memory(rows) => return Ok(rows.settings()),
            Self::Sqlite(connection) => connection.lines(sql, Values::default()),
            Self::Postgres(link) => link.lines(sql, Values::default()),
        };
        let pair = |line: Vec<Value>| match <[Value; 2]>::try_from(line) {
            Ok([Value::Text(name), Value::Blob(value)]) => Ok((name, value)),
            Ok(_) | Err(_) => Err(StoreError::Corrupt { table: "settings", column: "value" }),
        };
        lines?.into_iter().map(pair).collect()
    }

    /// The trail, newest first, older than a place.
    pub(crate) fn trail(&self, before: Option<i64>, limit: usize) -> Result<Vec<Kept>, StoreError> {
        match self {
            Self::Memory(rows) => Ok(rows.trail(before, limit)),
            Self::Sqlite(connection) => sql::trail::page(*connection, before, limit),
            Self::Postgres(link) => sql::trail::page(*link, before, limit),
        }
    }

    /// A value under a name.
    pub(crate) fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Self::Memory(rows) => Ok(rows.setting(name)),
            Self::Sqlite(connection) => sqlite::setting(connection, name),
            Self::Postgres(link) => postgres::open::setting(link, name),
        }
    }
}

/// The place of a listed object; none for what is in no list.
pub(crate) fn seq_of(row: &Row) -> Option<i64> {
    match row {
        Row::Intent(row) => Some(row.seq),
        Row::Customer(row) => Some(row.seq),
        Row::Method(row) => Some(row.seq),
        Row::Setup(row) => Some(row.seq),
        Row::SetupAttempt(row) => Some(row.seq),
        Row::Warning(row) => Some(row.seq),
        Row::Charge(row) => Some(row.seq),
        Row::Refund(row) => Some(row.seq),
        Row::Dispute(row) => Some(row.seq),
        Row::Payout(row) => Some(row.seq),
        Row::BankAccount(row) => Some(row.seq),
        Row::BalanceTransaction(row) => Some(row.seq),
        Row::Event(row) => Some(row.seq),
        Row::Endpoint(row) => Some(row.seq),
        Row::Transfer(row) => Some(row.number),
        Row::Tenant(_)
        | Row::ApiKey(_)
        | Row::Token(_)
        | Row::Balance(_)
        | Row::Attempt(_)
        | Row::Record(_)
        | Row::Body(_)
        | Row::Delivery(_)
        | Row::Timer(_)
        | Row::Allowance(_)
        | Row::Spend(_) => None,
    }
}
