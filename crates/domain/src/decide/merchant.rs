//! Opening merchants, and what pages may do with the keys of one: what an operator does.

use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

use farthing_core::origin::Origin;

use super::api_key;
use crate::change::{Change, Decision};
use crate::command::{Meta, OpenMerchant, SetSettlement};
use crate::limits::{ORIGINS_BYTES_PER_TENANT, ORIGINS_PER_KEY, QUOTES_PER_TENANT};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::tenant::{
    FeeSchedule, KeyClass, Mode, Pages, PayoutSettings, Settlement, Tenant, TenantId,
};
use crate::view::{Key, Row, View};

pub(super) fn open(view: &View, meta: &Meta, ask: &OpenMerchant) -> Result<Decision, Refusal> {
    let ids = [Mode::Test, Mode::Live].map(|mode| TenantId::of(ask.number, mode));
    if ids.iter().any(|id| view.tenant(*id).is_some()) {
        return Err(Refusal::MerchantExists);
    }
    api_key::check(view, meta, &ask.keys)?;
    let capped = api_key::capped(&ask.keys);

    // Nothing below can fail.
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
                settlement: Settlement::default(),
                platform: ask.platform,
                has_caps: capped.contains(&id),
                payouts: PayoutSettings::default(),
            }))
        })
        .collect();
    changes.extend(api_key::inserted(view, meta, &ask.keys));
    Ok(Decision { changes, ..Decision::only(Reply::Done) })
}

/// What was charged before stays at its own ratio.
pub(super) fn set_settlement(view: &View, ask: &SetSettlement) -> Result<Decision, Refusal> {
    let tenant = view.tenant(ask.tenant).ok_or(Refusal::MerchantMissing)?;
    let mut settlement = tenant.settlement.clone();
    ask.currency.clone().apply(&mut settlement.currency);
    for (currency, ratio) in &ask.quotes {
        settlement.quotes.retain(|(other, _)| other != currency);
        if let Some(ratio) = ratio {
            settlement.quotes.push((*currency, *ratio));
        }
    }
    settlement.quotes.sort_by_key(|(currency, _)| *currency);
    let count = settlement.quotes.len();
    if count > QUOTES_PER_TENANT {
        return Err(Refusal::QuotesFull { count });
    }

    // Nothing below can fail.
    let after = Tenant { settlement, ..tenant.clone() };
    let changes = if after == *tenant { vec![] } else { vec![Change::Update(Row::Tenant(after))] };
    Ok(Decision { changes, ..Decision::only(Reply::Done) })
}

/// The policy that names the origins of all of a tenant's publishable keys must stay short. What is
/// too long already may be made shorter by steps.
pub(super) fn check_policy(
    view: &View,
    tenant: TenantId,
    changed: &[([u8; 32], &Pages)],
) -> Result<(), Refusal> {
    let stored = || {
        let rows = view.set(&Key::ApiKeys(tenant)).iter();
        rows.filter_map(|row| if let Row::ApiKey(key) = row { Some(key) } else { None })
            .filter(|key| key.class == KeyClass::Publishable)
    };
    let before = policy_bytes(stored().map(|key| &key.pages));
    let stays = stored().filter(|key| changed.iter().all(|(hash, _)| *hash != key.hash));
    let stays = stays.map(|key| &key.pages);
    let bytes = policy_bytes(stays.chain(changed.iter().map(|(_, pages)| *pages)));
    if bytes > ORIGINS_BYTES_PER_TENANT && bytes > before {
        return Err(Refusal::OriginsLong { bytes });
    }
    Ok(())
}

/// How long the different origins are together, each with the space after it.
fn policy_bytes<'p>(pages: impl Iterator<Item = &'p Pages>) -> usize {
    let origins: BTreeSet<&Origin> = pages.flat_map(|pages| &pages.origins).collect();
    origins
        .into_iter()
        .fold(0, |sum: usize, origin| sum.saturating_add(origin.as_str().len()).saturating_add(1))
}

/// What pages may do with a key must fit its class and its mode.
pub(super) fn check_pages(
    (class, tenant): (KeyClass, TenantId),
    pages: &Pages,
) -> Result<(), Refusal> {
    let publishable = match class {
        KeyClass::Publishable => true,
        KeyClass::Secret | KeyClass::Operator | KeyClass::Restricted => false,
    };
    if !publishable && *pages != Pages::default() {
        return Err(Refusal::KeyNotForPages);
    }
    if pages.origins.len() > ORIGINS_PER_KEY {
        return Err(Refusal::OriginsFull { count: pages.origins.len() });
    }
    match tenant.mode() {
        Mode::Live if pages.allow_scripts => Err(Refusal::ScriptsInLiveMode),
        Mode::Live | Mode::Test => Ok(()),
    }
}
