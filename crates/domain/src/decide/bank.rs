//! Bank accounts, and when funds become available and are paid out.

use farthing_core::id::BankAccountId;

use super::draft::Draft;
use super::payout;
use crate::bank::BankAccount;
use crate::change::Decision;
use crate::command::{AddBankAccount, Meta, UpdatePayoutSettings};
use crate::limits::BANK_ACCOUNTS_PER_TENANT;
use crate::object::ObjectRef;
use crate::refusal::{Named, Refusal};
use crate::reply::Reply;
use crate::tenant::PayoutSettings;
use crate::view::{Key, Row, View};

/// Adds a bank account; one whose id is there already stays as it is.
pub(super) fn add(view: &View, meta: &Meta, ask: &AddBankAccount) -> Result<Decision, Refusal> {
    let object = ObjectRef::BankAccount(ask.id);
    if view.bank_account(meta.tenant, ask.id).is_some() {
        return Ok(Decision::only(Reply::Object(object)));
    }
    let others = view.set(&Key::BankAccounts(meta.tenant));
    if others.len() >= BANK_ACCOUNTS_PER_TENANT {
        return Err(Refusal::BankAccountsFull);
    }
    let mut others = others
        .iter()
        .filter_map(|row| if let Row::BankAccount(row) = row { Some(row) } else { None });
    let currency = ask.details.currency;
    let default = others.find(|row| row.is_default && row.details.currency == currency);

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let is_default = ask.make_default || default.is_none();
    if let Some(former) = default
        && is_default
    {
        draft.update(Row::BankAccount(BankAccount { is_default: false, ..former.clone() }));
    }
    let seq = draft.seq();
    draft.insert(Row::BankAccount(BankAccount {
        id: ask.id,
        tenant: meta.tenant,
        seq,
        created: meta.now,
        details: ask.details.clone(),
        is_default,
        deleted: false,
        metadata: ask.metadata.clone(),
    }));
    Ok(draft.finish(Reply::Object(object)))
}

/// Deletes a bank account. What was paid out to it still goes there. Where others could take its
/// place as the default, the merchant says which.
pub(super) fn delete(view: &View, meta: &Meta, id: BankAccountId) -> Result<Decision, Refusal> {
    let missing = Refusal::Missing { what: ObjectRef::BankAccount(id), named: Named::Path };
    let present = |account: &&BankAccount| !account.deleted;
    let account = view.bank_account(meta.tenant, id).filter(present).ok_or(missing)?;
    let mut others = view
        .set(&Key::BankAccounts(meta.tenant))
        .iter()
        .filter_map(|row| if let Row::BankAccount(row) = row { Some(row) } else { None });
    let (own, currency) = (account.id, account.details.currency);
    if account.is_default
        && others.any(|other| other.id != own && other.details.currency == currency)
    {
        return Err(Refusal::BankAccountDefault);
    }

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let account = BankAccount { is_default: false, deleted: true, ..account.clone() };
    draft.update(Row::BankAccount(account));
    Ok(draft.finish(Reply::BankAccountDeleted(id)))
}

/// Another delay is for charges from now on; another interval takes the place of the one before,
/// whose timer will find that it is not the schedule's any more.
pub(super) fn update_settings(view: &View, meta: &Meta, ask: UpdatePayoutSettings) -> Decision {
    let mut draft = Draft::new(view, meta);
    let before = draft.tenant().payouts;
    let delay_days = ask.delay_days.unwrap_or(before.delay_days);
    let interval = ask.interval.unwrap_or(before.interval);
    let changed = interval != before.interval;
    let schedule = before.schedule.saturating_add(u32::from(changed));
    draft.set_payouts(PayoutSettings { delay_days, interval, schedule });
    if changed {
        payout::schedule_next(&mut draft);
    }
    draft.finish(Reply::PayoutSettings)
}
