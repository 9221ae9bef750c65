//! Opening the folder: the lock, the file, its version.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use farthing_core::planted;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::error::StoreError;
use crate::limits::{
    BUSY_TIMEOUT_MS, CHECKPOINT_PAGES, MMAP_BYTES, READER_CACHE_KIB, STATEMENTS, WRITER_CACHE_KIB,
};
use crate::sqlite::failed;

const FILE: &str = "farthing.db";
const LOCK: &str = "lock";

/// Each brings the schema to the next version, in one commit. Forward only: a file is never taken
/// back, and an old release refuses a newer file.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/sqlite/0001_init.sql"),
    include_str!("../../migrations/sqlite/0002_pages.sql"),
    include_str!("../../migrations/sqlite/0003_events_of.sql"),
    include_str!("../../migrations/sqlite/0004_customers.sql"),
    include_str!("../../migrations/sqlite/0005_timers.sql"),
    include_str!("../../migrations/sqlite/0006_disputes.sql"),
    include_str!("../../migrations/sqlite/0008_several_captures.sql"),
    include_str!("../../migrations/sqlite/0009_method_kinds.sql"),
    include_str!("../../migrations/sqlite/0010_setup.sql"),
    include_str!("../../migrations/sqlite/0011_keys.sql"),
    include_str!("../../migrations/sqlite/0012_payouts.sql"),
    include_str!("../../migrations/sqlite/0013_holds.sql"),
    include_str!("../../migrations/sqlite/0014_reserve.sql"),
    include_str!("../../migrations/sqlite/0016_guards.sql"),
    include_str!("../../migrations/sqlite/0018_wire.sql"),
    include_str!("../../migrations/sqlite/0019_audit.sql"),
    include_str!("../../migrations/sqlite/0020_due_to.sql"),
    include_str!("../../migrations/sqlite/0021_kept.sql"),
    include_str!("../../migrations/sqlite/0022_quarters.sql"),
];

/// The folder, held by this process while this lives.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) file: PathBuf,
    _lock: File,
}

/// Makes the folder if it is absent, and takes its lock: one process writes.
pub(crate) fn folder(dir: &Path) -> Result<Folder, StoreError> {
    let unusable = |error: &dyn std::fmt::Display| {
        tracing::error!(dir = %dir.display(), %error, "the folder cannot be used");
        StoreError::Unusable { dir: dir.to_owned() }
    };
    make(dir).map_err(|error| unusable(&error))?;
    let lock = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .open(dir.join(LOCK))
        .map_err(|error| unusable(&error))?;
    match lock.try_lock() {
        Ok(()) => Ok(Folder { file: dir.join(FILE), _lock: lock }),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { dir: dir.to_owned() }),
        Err(TryLockError::Error(error)) => Err(unusable(&error)),
    }
}

/// Nobody else on the machine has business in it.
fn make(dir: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// The one connection that writes, its file brought up to date.
pub(crate) fn writer(folder: &Folder) -> Result<Connection, StoreError> {
    let connection = Connection::open(&folder.file).map_err(|error| failed(&error))?;
    prepare(&connection, WRITER_CACHE_KIB)?;
    // A reply means that it is on disk: FULL syncs the log at every commit.
    let pragmas = format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = {}; \
         PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES};",
        if planted!("no_sync") { "OFF" } else { "FULL" }
    );
    connection.execute_batch(&pragmas).map_err(|error| failed(&error))?;
    migrate(&connection)?;
    // What replaces deletes, and asks whether it may: the triggers of 0021 need not look.
    let asks = "PRAGMA recursive_triggers = ON; PRAGMA case_sensitive_like = ON;";
    connection.execute_batch(asks).map_err(|error| failed(&error))?;
    // A file that nobody may write is met here and not by the first payment. No row is so old.
    let nothing = "DELETE FROM schema_version WHERE version < 0";
    connection.execute_batch(nothing).map_err(|error| failed(&error))?;
    Ok(connection)
}

/// A connection that only reads.
pub(crate) fn reader(file: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(|error| failed(&error))?;
    prepare(&connection, READER_CACHE_KIB)?;
    Ok(connection)
}

/// A connection beside the process that holds the folder: reads only, takes no lock.
pub(crate) fn beside(dir: &Path) -> Result<Connection, StoreError> {
    let (connection, found) = versioned(&dir.join(FILE))?;
    if found != known() {
        return Err(StoreError::SchemaNewer { found, known: known() });
    }
    Ok(connection)
}

/// A backup, which may be of an older release.
pub(crate) fn backup(file: &Path) -> Result<Connection, StoreError> {
    let (connection, found) = versioned(file)?;
    if found > known() {
        return Err(StoreError::SchemaNewer { found, known: known() });
    }
    Ok(connection)
}

fn versioned(file: &Path) -> Result<(Connection, i64), StoreError> {
    if !file.is_file() {
        tracing::error!(file = %file.display(), "there is no stored data");
        let dir = file.parent().unwrap_or(file).to_owned();
        return Err(StoreError::Unusable { dir });
    }
    let connection = reader(file)?;
    let found = version(&connection)?;
    Ok((connection, found))
}

fn prepare(connection: &Connection, cache_kib: i64) -> Result<(), StoreError> {
    connection
        .busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS))
        .map_err(|error| failed(&error))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Plans do not depend on bound values: without this a kept statement is planned again, at each
    // use, for values that differ (a third of the time of a run through the books).
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(|error| failed(&error))?;
    let pragmas = format!(
        "PRAGMA cache_size = -{cache_kib}; PRAGMA mmap_size = {MMAP_BYTES}; \
         PRAGMA temp_store = MEMORY;"
    );
    connection.execute_batch(&pragmas).map_err(|error| failed(&error))
}

fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).expect("there are a handful of migrations")
}

fn version(connection: &Connection) -> Result<i64, StoreError> {
    let found: Option<i64> = connection
        .query_row("SELECT max(version) FROM schema_version", [], |row| row.get(0))
        .optional()
        .map_err(|error| failed(&error))?
        .flatten();
    Ok(found.unwrap_or(0))
}

fn migrate(connection: &Connection) -> Result<(), StoreError> {
    let table = "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY) STRICT";
    connection.execute_batch(table).map_err(|error| failed(&error))?;
    let found = version(connection)?;
    if found > known() {
        return Err(StoreError::SchemaNewer { found, known: known() });
    }
    for (to, script) in (1_i64..).zip(MIGRATIONS).filter(|(to, _)| *to > found) {
        let whole = format!(
            "BEGIN IMMEDIATE; {script}; INSERT INTO schema_version (version) VALUES ({to}); COMMIT;"
        );
        connection.execute_batch(&whole).map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// A schema without a file, to ask how its statements would be run.
#[cfg(test)]
pub(crate) fn migrated() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    migrate(&connection).unwrap();
    connection
}
