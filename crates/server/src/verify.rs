//! Asking the network whether a card is good: an authorization of nothing.
//!
//! No funds move, so nothing is written down before and nothing has to be looked up after: where the
//! answer is lost the caller asks again, under another reference.

use farthing_acquirer::{Acquirer as _, AuthorizeCall, CardDetails};
use farthing_core::currency::Currency;
use farthing_core::id::{AttemptId, PaymentMethodId};
use farthing_core::money::Money;
use farthing_domain::attempt::Presence;
use farthing_domain::method::PaymentMethod;
use farthing_domain::network::{Outcome, Reference};
use farthing_domain::object::Billing;
use farthing_store::StoreError;
use farthing_vault::CardScope;

use crate::breaker::Operation;
use crate::error::{ApiError, Problem};
use crate::request::ApiRequest;
use crate::{entropy, translate};

/// A card to ask about, sealed.
#[derive(Clone, Copy, Debug)]
pub struct Card<'c> {
    /// Its id, with which it is sealed.
    pub id: PaymentMethodId,
    /// Its number.
    pub sealed: &'c [u8],
    /// Whom it belongs to.
    pub billing: &'c Billing,
}

impl<'c> Card<'c> {
    /// A card on file.
    pub fn of(row: &'c PaymentMethod) -> Self {
        Self { id: row.id, sealed: &row.sealed, billing: &row.billing }
    }
}

/// What the network says of a card.
///
/// # Errors
/// A network that does not answer in time; a card that cannot be opened.
pub async fn card(
    request: &ApiRequest,
    card: Card<'_>,
    presence: Presence,
) -> Result<Outcome, ApiError> {
    let app = &request.app;
    let scope = CardScope { tenant: request.tenant.raw(), method: card.id };
    let name = AttemptId::new(request.now, entropy::bytes()).bytes();
    let acquirer = app.acquirers.first(Operation::Authorize, request.now);
    let way = app.acquirers.at(acquirer).unwrap_or(app.acquirers.principal());
    let reference = translate::reference(Reference::of(request.tenant, name).at(way.acquirer));
    // Off the shelf whatever comes of it: a CVC is used once.
    let cvc = app.cvcs.take(card.id, request.now);
    let answer = app.vault.with_card(card.sealed, scope, cvc, |open| {
        let details = CardDetails {
            number: open.number(),
            exp_month: open.exp_month(),
            exp_year: open.exp_year(),
            cvc: open.cvc(),
            line1: card.billing.address.line1.as_deref(),
            postal_code: card.billing.address.postal_code.as_deref(),
        };
        let call = AuthorizeCall {
            reference,
            amount: Money::zero(Currency::USD),
            capture: false,
            card: details,
            authentication: translate::authentication(presence, false),
        };
        // The future owns what it needs, encoded: the card is gone when it is awaited.
        way.network.authorize(&call, request.now)
    });
    let silent = || Problem::Store(StoreError::Unavailable);
    let answer =
        tokio::time::timeout(app.config.network_timeout, answer.map_err(|_| Problem::Vault)?);
    let answer = answer.await.map_err(|_| silent())?;
    translate::called(answer).ok_or_else(|| silent().into())
}
