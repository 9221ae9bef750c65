//! Whether a payment can be made with a kind of method: the kind's row is asked, never its name.

use farthing_core::currency::Currency;

use super::method::Usable;
use crate::charge::{Charge, ChargeState};
use crate::command::{Confirm, Meta};
use crate::intent::{CaptureMethod, Intent, IntentState, MethodChoice};
use crate::method_type::{Can, Flow, MethodSet, MethodType, Need, Unfit};
use crate::object::Billing;
use crate::refusal::Refusal;
use crate::view::View;

/// A payment as it is asked for.
pub(super) struct Asked<'a> {
    /// Which kinds it may be paid with.
    pub(super) methods: MethodChoice,
    /// Which kinds it may not be paid with.
    pub(super) excluded: MethodSet,
    pub(super) capture: CaptureMethod,
    pub(super) currency: Currency,
    /// With what it is to be paid, if that is known.
    pub(super) usable: Option<&'a Usable<'a>>,
    /// How it is to be confirmed, if now.
    pub(super) confirm: Option<&'a Confirm>,
}

/// Checks what was asked: first every kind that was named, then the method, then its confirmation.
pub(super) fn asked(asked: &Asked<'_>) -> Result<(), Refusal> {
    if let MethodChoice::Listed(kinds) = asked.methods {
        for kind in kinds.iter() {
            possible(kind, asked).map_err(|why| Refusal::MethodUnfit { kind, why })?;
        }
    }
    let Some(usable) = asked.usable else { return Ok(()) };
    let kind = usable.kind();
    payable(usable, asked).map_err(|why| Refusal::MethodUnfit { kind, why })
}

fn possible(kind: MethodType, asked: &Asked<'_>) -> Result<(), Unfit> {
    if !kind.takes(asked.currency) {
        return Err(Unfit::Currency(asked.currency));
    }
    if asked.capture == CaptureMethod::Manual && !kind.can(Can::CaptureLater) {
        return Err(Unfit::CaptureLater);
    }
    Ok(())
}

fn payable(usable: &Usable<'_>, asked: &Asked<'_>) -> Result<(), Unfit> {
    let kind = usable.kind();
    match asked.methods {
        _ if asked.excluded.has(kind) => return Err(Unfit::Unlisted),
        MethodChoice::Listed(kinds) if !kinds.has(kind) => return Err(Unfit::Unlisted),
        MethodChoice::Automatic { redirects: false } if kind.flow == Flow::Redirect => {
            return Err(Unfit::Redirects);
        }
        MethodChoice::Listed(_) | MethodChoice::Automatic { .. } => {}
    }
    possible(kind, asked)?;
    let Some(confirm) = asked.confirm else { return Ok(()) };
    match kind.needs.iter().find(|need| !given(**need, usable.billing(), confirm)) {
        // A method that is kept was agreed to when it was kept.
        Some(Need::Mandate) if usable.kept() => Ok(()),
        Some(need) => Err(Unfit::Lacks(*need)),
        None if acts(kind, confirm) && confirm.error_on_requires_action => Err(Unfit::Acts),
        None => Ok(()),
    }
}

/// Whether a payer who is there has to act before anything is paid. Of a card only its issuer knows.
fn acts(kind: MethodType, confirm: &Confirm) -> bool {
    match kind.flow {
        Flow::Redirect | Flow::Voucher => !confirm.off_session,
        Flow::Immediate | Flow::Delayed => false,
    }
}

/// Whether something that a kind needs is there.
fn given(need: Need, billing: &Billing, confirm: &Confirm) -> bool {
    let address = &billing.address;
    match need {
        Need::Name => billing.name.is_some(),
        Need::Email => billing.email.is_some(),
        Need::Country => address.country.is_some(),
        Need::Line1 => address.line1.is_some(),
        Need::City => address.city.is_some(),
        Need::State => address.state.is_some(),
        Need::PostalCode => address.postal_code.is_some(),
        Need::ReturnUrl => confirm.return_url.is_some(),
        Need::Mandate => confirm.mandate,
    }
}

/// Checks that a charge is of a kind that can be refunded, now.
pub(super) fn refundable(view: &View, meta: &Meta, charge: &Charge) -> Result<(), Refusal> {
    let kind =
        view.method(charge.tenant, charge.method).expect("a charge's method is on file").kind;
    let unfit = |why| Err(Refusal::MethodUnfit { kind, why });
    let Some(days) = kind.refund_days else { return unfit(Unfit::Refund) };
    let last = charge.created.utc_day().saturating_add(i64::from(days));
    if days < u16::MAX && meta.now.utc_day() > last { unfit(Unfit::RefundLate) } else { Ok(()) }
}

/// The charge of a voucher that can still be paid.
pub(super) fn outstanding<'a>(view: &'a View, intent: &Intent) -> Option<&'a Charge> {
    let IntentState::RequiresAction { .. } = intent.state else { return None };
    let charge = view.charge(intent.tenant, intent.latest_charge?)?;
    matches!(charge.state, ChargeState::Pending { .. }).then_some(charge)
}

/// Checks that no voucher of an intent can still be paid: who confirmed it again would be paid twice.
pub(super) fn settled(view: &View, intent: &Intent) -> Result<(), Refusal> {
    match outstanding(view, intent) {
        None => Ok(()),
        Some(charge) => {
            let method = view.method(intent.tenant, charge.method);
            let kind = method.expect("a charge's method is on file").kind;
            Err(Refusal::MethodUnfit { kind, why: Unfit::Outstanding })
        }
    }
}
