//! One call to the network, from the attempt that describes it.

use farthing_acquirer::{
    Acquirer as _, AuthorizeCall, CaptureCall, CardDetails, IncrementCall, RefundCall, VoidCall,
};
use farthing_core::currency::Currency;
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;
use farthing_domain::attempt::{Attempt, Call};
use farthing_domain::method::PaymentMethod;
use farthing_domain::method_type::MethodType;
use farthing_domain::network::Outcome;
use farthing_domain::reply::Begun;
use farthing_vault::CardScope;

use crate::app::App;
use crate::{means, ops, translate};

/// Makes the call. None means that its outcome is not known.
pub(super) async fn make(app: &App, begun: &Begun, now: TimestampMs) -> Option<Outcome> {
    let attempt = &begun.attempt;
    let reference = translate::reference(attempt.reference);
    let result = match &attempt.call {
        Call::Authorize { .. } | Call::Verify { .. } => {
            let method = begun.method.as_ref().expect("an authorization comes with its method");
            if method.kind == MethodType::CARD {
                return authorize(app, begun, now).await;
            }
            app.acquirer.pay(means::call_of(attempt, method), now).await
        }
        Call::Capture { amount, of, rest, .. } => {
            let (of, rest) = (translate::reference(*of), translate::rest(*rest));
            app.acquirer.capture(CaptureCall { reference, of, amount: *amount, rest }, now).await
        }
        Call::Increment { amount, of, .. } => {
            let of = translate::reference(*of);
            app.acquirer.increment(IncrementCall { reference, of, amount: *amount }, now).await
        }
        Call::Void { of, .. } => {
            let of = translate::reference(*of);
            app.acquirer.void(VoidCall { reference, of }, now).await
        }
        Call::Refund { amount, of, .. } => {
            let of = translate::reference(*of);
            app.acquirer.refund(RefundCall { reference, of, amount: *amount }, now).await
        }
    };
    translate::called(result)
}

async fn authorize(app: &App, begun: &Begun, now: TimestampMs) -> Option<Outcome> {
    let attempt = &begun.attempt;
    let method = begun.method.as_ref().expect("an authorization comes with its card");
    let scope = CardScope { tenant: attempt.tenant.raw(), method: method.id };
    // Off the shelf whatever comes of it: a CVC is used once.
    let cvc = app.cvcs.take(method.id, now);
    let answer = app.vault.with_card(&method.sealed, scope, cvc, |card| {
        let details = CardDetails {
            number: card.number(),
            exp_month: card.exp_month(),
            exp_year: card.exp_year(),
            cvc: card.cvc(),
            line1: method.billing.address.line1.as_deref(),
            postal_code: method.billing.address.postal_code.as_deref(),
        };
        // The future owns what it needs, encoded: the card is gone when it is awaited.
        app.acquirer.authorize(&call_of(attempt, method, details), now)
    });
    match answer {
        Ok(answer) => translate::called(answer.await),
        Err(error) => {
            // The network was not called and never will be under this reference.
            ops::alert("a stored card cannot be opened", &method.id, &error);
            Some(Outcome::Absent)
        }
    }
}

fn call_of<'c>(
    attempt: &Attempt,
    method: &PaymentMethod,
    card: CardDetails<'c>,
) -> AuthorizeCall<'c> {
    let (amount, capture, named, presence) = match &attempt.call {
        Call::Authorize { amount, capture, method, presence, .. } => {
            (*amount, *capture, *method, *presence)
        }
        Call::Verify { method, presence, .. } => {
            (Money::zero(Currency::USD), false, *method, *presence)
        }
        Call::Capture { .. } | Call::Increment { .. } | Call::Void { .. } | Call::Refund { .. } => {
            unreachable!("only an authorization shows a card")
        }
    };
    assert_eq!(named, method.id, "the card that the attempt names");
    AuthorizeCall {
        reference: translate::reference(attempt.reference),
        amount,
        capture,
        card,
        authentication: translate::authentication(presence, method.set_up),
    }
}
