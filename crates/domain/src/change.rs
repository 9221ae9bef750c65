//! Changes: all that a decision wants written, as data.

use alloc::string::String;
use alloc::vec::Vec;

use crate::event::BodyId;
use crate::idempotency::ScopedKey;
use crate::object::ObjectRef;
use crate::reply::Reply;
use crate::tenant::TenantId;
use crate::view::{Key, Row};

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A row that was not there.
    Insert(Row),
    /// A row that was loaded, as it is now.
    Update(Row),
    /// A row that was loaded, and is gone.
    Delete(Key),
}

/// A decision: the answer and all that is to be written for it. A refusal has no changes.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The answer.
    pub reply: Reply,
    /// What is to be written, in order.
    pub changes: Vec<Change>,
    /// Objects whose rendering is stored under a number: the snapshots of this decision's events.
    pub snapshots: Vec<(BodyId, ObjectRef)>,
    /// Objects whose change is stored under a number: what of their rendering was otherwise before
    /// this decision.
    pub previous: Vec<(BodyId, ObjectRef)>,
    /// Written in the same commit, but not seen by the snapshots and the reply: what the wire
    /// shows only later (decision 15).
    pub afterwards: Vec<Change>,
    /// The idempotency record that the rendered reply completes.
    pub keep: Option<Keep>,
}

/// Which record the reply is kept in, and how the reply is shaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Whose.
    pub tenant: TenantId,
    /// The record.
    pub key: ScopedKey,
    /// The body's number, used unless a snapshot has the same bytes.
    pub body: BodyId,
    /// Expand paths of the kept reply.
    pub expand: Vec<String>,
}

impl Decision {
    /// An answer that writes nothing.
    pub fn only(reply: Reply) -> Self {
        Self {
            reply,
            changes: Vec::new(),
            snapshots: Vec::new(),
            previous: Vec::new(),
            afterwards: Vec::new(),
            keep: None,
        }
    }
}
