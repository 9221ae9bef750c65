//! Idempotency records: one key, one effect, one answer.

use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::id::{AttemptId, IntentId};
use farthing_core::time::TimestampMs;

use crate::event::BodyId;
use crate::tenant::TenantId;

/// A key within its scope (tenant and key class, decision 6), as a keyed hash of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopedKey(pub [u8; 16]);

/// What a request says when it comes with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The key in its scope.
    pub key: ScopedKey,
    /// The request's path; its method is always POST.
    pub path: String,
    /// Keyed hash of method, path and parameters.
    pub fingerprint: [u8; 32],
    /// One keyed tag per top-level parameter, to name those that differ. Never values.
    pub tags: Vec<(String, [u8; 8])>,
}

/// A key that was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whose.
    pub tenant: TenantId,
    /// The key in its scope.
    pub key: ScopedKey,
    /// Of the first request.
    pub fingerprint: [u8; 32],
    /// Of the first request.
    pub tags: Vec<(String, [u8; 8])>,
    /// The first request's path; none in records of before it was kept.
    pub path: Option<String>,
    /// The first request's id, echoed as `Original-Request`.
    pub request_id: String,
    /// When it was first used.
    pub created: TimestampMs,
    /// The intent it concerns; the record is kept while that is not terminal.
    pub intent: Option<IntentId>,
    /// What is true of it now.
    pub state: RecordState,
}

/// The states of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordState {
    /// Its attempt is open: retries are told to wait (decision 4).
    InProgress {
        /// Which.
        attempt: AttemptId,
    },
    /// Its answer is final and is replayed as these bytes.
    Done {
        /// The answer's HTTP status, opaque here.
        status: u16,
        /// The answer's body.
        body: BodyId,
        /// When it became final.
        at: TimestampMs,
    },
}
