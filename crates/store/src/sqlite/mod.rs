//! The engine on one SQLite file: opening, settings, and the writer's own connection.

pub(crate) mod apply;
pub(crate) mod backup;
pub(crate) mod load;
pub(crate) mod open;

use farthing_domain::audit::Line;
use rusqlite::{Connection, ErrorCode, OptionalExtension, params, params_from_iter};

use crate::error::StoreError;
use crate::readers::{Read, give};
use crate::snapshot::Snapshot;
use crate::sql::trail;

/// Logs what the database said, and keeps the kind.
pub(crate) fn failed(error: &rusqlite::Error) -> StoreError {
    tracing::error!(%error, "the database refused");
    match error.sqlite_error_code() {
        // The domain asserts the same before: whoever gets here has found a bug of ours.
        Some(ErrorCode::ConstraintViolation) => StoreError::Bug,
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged,
        _ => StoreError::Unavailable,
    }
}

/// Runs a statement without rows.
pub(crate) fn run(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(|error| failed(&error))?;
    statement.raw_execute().map(drop).map_err(|error| failed(&error))
}

/// Whether each commit waits for the disk: FULL or more.
pub(crate) fn syncs(connection: &Connection) -> Result<bool, StoreError> {
    let level: i64 = connection
        .query_row("PRAGMA synchronous", [], |row| row.get(0))
        .map_err(|error| failed(&error))?;
    Ok(level >= 2)
}

/// A value under a name.
pub(crate) fn setting(connection: &Connection, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    connection
        .query_row("SELECT value FROM settings WHERE name = ?1", [name], |row| row.get(0))
        .optional()
        .map_err(|error| failed(&error))
}

/// Keeps a value under a name, in a commit of its own.
pub(crate) fn set_setting(
    connection: &Connection,
    name: &str,
    value: &[u8],
) -> Result<(), StoreError> {
    let sql = "INSERT INTO settings (name, value) VALUES (?1, ?2) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    connection.execute(sql, params![name, value]).map(drop).map_err(|error| failed(&error))
}

/// Adds lines to the trail, within the commit that is open.
pub(crate) fn note(connection: &Connection, lines: &[Line]) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(trail::ADD).map_err(|error| failed(&error))?;
    for line in lines {
        statement.execute(params_from_iter(trail::values(line))).map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// Serves one read from one snapshot.
pub(crate) fn serve(connection: &Connection, read: Read) {
    match run(connection, "BEGIN DEFERRED") {
        Ok(()) => give(read, Ok(&Snapshot::Sqlite(connection))),
        Err(error) => give(read, Err(error)),
    }
    // Also after a panic: a snapshot left open would keep the log from being folded.
    if !connection.is_autocommit() && run(connection, "ROLLBACK").is_err() {
        tracing::error!("a snapshot could not be closed");
    }
}
