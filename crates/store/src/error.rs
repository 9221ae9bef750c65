//! What can go wrong with the world (never with the caller's request: that is a refusal).

use std::fmt;
use std::path::PathBuf;

/// A failure of storage. The details that a human needs are in the log; callers need the kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// Too much is waiting already. Nothing was written.
    Busy,
    /// The disk or the database did not do it. Nothing was written.
    Unavailable,
    /// The commit failed half-way: it may be on disk or not.
    OutcomeUnknown,
    /// The file may be read and not written. Nothing was written.
    ReadOnly,
    /// The file is damaged, or is no database. Nothing was written.
    Damaged,
    /// A stored row cannot be read.
    Corrupt {
        /// In which table.
        table: &'static str,
        /// The column that cannot be.
        column: &'static str,
    },
    /// An assertion of ours fired while this command was run. Nothing was written.
    Bug,
    /// The store is closed. Nothing was written.
    Closed,
    /// Another process has the folder open.
    Locked {
        /// The folder.
        dir: PathBuf,
    },
    /// The folder cannot be used.
    Unusable {
        /// The folder.
        dir: PathBuf,
    },
    /// The database cannot be reached, or its URL cannot be read.
    Unreachable,
    /// There is something in it already.
    NotEmpty,
    /// The file was written by another release: a newer one, or, where it is only read, an older one.
    SchemaNewer {
        /// Its version.
        found: i64,
        /// The newest this release knows.
        known: i64,
    },
}

impl StoreError {
    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::ReadOnly => "read_only",
            Self::Damaged => "damaged",
            Self::Corrupt { .. } => "corrupt",
            Self::Bug => "bug",
            Self::Closed => "closed",
            Self::Locked { .. } => "locked",
            Self::Unusable { .. } => "unusable",
            Self::Unreachable => "unreachable",
            Self::NotEmpty => "not_empty",
            Self::SchemaNewer { .. } => "schema_newer",
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => out.write_str("The store has too much waiting; try again in a moment."),
            Self::Unavailable => out.write_str("The store could not do it; nothing was written."),
            Self::OutcomeUnknown => {
                out.write_str("The commit failed half-way; it may or may not be on disk.")
            }
            Self::ReadOnly => out.write_str(
                "The database file may be read and not written; make it writable, and nothing is lost.",
            ),
            Self::Damaged => out.write_str(
                "The database file is damaged, or is no database; nothing was written. Restore a backup.",
            ),
            Self::Corrupt { table, column } => {
                write!(out, "A stored row cannot be read: column {column} of table {table}.")
            }
            Self::Bug => out.write_str("An assertion failed; nothing was written, see the log."),
            Self::Closed => out.write_str("The store is closed."),
            Self::Locked { dir } => write!(
                out,
                "Another process has {} open; stop it first, or name another folder.",
                dir.display()
            ),
            Self::Unusable { dir } => {
                write!(out, "The folder {} cannot be made or used; see the log.", dir.display())
            }
            Self::Unreachable => out.write_str(
                "The database cannot be reached, or its URL cannot be read; see the log.",
            ),
            Self::NotEmpty => out.write_str(
                "The store to copy into has something in it already; name an empty one.",
            ),
            Self::SchemaNewer { found, known } if found < known => write!(
                out,
                "The stored data has version {found}; serve it with this release once, which brings it to {known}."
            ),
            Self::SchemaNewer { found, known } => write!(
                out,
                "The stored data has version {found}; this release knows versions up to {known}."
            ),
        }
    }
}

impl std::error::Error for StoreError {}
