//! Idempotency keys: what a command with a used key is answered.

use alloc::boxed::Box;
use alloc::vec::Vec;

use farthing_core::idempotency::differing;

use crate::change::{Change, Decision};
use crate::command::Meta;
use crate::idempotency::{RecordState, ScopedKey};
use crate::refusal::Refusal;
use crate::reply::{Replay, Reply};
use crate::tenant::TenantId;
use crate::view::{Key, View};

/// The answer if the command's key was used before; none if it is new, or there is no key.
pub(super) fn answer(view: &View, meta: &Meta) -> Option<Reply> {
    let claim = meta.claim.as_ref()?;
    let record = view.record(meta.tenant, claim.key)?;
    if record.fingerprint != claim.fingerprint {
        let differing = differing(&record.tags, &claim.tags);
        return Some(Reply::Refused(Box::new(Refusal::KeyReused { differing })));
    }
    Some(match &record.state {
        RecordState::InProgress { attempt } => {
            Reply::Refused(Box::new(Refusal::KeyInUse { attempt: *attempt }))
        }
        RecordState::Done { status, body, .. } => Reply::Replay(Replay {
            status: *status,
            body: *body,
            request_id: record.request_id.clone(),
        }),
    })
}

/// Deletes the records that may go: final for long enough, and their intent terminal. A body may
/// be an event's snapshot too, so bodies stay with the events.
pub(super) fn purge(view: &View, keys: &[(TenantId, ScopedKey)]) -> Decision {
    let changes: Vec<Change> = keys
        .iter()
        .filter(|(tenant, key)| view.record(*tenant, *key).is_some())
        .map(|(tenant, key)| Change::Delete(Key::Record(*tenant, *key)))
        .collect();
    Decision { changes, ..Decision::only(Reply::Done) }
}
