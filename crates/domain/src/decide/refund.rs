//! Refunding: reserve the amount on the charge, then ask the network.

use farthing_core::id::RefundId;
use farthing_core::money::Money;
use farthing_core::planted;

use super::confirm::attempt;
use super::draft::Draft;
use super::fit;
use crate::attempt::Call;
use crate::change::Decision;
use crate::charge::Charge;
use crate::command::{CreateRefund, Meta, RefundOf};
use crate::intent::{Intent, Verb};
use crate::object::ObjectRef;
use crate::refusal::{Named, Refusal};
use crate::view::{Row, View};

pub(super) fn create(view: &View, meta: &Meta, ask: &CreateRefund) -> Result<Decision, Refusal> {
    let (intent, charge) = payment(view, meta, ask.of)?;
    if intent.open.is_some() {
        return Err(Refusal::Locked { intent: intent.id });
    }
    let Some(charge) = charge else {
        return Err(Refusal::RefundWithoutCharge { intent: intent.id });
    };
    let asked = ask
        .amount_minor
        .map(|minor| Money::new(minor, charge.amount.currency()))
        .transpose()
        .map_err(Refusal::Money)?;
    let amount = charge.refundable(asked)?;
    fit::refundable(view, meta, charge)?;
    let reserving =
        if planted!("no_reservation") { Money::zero(amount.currency()) } else { amount };
    let reserved = charge.refund_reserved.plus(reserving).map_err(Refusal::Money)?;
    let of = match charge.taken_under() {
        None if planted!("refund_uncharged") => charge.reference,
        taken => taken.expect("a refundable charge was captured"),
    };

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let entropy = draft.six();
    let call = Call::Refund {
        amount,
        charge: charge.id,
        of,
        refund: RefundId::new(meta.now, entropy),
        reason: ask.reason,
        metadata: ask.metadata.clone(),
    };
    let mut intent = intent.clone();
    let attempt = attempt(&mut draft, &mut intent, Verb::Refund, call);
    draft.update(Row::Intent(intent));
    draft.update(Row::Charge(Charge { refund_reserved: reserved, ..charge.clone() }));
    Ok(draft.begun(attempt, None))
}

/// The intent a refund concerns, and the charge it would come from.
fn payment<'a>(
    view: &'a View,
    meta: &Meta,
    of: RefundOf,
) -> Result<(&'a Intent, Option<&'a Charge>), Refusal> {
    let tenant = meta.tenant;
    match of {
        RefundOf::Charge(id) => {
            // The wire's exception: a charge unknown to a refund is reported as if by path.
            let missing = Refusal::Missing { what: ObjectRef::Charge(id), named: Named::Path };
            let charge = view.charge(tenant, id).ok_or(missing)?;
            let intent = view.intent(tenant, charge.intent).expect("a charge has an intent");
            Ok((intent, Some(charge)))
        }
        RefundOf::Intent(id) => {
            let named = Named::Param("payment_intent");
            let missing = Refusal::Missing { what: ObjectRef::Intent(id), named };
            let intent = view.intent(tenant, id).ok_or(missing)?;
            let charge = intent
                .latest_charge
                .map(|charge| view.charge(tenant, charge).expect("an intent's charge is on file"));
            Ok((intent, charge))
        }
    }
}
