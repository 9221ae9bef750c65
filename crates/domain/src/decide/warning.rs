//! Early fraud warnings, as the network tells of them.

use alloc::boxed::Box;

use super::draft::Draft;
use super::news::unknown;
use crate::change::Decision;
use crate::command::{Meta, WarnOfFraud};
use crate::event::EventKind;
use crate::object::{ObjectRef, Trail};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::view::{Row, View};
use crate::warning::FraudWarning;

pub(super) fn warn(view: &View, meta: &Meta, ask: WarnOfFraud) -> Decision {
    if view.warning(meta.tenant, ask.id).is_some() {
        return Decision::only(Reply::Done);
    }
    let Some(charge) = view.charge(meta.tenant, ask.charge) else {
        return Decision::only(unknown(ObjectRef::Charge(ask.charge)));
    };
    let intent = view.intent(meta.tenant, charge.intent).expect("a charge has an intent");
    if intent.open.is_some() && charge.taken_under().is_none() {
        // Its capture is not settled yet: that comes first, and this news again.
        return Decision::only(Reply::Refused(Box::new(Refusal::Locked { intent: intent.id })));
    }
    let mut draft = Draft::new(view, meta);
    let mut warning = FraudWarning {
        id: ask.id,
        tenant: meta.tenant,
        seq: draft.seq(),
        created: meta.now,
        charge: charge.id,
        intent: charge.intent,
        trail: Trail::default(),
    };
    draft.emit(EventKind::FraudWarned, ObjectRef::Warning(ask.id), &mut warning.trail);
    draft.insert(Row::Warning(warning));
    draft.unkept(Reply::Done)
}
