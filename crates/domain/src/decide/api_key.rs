//! API keys: added, rolled with overlap, ended, and marked as used.

use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

use farthing_core::time::TimestampMs;

use super::merchant::{check_pages, check_policy};
use crate::change::{Change, Decision};
use crate::command::{Meta, NewKey, RollKey, UpdateKey};
use crate::key::{Rights, Scopes};
use crate::limits::KEYS_PER_TENANT;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::tenant::{ApiKey, KeyClass, Pages, Tenant, TenantId};
use crate::view::{Key, Row, View};

pub(super) fn add(view: &View, meta: &Meta, keys: &[NewKey]) -> Result<Decision, Refusal> {
    check(view, meta, keys)?;

    // Nothing below can fail.
    let mut changes = inserted(view, meta, keys);
    // From now on its payments look for what they were counted on.
    for tenant in capped(keys) {
        let row = view.tenant(tenant).expect("a key with caps belongs to a tenant");
        if !row.has_caps {
            changes.push(Change::Update(Row::Tenant(Tenant { has_caps: true, ..row.clone() })));
        }
    }
    Ok(Decision { changes, ..Decision::only(Reply::Done) })
}

pub(super) fn update(view: &View, ask: &UpdateKey) -> Result<Decision, Refusal> {
    let key = view.api_key(ask.hash).ok_or(Refusal::KeyMissing)?;
    let pages = Pages {
        origins: ask.origins.clone().unwrap_or_else(|| key.pages.origins.clone()),
        allow_scripts: ask.allow_scripts.unwrap_or(key.pages.allow_scripts),
    };
    check_pages((key.class, key.tenant), &pages)?;
    check_policy(view, key.tenant, &[(key.hash, &pages)])?;

    // Nothing below can fail.
    let after = ApiKey { pages, ..key.clone() };
    Ok(changed(key, after))
}

/// The new key is as the old one but for its text; both work until the old one ends. A key that ends
/// earlier anyway is not made to live longer, and neither is its successor.
pub(super) fn roll(view: &View, meta: &Meta, ask: &RollKey) -> Result<Decision, Refusal> {
    let old = view.api_key(ask.hash).ok_or(Refusal::KeyMissing)?;
    if old.expired(meta.now) {
        return Err(Refusal::KeyEnded);
    }
    room(view, meta, (old.tenant, 1))?;

    // Nothing below can fail.
    let new = ApiKey {
        hash: ask.new_hash,
        hint: ask.new_hint.clone(),
        created: meta.now,
        last_used: None,
        rights: Rights { family: Some(old.family()), ..old.rights.clone() },
        ..old.clone()
    };
    let after = ended(old, ask.ends_at);
    let changes = vec![Change::Update(Row::ApiKey(after)), Change::Insert(Row::ApiKey(new))];
    Ok(Decision { changes, ..Decision::only(Reply::Done) })
}

/// Ending a key that has ended changes nothing.
pub(super) fn end(view: &View, meta: &Meta, hash: [u8; 32]) -> Result<Decision, Refusal> {
    let key = view.api_key(hash).ok_or(Refusal::KeyMissing)?;
    Ok(changed(key, ended(key, meta.now)))
}

/// Later uses only: what was written down never goes back.
pub(super) fn used(view: &View, uses: &[([u8; 32], TimestampMs)]) -> Decision {
    let rows = uses.iter().filter_map(|(hash, at)| view.api_key(*hash).map(|key| (key, *at)));
    let newer = rows.filter(|(key, at)| key.last_used < Some(*at));
    let changes = newer
        .map(|(key, at)| Change::Update(Row::ApiKey(ApiKey { last_used: Some(at), ..key.clone() })))
        .collect();
    Decision { changes, ..Decision::only(Reply::Done) }
}

/// Whether keys may be added as they are.
pub(super) fn check(view: &View, meta: &Meta, keys: &[NewKey]) -> Result<(), Refusal> {
    for key in keys {
        check_pages((key.class, key.tenant), &key.pages)?;
        check_rights(key)?;
    }
    let tenants: BTreeSet<TenantId> = keys.iter().map(|key| key.tenant).collect();
    tenants.into_iter().try_for_each(|tenant| {
        // Those that are there already stay as they are.
        let new = keys
            .iter()
            .filter(|key| key.tenant == tenant && view.api_key(key.hash).is_none())
            .collect::<Vec<_>>();
        room(view, meta, (tenant, new.len()))?;
        let pages = new.into_iter().filter(|key| key.class == KeyClass::Publishable);
        let pages = pages.map(|key| (key.hash, &key.pages));
        check_policy(view, tenant, &pages.collect::<Vec<_>>())
    })
}

/// The rows of keys that are not there yet: adding is idempotent.
pub(super) fn inserted(view: &View, meta: &Meta, keys: &[NewKey]) -> Vec<Change> {
    keys.iter()
        .filter(|key| view.api_key(key.hash).is_none())
        .map(|key| {
            Change::Insert(Row::ApiKey(ApiKey {
                hash: key.hash,
                class: key.class,
                tenant: key.tenant,
                hint: key.hint.clone(),
                created: meta.now,
                pages: key.pages.clone(),
                rights: key.rights.clone(),
                last_used: None,
            }))
        })
        .collect()
}

/// The tenants of those keys that have caps.
pub(super) fn capped(keys: &[NewKey]) -> BTreeSet<TenantId> {
    keys.iter().filter(|key| key.rights.caps.is_some()).map(|key| key.tenant).collect()
}

/// Scopes and caps are a restricted key's; one without any scope would open nothing.
fn check_rights(key: &NewKey) -> Result<(), Refusal> {
    let restricted = match key.class {
        KeyClass::Restricted => true,
        KeyClass::Secret | KeyClass::Publishable | KeyClass::Operator => false,
    };
    let Rights { scopes, caps, .. } = &key.rights;
    let bounded = *scopes != Scopes::default() || caps.is_some();
    match (restricted, bounded) {
        (false, true) => Err(Refusal::KeyNotRestricted),
        (true, _) if *scopes == Scopes::default() => Err(Refusal::KeyWithoutScopes),
        (true, _) | (false, false) => Ok(()),
    }
}

fn room(view: &View, meta: &Meta, (tenant, new): (TenantId, usize)) -> Result<(), Refusal> {
    let rows = view.set(&Key::ApiKeys(tenant)).iter();
    let alive = rows.filter(|row| matches!(row, Row::ApiKey(key) if !key.expired(meta.now)));
    if new > 0 && alive.count().saturating_add(new) > KEYS_PER_TENANT {
        return Err(Refusal::KeysFull);
    }
    Ok(())
}

fn ended(key: &ApiKey, at: TimestampMs) -> ApiKey {
    let at = key.rights.expires_at.map_or(at, |before| before.min(at));
    ApiKey { rights: Rights { expires_at: Some(at), ..key.rights.clone() }, ..key.clone() }
}

fn changed(before: &ApiKey, after: ApiKey) -> Decision {
    let changes = if after == *before { vec![] } else { vec![Change::Update(Row::ApiKey(after))] };
    Decision { changes, ..Decision::only(Reply::Done) }
}
