//! A look at stored data beside the process that writes it.

use std::path::Path;

use farthing_domain::books::BooksReport;
use rusqlite::Connection;

use crate::books;
use crate::error::StoreError;
use crate::postgres::link::{Link, Mode};
use crate::snapshot::Snapshot;
use crate::sqlite;
use crate::sqlite::open::Folder;

/// A look at stored data beside the process that writes it.
pub struct Reading(pub(crate) Beside);

pub(crate) enum Beside {
    Sqlite(Connection),
    /// And nobody else can open it.
    Held {
        connection: Connection,
        _folder: Folder,
    },
    Postgres(Box<Link>),
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Reading").finish_non_exhaustive()
    }
}

impl Reading {
    /// A look at a backup, which may be of an older release: its settings can be read, and it can be
    /// copied. Its books are run through where it was restored.
    ///
    /// # Errors
    /// As [`Store::read_sqlite`](crate::Store::read_sqlite).
    pub fn of_backup(file: &Path) -> Result<Self, StoreError> {
        Ok(Self(Beside::Sqlite(sqlite::open::backup(file)?)))
    }

    /// Copies all of a folder's data, as of this moment, to a new file: a backup, made while the
    /// server runs. A database has its own tools for that.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if there is such a file or it cannot be written,
    /// [`StoreError::Damaged`], [`StoreError::Unavailable`].
    pub fn copy_to(&self, file: &Path) -> Result<(), StoreError> {
        match &self.0 {
            Beside::Sqlite(connection) | Beside::Held { connection, .. } => {
                sqlite::backup::copy(connection, file)
            }
            Beside::Postgres(_) => Err(StoreError::Unusable { dir: file.to_owned() }),
        }
    }

    /// Runs through the books over one snapshot. Not inside an asynchronous task.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub fn books(&self) -> Result<BooksReport, StoreError> {
        self.at_once(books::check)
    }

    /// A value under a name. Not inside an asynchronous task.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.at_once(|snapshot| snapshot.setting(name))
    }

    pub(crate) fn at_once<T>(
        &self,
        work: impl FnOnce(&Snapshot<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match &self.0 {
            Beside::Sqlite(connection) | Beside::Held { connection, .. } => {
                sqlite::run(connection, "BEGIN DEFERRED")?;
                let done = work(&Snapshot::Sqlite(connection));
                sqlite::run(connection, "ROLLBACK")?;
                done
            }
            Beside::Postgres(link) => {
                link.begin(Mode::Read);
                let done = work(&Snapshot::Postgres(link));
                link.rollback();
                done
            }
        }
    }
}
