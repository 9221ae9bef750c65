//! The acquirer's words in the domain's.

use farthing_acquirer as acquirer;
use farthing_domain::attempt::Presence;
use farthing_domain::charge::Rest;
use farthing_domain::network::{Approval, Check, Decline, Outcome, Reference, Risk};
use farthing_domain::payout::PayoutFailure;
use farthing_domain::refund::FailureReason;

use crate::breaker::Answered;

/// What the domain is told of an answer.
pub fn outcome(answer: acquirer::Answer) -> Outcome {
    match answer {
        acquirer::Answer::Approved(approval) => Outcome::Approved(approved(approval)),
        acquirer::Answer::Declined(decline) => Outcome::Declined(declined(&decline)),
        acquirer::Answer::ActionRequired => Outcome::ActionRequired,
    }
}

/// What a call's end means: an outcome, or nothing that can be told yet.
pub fn called(result: Result<acquirer::Answer, acquirer::CallError>) -> Option<Outcome> {
    match result {
        Ok(answer) => Some(outcome(answer)),
        // A refusal is final: nothing moved, and nothing will under this reference. Nor will anything
        // of what was never sent.
        Err(acquirer::CallError::Refused { .. } | acquirer::CallError::Unsent) => {
            Some(Outcome::Absent)
        }
        Err(acquirer::CallError::TimedOut | acquirer::CallError::Unreachable) => None,
    }
}

/// Whether the network said anything definite. That nobody was there to be asked is no answer.
pub fn answered(result: &Result<acquirer::Answer, acquirer::CallError>) -> Answered {
    match result {
        Ok(_) | Err(acquirer::CallError::Refused { .. }) => Answered::Yes,
        Err(
            acquirer::CallError::Unsent
            | acquirer::CallError::TimedOut
            | acquirer::CallError::Unreachable,
        ) => Answered::No,
    }
}

/// What the domain is told of a payment whose funds did not come.
pub fn payment_failure(reason: acquirer::PaymentFailure) -> Decline {
    Decline::with_code(reason.wire())
}

/// Why a refund came back.
pub fn refund_failure(reason: acquirer::RefundFailure) -> FailureReason {
    match reason {
        acquirer::RefundFailure::Unknown => FailureReason::Unknown,
        acquirer::RefundFailure::LostOrStolenCard => FailureReason::LostOrStolenCard,
        acquirer::RefundFailure::ExpiredOrCanceledCard => FailureReason::ExpiredOrCanceledCard,
    }
}

/// Why a payout failed.
pub fn payout_failure(reason: acquirer::PayoutFailure) -> PayoutFailure {
    match reason {
        acquirer::PayoutFailure::NoAccount => PayoutFailure::NoAccount,
        acquirer::PayoutFailure::AccountClosed => PayoutFailure::AccountClosed,
        acquirer::PayoutFailure::InsufficientFunds => PayoutFailure::InsufficientFunds,
        acquirer::PayoutFailure::DebitNotAuthorized => PayoutFailure::DebitNotAuthorized,
        acquirer::PayoutFailure::InvalidCurrency => PayoutFailure::InvalidCurrency,
    }
}

/// Our reference as the acquirer has it.
pub fn reference(reference: Reference) -> acquirer::Reference {
    acquirer::Reference(reference.0)
}

/// What becomes of what is not captured.
pub fn rest(rest: Rest) -> acquirer::Rest {
    match rest {
        Rest::Released => acquirer::Rest::Released,
        Rest::Held => acquirer::Rest::Held,
    }
}

/// Whether the holder is at hand, and has agreed to later charges of this card.
pub fn authentication(presence: Presence, set_up: bool) -> acquirer::Authentication {
    match (presence, set_up) {
        (Presence::OnSession, false) => acquirer::Authentication::None,
        (Presence::OnSession, true) => acquirer::Authentication::Agreed,
        (Presence::OffSession, false) => acquirer::Authentication::OffSession,
        (Presence::OffSession, true) => acquirer::Authentication::AgreedOffSession,
        (Presence::Authenticated, _) => acquirer::Authentication::Passed,
        (Presence::Asked, _) => acquirer::Authentication::Asked,
    }
}

fn approved(approval: acquirer::Approval) -> Approval {
    Approval {
        authorization_code: approval.authorization_code,
        network_id: approval.network_id,
        cvc_check: check(approval.cvc_check),
        postal_check: check(approval.postal_check),
        line1_check: check(approval.line1_check),
        bypass_pending: approval.bypass_pending,
        refund_pending: approval.refund_pending,
        payment_pending: approval.payment_pending,
        risk: risk(approval.risk),
    }
}

fn declined(decline: &acquirer::Decline) -> Decline {
    Decline {
        code: decline.code.wire().to_owned(),
        decline_code: decline.decline_code.map(str::to_owned),
        network_decline_code: decline.network_decline_code.map(str::to_owned),
        advice_code: decline.advice_code.map(str::to_owned),
        blocked: decline.blocked_by_risk,
        risk: risk(decline.risk),
    }
}

fn check(check: acquirer::Check) -> Check {
    match check {
        acquirer::Check::None => Check::None,
        acquirer::Check::Pass => Check::Pass,
        acquirer::Check::Fail => Check::Fail,
        acquirer::Check::Unavailable => Check::Unavailable,
    }
}

fn risk(level: acquirer::RiskLevel) -> Risk {
    match level {
        acquirer::RiskLevel::Normal => Risk::Normal,
        acquirer::RiskLevel::Elevated => Risk::Elevated,
        acquirer::RiskLevel::Highest => Risk::Highest,
    }
}
