//! One call to the network, from the attempt that describes it.

use farthing_acquirer::{
    Acquirer as _, Answer, AuthorizeCall, CallError, CaptureCall, CardDetails, IncrementCall,
    RefundCall, VoidCall,
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

use crate::acquirers::Way;
use crate::app::App;
use crate::breaker::Answered;
use crate::{means, ops, translate};

/// What came of a call.
pub(super) struct Made {
    /// Its outcome; none if that is not known.
    pub(super) outcome: Option<Outcome>,
    /// For its breaker.
    pub(super) answered: Answered,
}

impl Made {
    /// Nobody has said anything.
    pub(super) const UNKNOWN: Self = Self { outcome: None, answered: Answered::No };

    fn of(result: Result<Answer, CallError>) -> Self {
        let answered = translate::answered(&result);
        Self { outcome: translate::called(result), answered }
    }
}

/// Makes the call, at this acquirer.
pub(super) async fn make(app: &App, way: &Way, begun: &Begun, now: TimestampMs) -> Made {
    let attempt = &begun.attempt;
    let reference = translate::reference(attempt.reference);
    let result = match &attempt.call {
        Call::Authorize { .. } | Call::Verify { .. } => {
            let method = begun.method.as_ref().expect("an authorization comes with its method");
            if method.kind == MethodType::CARD {
                return authorize(app, way, begun, now).await;
            }
            way.network.pay(means::call_of(attempt, method), now).await
        }
        Call::Capture { amount, of, rest, .. } => {
            let (of, rest) = (translate::reference(*of), translate::rest(*rest));
            way.network.capture(CaptureCall { reference, of, amount: *amount, rest }, now).await
        }
        Call::Increment { amount, of, .. } => {
            let of = translate::reference(*of);
            way.network.increment(IncrementCall { reference, of, amount: *amount }, now).await
        }
        Call::Void { of, .. } => {
            let of = translate::reference(*of);
            way.network.void(VoidCall { reference, of }, now).await
        }
        Call::Refund { amount, of, .. } => {
            let of = translate::reference(*of);
            way.network.refund(RefundCall { reference, of, amount: *amount }, now).await
        }
    };
    Made::of(result)
}

async fn authorize(app: &App, way: &Way, begun: &Begun, now: TimestampMs) -> Made {
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
        way.network.authorize(&call_of(attempt, method, details), now)
    });
    match answer {
        Ok(answer) => Made::of(answer.await),
        Err(error) => {
            // The network was not called and never will be under this reference.
            ops::alert("a stored card cannot be opened", &method.id, &error);
            Made { outcome: Some(Outcome::Absent), answered: Answered::Yes }
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
