//! Idempotency keys: what a command with a used key is answered.

use alloc::boxed::Box;
use alloc::vec::Vec;

use farthing_core::idempotency::differing;
use farthing_core::planted;

use crate::change::{Change, Decision};
use crate::command::{Meta, PurgeRecords};
use crate::idempotency::{Record, RecordState};
use crate::limits::KEY_RETENTION_OPEN_MS;
use crate::refusal::Refusal;
use crate::reply::{Replay, Reply};
use crate::view::{Key, Row, View};

/// The answer if the command's key was used before; none if it is new, or there is no key.
pub(super) fn answer(view: &View, meta: &Meta) -> Option<Reply> {
    let claim = meta.claim.as_ref().filter(|_| !planted!("no_idempotency"))?;
    let record = view.record(meta.tenant, claim.key)?;
    if record.fingerprint != claim.fingerprint && !planted!("no_fingerprint") {
        let differing = differing(&record.tags, &claim.tags);
        return Some(Reply::Refused(Box::new(Refusal::KeyReused { differing })));
    }
    Some(match &record.state {
        RecordState::InProgress { .. } if planted!("progress_forgotten") => return None,
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

/// Deletes the records that may go: final for long enough, and their intent finished or given up on.
/// One whose intent may still be paid is looked at again a retention later. A body may be an
/// event's snapshot too, so bodies stay with the events.
pub(super) fn purge(view: &View, meta: &Meta, ask: &PurgeRecords) -> Decision {
    let changes: Vec<Change> = ask
        .keys
        .iter()
        .filter_map(|(tenant, key)| view.record(*tenant, *key))
        .filter_map(|record| {
            let RecordState::Done { status, body, at } = record.state else { return None };
            if at >= ask.finished_before {
                return None;
            }
            if may_go(view, meta, record) {
                return Some(Change::Delete(Key::Record(record.tenant, record.key)));
            }
            let state = RecordState::Done { status, body, at: meta.now };
            Some(Change::Update(Row::Record(Record { state, ..record.clone() })))
        })
        .collect();
    Decision { changes, ..Decision::only(Reply::Done) }
}

fn may_go(view: &View, meta: &Meta, record: &Record) -> bool {
    let intent = record.intent.and_then(|intent| view.intent(record.tenant, intent));
    intent.is_none_or(|intent| intent.state.terminal())
        || meta.now.since(record.created) >= KEY_RETENTION_OPEN_MS
}
