//! Caps of keys: what a decision spends is checked and counted with it, and what definitely failed
//! is given back.
//!
//! This stands around every decision rather than inside each, so that no verb can forget it: what
//! is spent follows from the call that was begun, what is given back from the rows that changed.

use alloc::collections::BTreeMap;

use farthing_core::id::ApiKeyId;
use farthing_core::money::Money;

use crate::attempt::Call;
use crate::change::{Change, Decision};
use crate::command::{Ask, Command};
use crate::intent::{Intent, IntentState, Verb};
use crate::key::{Allowance, CapBreach, Caps, Spend};
use crate::object::ObjectRef;
use crate::refund::RefundState;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::tenant::{ApiKey, TenantId};
use crate::view::{Key, Row, View};

/// The decision with what it spends counted and what it gives back released. The command is as it
/// came, at wall time: a test clock that is moved opens no new stretch of time.
///
/// # Errors
/// [`Refusal::KeyCap`] if the key that asks may not spend as much.
pub(super) fn counted(
    view: &View,
    command: &Command,
    decision: Decision,
) -> Result<Decision, Refusal> {
    let tenant = command.meta.tenant;
    let tenant_key = Key::Tenant(tenant);
    if !view.knows(&tenant_key) || !view.tenant(tenant).is_some_and(|tenant| tenant.has_caps) {
        return Ok(decision);
    }
    let capped = command.meta.spender.and_then(|hash| view.api_key(hash));
    let capped = capped.and_then(|key| key.rights.caps.map(|caps| (key, caps)));
    if let Some((_, caps)) = capped {
        if pays_out(view, &decision) {
            return Err(Refusal::KeyCap(CapBreach::Payouts));
        }
        asked(view, &decision, caps)?;
    }
    let mut count = Count { view, tenant, sums: BTreeMap::new(), spends: BTreeMap::new() };
    for change in &decision.changes {
        if let Some(about) = given_up(change) {
            count.release(about);
        }
        if let Some((about, most)) = held(change) {
            count.lower(about, most);
        }
    }
    if let Some((about, amount)) = begun(&decision.reply) {
        // Whoever confirms last pays for it, and so does a key with caps that raises a hold; the
        // holder's own answer confirms nothing anew, nor does asking another acquirer, and a raise by
        // others is not the key's.
        let answered = matches!(command.ask, Ask::AnswerChallenge(_) | Ask::FailOver(_));
        let raised = matches!(command.ask, Ask::IncrementIntent(_));
        if !answered && (!raised || capped.is_some()) {
            count.release(about);
        }
        if let Some((key, caps)) = capped {
            count.spend((key, caps, caps.window(command.meta.now)), (about, amount))?;
        }
    }
    if let (Some(intent), Some((key, caps))) = (capturing(view, &decision.reply), capped) {
        count.take_over(intent, (key, caps, caps.window(command.meta.now)))?;
    }

    // Nothing below can fail.
    let mut decision = decision;
    count.write(&mut decision);
    Ok(decision)
}

/// Whether a decision sends funds to a bank or changes where and when they go (decision 66).
fn pays_out(view: &View, decision: &Decision) -> bool {
    decision.changes.iter().any(|change| match change {
        Change::Insert(row) | Change::Update(row) => {
            let after = if let Row::Tenant(row) = row { Some(row) } else { None };
            let before = after.and_then(|after| view.tenant(after.id));
            matches!(row, Row::Payout(_) | Row::BankAccount(_))
                || before.map(|row| row.payouts) != after.map(|row| row.payouts)
        }
        Change::Delete(key) => matches!(key, Key::Payout(..) | Key::BankAccount(..)),
    })
}

/// An intent that a capped key makes or changes is within what it may ask for at one time.
fn asked(view: &View, decision: &Decision, caps: Caps) -> Result<(), Refusal> {
    for change in &decision.changes {
        let (Change::Insert(Row::Intent(intent)) | Change::Update(Row::Intent(intent))) = change
        else {
            continue;
        };
        let key = Key::Intent(intent.tenant, intent.id);
        let before = if view.knows(&key) { view.intent(intent.tenant, intent.id) } else { None };
        if before.is_none_or(|before| before.amount != intent.amount) {
            within(caps, intent.amount)?;
        }
    }
    Ok(())
}

fn within(caps: Caps, amount: Money) -> Result<(), Refusal> {
    if amount.currency() != caps.currency {
        return Err(Refusal::KeyCap(CapBreach::Currency { only: caps.currency }));
    }
    match caps.each_minor {
        Some(most) if amount.minor() > most => {
            Err(Refusal::KeyCap(CapBreach::Each { most: money(most, caps) }))
        }
        Some(_) | None => Ok(()),
    }
}

/// Caps are amounts: zero or more.
fn money(minor: i64, caps: Caps) -> Money {
    Money::new(minor.max(0), caps.currency).unwrap_or(Money::zero(caps.currency))
}

/// What the call that was begun may cost.
fn begun(reply: &Reply) -> Option<(ObjectRef, Money)> {
    let Reply::Begun(begun) = reply else { return None };
    match &begun.attempt.call {
        // The new total of a raised hold takes the place of what was counted.
        Call::Authorize { amount, .. } | Call::Increment { amount, .. } => {
            Some((ObjectRef::Intent(begun.attempt.intent), *amount))
        }
        Call::Refund { amount, refund, .. } => Some((ObjectRef::Refund(*refund), *amount)),
        // Within what was authorized, or less, or nothing at all.
        Call::Capture { .. } | Call::Void { .. } | Call::Verify { .. } => None,
    }
}

/// The intent of whose held funds a part is to be taken.
fn capturing<'v>(view: &'v View, reply: &Reply) -> Option<&'v Intent> {
    let Reply::Begun(begun) = reply else { return None };
    let Call::Capture { .. } = begun.attempt.call else { return None };
    view.intent(begun.attempt.tenant, begun.attempt.intent)
}

/// What was counted for this row is not spent after all.
fn given_up(change: &Change) -> Option<ObjectRef> {
    match change {
        Change::Insert(Row::Intent(intent)) | Change::Update(Row::Intent(intent)) => {
            (!may_cost(intent)).then_some(ObjectRef::Intent(intent.id))
        }
        Change::Insert(Row::Refund(refund)) | Change::Update(Row::Refund(refund)) => {
            (refund.state == RefundState::Failed).then_some(ObjectRef::Refund(refund.id))
        }
        Change::Insert(_) | Change::Update(_) | Change::Delete(_) => None,
    }
}

/// What an intent with held funds, and nothing in flight, can cost at most: a raise that was refused
/// is not spent.
fn held(change: &Change) -> Option<(ObjectRef, Money)> {
    let Change::Update(Row::Intent(intent)) = change else { return None };
    let held = matches!(intent.state, IntentState::RequiresCapture { .. });
    (held && intent.open.is_none()).then_some((ObjectRef::Intent(intent.id), intent.amount))
}

/// Whether funds were taken or held for an intent, or may be.
fn may_cost(intent: &Intent) -> bool {
    match &intent.state {
        IntentState::RequiresPaymentMethod { .. } | IntentState::RequiresConfirmation => {
            intent.open.is_some_and(|open| open.verb == Verb::Confirm)
        }
        IntentState::RequiresAction { .. }
        | IntentState::Processing
        | IntentState::RequiresCapture { .. }
        | IntentState::Succeeded { .. } => true,
        IntentState::Canceled { .. } => false,
    }
}

/// What changes among the allowances.
struct Count<'v> {
    view: &'v View,
    tenant: TenantId,
    sums: BTreeMap<(ApiKeyId, i64), Allowance>,
    spends: BTreeMap<ObjectRef, Option<Spend>>,
}

impl Count<'_> {
    fn release(&mut self, about: ObjectRef) {
        let key = Key::Spend(self.tenant, about);
        if self.spends.contains_key(&about) || !self.view.knows(&key) {
            return;
        }
        let Some(spend) = self.view.spend(self.tenant, about).cloned() else { return };
        let sum = self.sum((spend.family, spend.window), spend.amount);
        sum.minor = sum.minor.saturating_sub(spend.amount.minor());
        assert!(sum.minor >= 0, "what is given back was counted: {about:?}");
        self.spends.insert(about, None);
    }

    /// A key with caps captures what was held. Where that was not counted on its family, or was raised
    /// by another key since, the whole payment is from now on, as if the key had confirmed it: but not
    /// where a part was captured that counts on another family, which would have it back.
    fn take_over(&mut self, intent: &Intent, by: (&ApiKey, Caps, i64)) -> Result<(), Refusal> {
        let about = ObjectRef::Intent(intent.id);
        let (counted, family) = (self.view.spend(self.tenant, about), by.0.family());
        let own = counted.filter(|spend| spend.family == family);
        let other = counted.filter(|spend| spend.family != family);
        if own.is_some_and(|own| own.amount.minor() >= intent.amount.minor()) {
            return Ok(());
        }
        let untouched = match intent.state {
            IntentState::RequiresCapture { received, .. } => received.is_zero(),
            IntentState::RequiresPaymentMethod { .. }
            | IntentState::RequiresConfirmation
            | IntentState::RequiresAction { .. }
            | IntentState::Processing
            | IntentState::Succeeded { .. }
            | IntentState::Canceled { .. } => false,
        };
        if other.is_some() && !untouched {
            return Err(Refusal::KeyCap(CapBreach::Elsewhere));
        }
        self.release(about);
        self.spend(by, (about, intent.amount))
    }

    /// What was counted beyond this is not spent after all.
    fn lower(&mut self, about: ObjectRef, most: Money) {
        let key = Key::Spend(self.tenant, about);
        if self.spends.contains_key(&about) || !self.view.knows(&key) {
            return;
        }
        let Some(spend) = self.view.spend(self.tenant, about).cloned() else { return };
        let back = spend.amount.minor().saturating_sub(most.minor());
        if back > 0 {
            let sum = self.sum((spend.family, spend.window), spend.amount);
            sum.minor = sum.minor.saturating_sub(back);
            self.spends.insert(about, Some(Spend { amount: most, ..spend }));
        }
    }

    fn spend(
        &mut self,
        (key, caps, window): (&ApiKey, Caps, i64),
        (about, amount): (ObjectRef, Money),
    ) -> Result<(), Refusal> {
        within(caps, amount)?;
        let family = key.family();
        let sum = self.sum((family, window), Money::zero(caps.currency));
        let after = sum.minor.checked_add(amount.minor());
        if let Some(total) = caps.total
            && after.is_none_or(|after| after > total.minor)
        {
            let left = money(total.minor.saturating_sub(sum.minor), caps);
            return Err(Refusal::KeyCap(CapBreach::Total { left }));
        }
        sum.minor = after.unwrap_or(i64::MAX);
        let tenant = self.tenant;
        self.spends.insert(about, Some(Spend { tenant, about, family, window, amount }));
        Ok(())
    }

    fn sum(&mut self, (family, window): (ApiKeyId, i64), like: Money) -> &mut Allowance {
        let (view, tenant) = (self.view, self.tenant);
        self.sums.entry((family, window)).or_insert_with(|| {
            view.allowance(tenant, family, window).cloned().unwrap_or(Allowance {
                tenant,
                family,
                window,
                currency: like.currency(),
                minor: 0,
            })
        })
    }

    fn write(self, decision: &mut Decision) {
        for ((family, window), sum) in self.sums {
            let known = self.view.allowance(self.tenant, family, window).is_some();
            let row = Row::Allowance(sum);
            decision.changes.push(if known { Change::Update(row) } else { Change::Insert(row) });
        }
        for (about, spend) in self.spends {
            let key = Key::Spend(self.tenant, about);
            let known = self.view.knows(&key) && self.view.spend(self.tenant, about).is_some();
            match (spend, known) {
                (Some(spend), false) => decision.changes.push(Change::Insert(Row::Spend(spend))),
                (Some(spend), true) => decision.changes.push(Change::Update(Row::Spend(spend))),
                (None, true) => decision.changes.push(Change::Delete(key)),
                (None, false) => {}
            }
        }
    }
}
