//! Opening merchants and adding keys: what an operator does.

use alloc::vec::Vec;

use crate::change::{Change, Decision};
use crate::command::{Meta, NewKey, OpenMerchant};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::tenant::{ApiKey, FeeSchedule, Mode, Tenant, TenantId};
use crate::view::{Row, View};

pub(super) fn open(view: &View, meta: &Meta, ask: &OpenMerchant) -> Result<Decision, Refusal> {
    let ids = [Mode::Test, Mode::Live].map(|mode| TenantId::of(ask.number, mode));
    if ids.iter().any(|id| view.tenant(*id).is_some()) {
        return Err(Refusal::MerchantExists);
    }
    let mut changes: Vec<Change> = ids
        .into_iter()
        .map(|id| {
            Change::Insert(Row::Tenant(Tenant {
                id,
                account: ask.account,
                name: ask.name.clone(),
                created: meta.now,
                next_seq: 1,
                next_transfer: 1,
                next_body: 1,
                clock_offset_ms: 0,
                fee: FeeSchedule::default(),
            }))
        })
        .collect();
    changes.extend(new_keys(view, meta, &ask.keys));
    Ok(Decision { changes, ..Decision::only(Reply::Done) })
}

pub(super) fn add_keys(view: &View, meta: &Meta, keys: &[NewKey]) -> Decision {
    let changes = new_keys(view, meta, keys);
    Decision { changes, ..Decision::only(Reply::Done) }
}

/// Keys that are there already stay as they are: adding is idempotent.
fn new_keys(view: &View, meta: &Meta, keys: &[NewKey]) -> Vec<Change> {
    keys.iter()
        .filter(|key| view.api_key(key.hash).is_none())
        .map(|key| {
            Change::Insert(Row::ApiKey(ApiKey {
                hash: key.hash,
                class: key.class,
                tenant: key.tenant,
                hint: key.hint.clone(),
                created: meta.now,
            }))
        })
        .collect()
}
