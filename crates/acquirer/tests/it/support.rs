//! Calls in few words.

use farthing_acquirer::{
    Answer, Approval, Ask, Authentication, AuthorizeCall, Book, CardDetails, CardSeen, Operation,
    Reference, Reply, Request, Rest, Verdict,
};
use farthing_core::currency::Currency;
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;

/// 2026-11-21, the time of every call that does not care.
pub(crate) const NOW: TimestampMs = TimestampMs::from_seconds(1_795_219_200);
pub(crate) const VISA: &str = "4242424242424242";
pub(crate) const PENDING_REFUND: &str = "4000000000007726";
pub(crate) const REFUND_FAIL: &str = "4000000000005126";
pub(crate) const DISPUTE: &str = "4000000000000259";

pub(crate) fn reference(number: u8) -> Reference {
    Reference([number; 16])
}

pub(crate) fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).unwrap()
}

pub(crate) fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR).unwrap()
}

/// A card with a good expiry, a code and an address.
pub(crate) fn card(number: &str) -> CardDetails<'_> {
    CardDetails {
        number,
        exp_month: 12,
        exp_year: 2034,
        cvc: Some(if number.len() == 15 { "1234" } else { "123" }),
        line1: Some("1 Main Street"),
        postal_code: Some("12345"),
    }
}

pub(crate) fn call(number: u8, card: CardDetails<'_>, amount: Money) -> AuthorizeCall<'_> {
    let authentication = Authentication::None;
    AuthorizeCall { reference: reference(number), amount, capture: true, card, authentication }
}

/// An authorization that takes the funds.
pub(crate) fn charge(number: u8, card_number: &str, amount: Money) -> Operation {
    authorize(number, card_number, amount, true)
}

/// An authorization that only holds them.
pub(crate) fn hold(number: u8, card_number: &str, amount: Money) -> Operation {
    authorize(number, card_number, amount, false)
}

fn authorize(number: u8, card_number: &str, amount: Money, capture: bool) -> Operation {
    let (card, authentication) = (CardSeen::look(&card(card_number)), Authentication::None);
    let ask = Ask::Authorize { amount, capture, card, authentication };
    Operation { reference: reference(number), ask }
}

pub(crate) fn capture(number: u8, of: u8, amount: Money) -> Operation {
    capture_leaving(number, of, (amount, Rest::Released))
}

pub(crate) fn capture_leaving(number: u8, of: u8, (amount, rest): (Money, Rest)) -> Operation {
    let ask = Ask::Capture { of: reference(of), amount, rest };
    Operation { reference: reference(number), ask }
}

pub(crate) fn increment(number: u8, of: u8, amount: Money) -> Operation {
    Operation { reference: reference(number), ask: Ask::Increment { of: reference(of), amount } }
}

pub(crate) fn void(number: u8, of: u8) -> Operation {
    Operation { reference: reference(number), ask: Ask::Void { of: reference(of) } }
}

pub(crate) fn refund(number: u8, of: u8, amount: Money) -> Operation {
    Operation { reference: reference(number), ask: Ask::Refund { of: reference(of), amount } }
}

pub(crate) fn act(book: &mut Book, operation: Operation) -> Verdict {
    match one(book, Request::Act { operation, now: NOW }) {
        Reply::Verdict(verdict) => verdict,
        reply => panic!("{reply:?}"),
    }
}

pub(crate) fn one(book: &mut Book, request: Request) -> Reply {
    book.run(&[request]).unwrap().pop().unwrap()
}

/// What is worth comparing of a verdict, in a word.
pub(crate) fn word(verdict: &Verdict) -> String {
    match verdict {
        Ok(Answer::Approved(_)) => "approved".to_owned(),
        Ok(Answer::ActionRequired) => "action_required".to_owned(),
        Ok(Answer::Declined(decline)) => match decline.decline_code {
            Some(reason) => format!("{}/{reason}", decline.code.wire()),
            None => decline.code.wire().to_owned(),
        },
        Err(refusal) => refusal.code().to_owned(),
    }
}

pub(crate) fn approval(verdict: Verdict) -> Approval {
    match verdict {
        Ok(Answer::Approved(approval)) => approval,
        other => panic!("{other:?}"),
    }
}
