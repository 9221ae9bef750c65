//! Payments that were on their way: whether their funds came.

use farthing_acquirer::Reference;
use farthing_domain::charge::ChargeState;
use farthing_domain::command::{Ask, PaymentNews};
use farthing_store::StoreError;

use super::disputes::{charge_under, is_open};
use super::{Heard, heard, unknown};
use crate::app::App;
use crate::ops;

/// News that a payment ended.
pub(super) async fn ended(
    app: &App,
    payment: Reference,
    news: PaymentNews,
) -> Result<Heard, StoreError> {
    let charge = match charge_under(app, payment).await? {
        Some(charge) => Some(charge),
        None if is_open(app, payment).await? => return Ok(Heard::Waits),
        // Settled between the two looks, or not ours: an attempt never opens again.
        None => charge_under(app, payment).await?,
    };
    let Some(charge) = charge else {
        return Ok(unknown(payment));
    };
    if let (ChargeState::Failed { .. }, PaymentNews::Settled) = (&charge.state, &news) {
        // The network has promised not to. Nothing is taken on the strength of it.
        ops::alert("a payment that had failed was paid after all", &charge.id, &"late");
    }
    heard(app, charge.tenant, Ask::HearPayment(charge.id, news)).await
}
