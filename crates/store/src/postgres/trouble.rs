//! What can go wrong with a statement, and what it means for who asked.

use tokio_postgres::error::SqlState;

use crate::error::StoreError;

/// What came after a failure of the same batch.
const IN_FAILED: &str = "25P02";
/// It may not be written any more: another host is the primary now.
const READ_ONLY: &str = "25006";

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Somebody else was in the way: the same once more may do.
    Again(StoreError),
    /// Somebody holds a row for longer than a lock is waited for.
    Held,
    /// Nobody is there any more.
    Lost,
    /// No.
    Refused(StoreError),
    /// It came after another failure.
    Consequence,
}

/// What a failure means.
pub(crate) fn trouble(error: &tokio_postgres::Error) -> Trouble {
    let Some(said) = error.as_db_error() else {
        tracing::warn!(%error, "the connection failed");
        return Trouble::Lost;
    };
    let code = said.code();
    if code.code() == IN_FAILED {
        return Trouble::Consequence;
    }
    // Never the detail: it may show a row's values.
    let (constraint, table) = (said.constraint(), said.table());
    tracing::warn!(
        code = code.code(),
        constraint,
        table,
        message = said.message(),
        "the database refused"
    );
    let (class, _) = code.code().split_at_checked(2).unwrap_or_default();
    match class {
        _ if [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED]
            .contains(code) =>
        {
            Trouble::Again(StoreError::Unavailable)
        }
        // Rows of a locked tenant are stable; only a tenant that is being made can be made twice.
        _ if *code == SqlState::UNIQUE_VIOLATION => Trouble::Again(StoreError::Bug),
        // The domain asserts the same before: whoever gets here has found a bug of ours. A trigger's
        // refusal is of class P0.
        "23" | "P0" => Trouble::Refused(StoreError::Bug),
        _ if *code == SqlState::LOCK_NOT_AVAILABLE => Trouble::Held,
        // It goes down, is not up yet, or may not be written any more.
        "57" | "08" => Trouble::Lost,
        _ if code.code() == READ_ONLY => Trouble::Lost,
        _ => Trouble::Refused(StoreError::Unavailable),
    }
}

/// Of two failures of a round, the one that says more.
pub(crate) fn worse(first: Option<Trouble>, next: Trouble) -> Option<Trouble> {
    match (first, next) {
        (None | Some(Trouble::Consequence), next) | (_, next @ Trouble::Lost) => Some(next),
        (first, _) => first,
    }
}
