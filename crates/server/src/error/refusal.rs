//! The lines of the table that are refusals of the domain.

mod payout;

use farthing_core::money::{ChargeAmountError, Money, MoneyError};
use farthing_domain::key::CapBreach;
use farthing_domain::object::ObjectRef;
use farthing_domain::refusal::{Action, CaptureFault, IncrementFault, Named, Refusal};

use super::Place;
use super::table::{API, CARD, IDEMPOTENCY, Row, missing};

/// The row of a refusal.
pub fn row(refusal: &Refusal) -> Row {
    match refusal {
        Refusal::KeyInUse { .. } => Row::bad(
            "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): please try again later.",
        )
        .status(409)
        .kind(IDEMPOTENCY)
        .code("idempotency_key_in_use"),
        // The key itself is put in by `with_key`: the domain does not know it.
        Refusal::KeyReused { differing } => reused(KEY_PLACE, differing),
        Refusal::Missing { what, named } => absent(*what, *named),
        Refusal::IntentState { action, state, .. } => state_row(*action, state),
        Refusal::HoldLapsed { .. } => Row::bad(
            "The authorization of this PaymentIntent has expired, and its funds are the customer's again. Create another PaymentIntent, and capture it before the capture_before of its charge.",
        )
        .code("capture_charge_authorization_expired"),
        Refusal::ChallengeReplaced { .. } => Row::bad(
            "This PaymentIntent has been confirmed again since its holder was asked; another challenge has taken the place of this one.",
        )
        .code("payment_intent_unexpected_state"),
        Refusal::MethodMissing { .. }
        | Refusal::CustomerMissing { .. }
        | Refusal::MethodForeign { .. }
        | Refusal::MethodSpent { .. }
        | Refusal::MethodAttached { .. }
        | Refusal::MethodUnattached { .. }
        | Refusal::DefaultUnattached { .. }
        | Refusal::CardRefused(_) => method(refusal),
        Refusal::Locked { .. }
        | Refusal::TokenUsed { .. }
        | Refusal::SetupLocked { .. }
        | Refusal::SetupState { .. }
        | Refusal::SetupMethodMissing { .. }
        | Refusal::NoMicrodeposits { .. } => super::setup::row(refusal),
        Refusal::MethodUnfit { kind, why } => super::unfit::row(*kind, *why),
        Refusal::Amount(error) => amount(*error),
        Refusal::CaptureAboveHold { capturable, asked, .. } => above(*asked, *capturable),
        Refusal::CaptureRefused { why, .. } => capture(*why),
        Refusal::IncrementRefused { why, .. } => increment(*why),
        Refusal::RefundUncaptured { .. }
        | Refusal::RefundWithoutCharge { .. }
        | Refusal::AlreadyRefunded { .. }
        | Refusal::RefundAboveLeft { .. } => refund(refusal),
        Refusal::ChargeFixed { .. }
        | Refusal::ChargeDisputed { .. }
        | Refusal::DisputeClosed { .. }
        | Refusal::EvidenceLong { .. } => dispute(refusal),
        Refusal::BalanceInsufficient { .. }
        | Refusal::BankAccountMissing { .. }
        | Refusal::BankAccountCurrency { .. }
        | Refusal::BankAccountsFull
        | Refusal::BankAccountDefault
        | Refusal::PayoutNotCancelable { .. }
        | Refusal::PayoutNotReversible { .. } => payout::row(refusal),
        Refusal::MetadataFull => super::table::row(&super::Problem::MetadataFull),
        Refusal::EndpointsFull | Refusal::EndpointDisabled => endpoint(refusal),
        Refusal::MerchantExists
        | Refusal::MerchantMissing
        | Refusal::QuotesFull { .. }
        | Refusal::KeyMissing
        | Refusal::KeyEnded
        | Refusal::KeysFull
        | Refusal::KeyNotRestricted
        | Refusal::KeyWithoutScopes
        | Refusal::KeyNotForPages
        | Refusal::OriginsFull { .. }
        | Refusal::OriginsLong { .. }
        | Refusal::ScriptsInLiveMode => operator(refusal),
        Refusal::KeyCap(breach) => cap(*breach),
        Refusal::ClockInLiveMode | Refusal::ClockBackward { .. } | Refusal::ClockTooFar => clock(refusal),
        Refusal::Money(error) => money(*error),
    }
}

fn absent(what: ObjectRef, named: Named) -> Row {
    let (noun, path_param) = noun(what);
    match named {
        Named::Path => missing(noun, &id(what), path_param, Place::Path),
        Named::Param(param) => missing(noun, &id(what), param, Place::Param),
    }
}

fn above(asked: Money, capturable: Money) -> Row {
    Row::bad(format!(
        "The amount to capture ({}) is greater than the remaining capturable amount of this PaymentIntent ({}).",
        display(asked),
        display(capturable)
    ))
    .code("amount_too_large")
}

/// What whoever wants to capture in parts is told.
fn capture(why: CaptureFault) -> Row {
    match why {
        CaptureFault::Once => Row::bad(
            "This PaymentIntent can be captured once only, so final_capture cannot be false. To capture several times, create the PaymentIntent with payment_method_options[card][request_multicapture]=if_available, and look at payment_method_details.card.multicapture.status of its charge.",
        )
        .code("payment_intent_invalid_parameter")
        .param("final_capture"),
        CaptureFault::Last => Row::bad(format!(
            "A PaymentIntent can be captured {} times, and this is the last one: final_capture cannot be false.",
            farthing_domain::limits::CAPTURES_PER_CHARGE
        ))
        .code("payment_intent_invalid_parameter")
        .param("final_capture"),
        CaptureFault::Nothing => Row::bad("This value must be greater than or equal to 1.")
            .code("parameter_invalid_integer")
            .param("amount"),
    }
}

/// What whoever wants to hold more is told.
fn increment(why: IncrementFault) -> Row {
    let unexpected = |message: String| Row::bad(message).code("payment_intent_unexpected_state");
    match why {
        IncrementFault::NotOffered => unexpected(
            "The authorization of this PaymentIntent cannot be incremented. Create the PaymentIntent with payment_method_options[card][request_incremental_authorization]=if_available, and look at payment_method_details.card.incremental_authorization.status of its charge.".to_owned(),
        ),
        IncrementFault::Captured => unexpected(
            "The authorization of this PaymentIntent cannot be incremented any more, because a part of it has been captured.".to_owned(),
        ),
        IncrementFault::Spent => unexpected(format!(
            "The authorization of a PaymentIntent can be incremented {} times at most, declined attempts included.",
            farthing_domain::limits::INCREMENTS_PER_INTENT
        )),
        IncrementFault::NotAbove { held, asked } => Row::bad(format!(
            "The amount ({}) must be greater than the currently authorized amount ({}).",
            display(asked),
            display(held)
        ))
        .param("amount"),
    }
}

/// What whoever wants to give back what is not there is told.
fn refund(refusal: &Refusal) -> Row {
    match refusal {
        Refusal::RefundUncaptured { charge } => Row::bad(format!(
            "Charge {charge} has not been captured and cannot be refunded. Cancel its PaymentIntent to release the funds."
        )),
        Refusal::RefundWithoutCharge { intent } => Row::bad(format!(
            "This PaymentIntent ({intent}) does not have a successful charge to refund."
        )),
        Refusal::AlreadyRefunded { charge } => {
            Row::bad(format!("Charge {charge} has already been refunded."))
                .code("charge_already_refunded")
        }
        Refusal::RefundAboveLeft { asked, left } => Row::bad(format!(
            "Refund amount ({}) is greater than unrefunded amount on charge ({})",
            display(*asked),
            display(*left)
        ))
        .param("amount"),
        other => unreachable!("{other:?} has its line elsewhere"),
    }
}

/// What whoever moves a test clock is told.
fn clock(refusal: &Refusal) -> Row {
    match refusal {
        Refusal::ClockInLiveMode => {
            Row::bad("Only test mode has a clock that can be moved. Use a test key.").status(403)
        }
        Refusal::ClockBackward { now } => {
            Row::bad(format!("A test clock only goes forward; this one shows {}.", now.seconds()))
                .param("to")
        }
        Refusal::ClockTooFar => {
            Row::bad("A test clock can be at most ten years ahead of the time on the wall.")
        }
        other => unreachable!("{other:?} has its line elsewhere"),
    }
}

/// What is said of charges that are disputed or changed, and of disputes.
fn dispute(refusal: &Refusal) -> Row {
    match refusal {
        Refusal::ChargeDisputed { charge } => {
            Row::bad(format!("Charge {charge} has been charged back; cannot issue a refund."))
                .code("charge_disputed")
        }
        Refusal::ChargeFixed { charge, field } => Row::bad(format!(
            "The {field} of {charge} has been given already, and is not changed after that."
        ))
        .param(*field),
        Refusal::DisputeClosed { .. } => Row::bad("This dispute is already closed"),
        Refusal::EvidenceLong { chars } => Row::bad(format!(
            "All evidence of a dispute is at most {} characters together; this would be {chars}.",
            farthing_domain::limits::EVIDENCE_CHARS_TOTAL
        ))
        .param("evidence"),
        other => unreachable!("{other:?} has its line elsewhere"),
    }
}

/// What is wrong between a card and a customer.
fn method(refusal: &Refusal) -> Row {
    let unexpected = |message: String| Row::bad(message).code("payment_intent_unexpected_state");
    match refusal {
        Refusal::MethodMissing { customer: Some(customer), .. } => unexpected(format!(
            "You cannot confirm this PaymentIntent because it's missing a payment method. The Customer {customer} has no default payment method either: update the PaymentIntent with one of the Customer's payment methods and then confirm it, or name one while confirming."
        )),
        Refusal::MethodMissing { customer: None, .. } => unexpected(
            "You cannot confirm this PaymentIntent because it's missing a payment method. Update the PaymentIntent with a payment method and then confirm it, or name one while confirming.".to_owned(),
        ),
        // Recorded so: under the name of the parameter's older form.
        Refusal::CustomerMissing { method, .. } => Row::bad(format!(
            "The payment method {method} is attached to a Customer. Name that Customer on the PaymentIntent to use it."
        ))
        .code("parameter_missing")
        .param("source"),
        Refusal::MethodForeign { method, .. } => Row::bad(format!(
            "The payment method {method} is attached to another Customer than the one named here."
        ))
        .param("payment_method"),
        Refusal::MethodSpent { method, .. } => Row::bad(format!(
            "The payment method {method} was used without a Customer, or detached from one, and cannot be used again. Attach a payment method to a Customer before its first use to use it more than once."
        ))
        .code("payment_method_unexpected_state")
        .param("payment_method"),
        Refusal::MethodAttached { method } => Row::bad(format!(
            "The payment method {method} is attached to another Customer already. Detach it from there first; after that it cannot be used again."
        ))
        .code("payment_method_unexpected_state")
        .param("payment_method"),
        Refusal::MethodUnattached { method } => Row::bad(format!(
            "The payment method {method} is not attached to a Customer, which this needs."
        ))
        .param("payment_method"),
        Refusal::DefaultUnattached { method } => Row::bad(format!(
            "The customer does not have a payment method with the ID {method}. The payment method must be attached to the customer."
        ))
        .code("resource_missing")
        .param("invoice_settings[default_payment_method]"),
        Refusal::CardRefused(decline) => {
            let message = super::decline::message(&decline.code, decline.decline_code.as_deref());
            Row::bad(message).status(402).kind(CARD).code(decline.code.clone())
        }
        other => unreachable!("{other:?} has its line elsewhere"),
    }
}

/// What is said of webhook endpoints.
fn endpoint(refusal: &Refusal) -> Row {
    match refusal {
        Refusal::EndpointsFull => Row::bad(format!(
            "You have reached the maximum of {} webhook endpoints. Delete one before you create another.",
            farthing_domain::limits::ENDPOINTS_PER_TENANT
        )),
        Refusal::EndpointDisabled => Row::bad(
            "This webhook endpoint is disabled: nothing is delivered to it. Enable it first.",
        )
        .param("webhook_endpoint"),
        other => unreachable!("{other:?} has its line elsewhere"),
    }
}

/// What a key is told that may spend only so much.
fn cap(breach: CapBreach) -> Row {
    match breach {
        CapBreach::Currency { only } => {
            Row::bad(format!("The key that asks may move funds in {} alone.", only.code()))
                .param("currency")
        }
        CapBreach::Each { most } => {
            Row::bad(format!("The key that asks may move at most {} at a time.", display(most)))
                .param("amount")
        }
        CapBreach::Total { left } => {
            Row::bad(format!("Of what the key that asks may spend, {} is left.", display(left)))
                .param("amount")
        }
        CapBreach::Elsewhere => Row::bad(
            "This payment counts on another key with caps, and a part of it was captured. Capture the rest with that key, or with one without caps.",
        ),
        CapBreach::Payouts => Row::bad(
            "The key that asks has caps: it makes and changes no payouts, no bank accounts and no payout settings.",
        ),
    }
    .status(403)
    .code("key_cap_exceeded")
}

/// What an operator is told.
fn operator(refusal: &Refusal) -> Row {
    match refusal {
        Refusal::MerchantExists => {
            Row::bad("There is a merchant with this number already.")
                .code("resource_already_exists")
                .param("number")
        }
        Refusal::MerchantMissing => {
            Row::bad("There is no merchant with this number.").status(404).code("resource_missing")
        }
        Refusal::QuotesFull { count } => Row::bad(format!(
            "A merchant has at most {} rates; these would be {count}.",
            farthing_domain::limits::QUOTES_PER_TENANT
        ))
        .param("rates"),
        Refusal::KeyMissing => Row::bad("No such API key.").status(404).code("resource_missing"),
        Refusal::KeyEnded => {
            Row::bad("This API key has ended; there is nothing left to roll.").param("key")
        }
        Refusal::KeysFull => Row::bad(format!(
            "A merchant has at most {} API keys of one mode that work. End those that are not used.",
            farthing_domain::limits::KEYS_PER_TENANT
        )),
        Refusal::KeyNotRestricted => {
            Row::bad("Only restricted keys have scopes or caps.").param("class")
        }
        Refusal::KeyWithoutScopes => Row::bad(
            "A restricted key without any scope would open nothing. Name what it may read or write.",
        )
        .code("parameter_missing")
        .param("scopes"),
        Refusal::KeyNotForPages => {
            Row::bad("Only publishable keys have origins or allow_scripts.").param("key")
        }
        Refusal::OriginsFull { count } => Row::bad(format!(
            "A key has at most {} origins; {count} were given.",
            farthing_domain::limits::ORIGINS_PER_KEY
        ))
        .param("origins"),
        Refusal::OriginsLong { bytes } => Row::bad(format!(
            "The different origins of all of a merchant's publishable keys of one mode are at most {} bytes, as one list; these would be {bytes}. Take away what is not used any more.",
            farthing_domain::limits::ORIGINS_BYTES_PER_TENANT
        ))
        .param("origins"),
        Refusal::ScriptsInLiveMode => Row::bad(
            "In live mode card numbers are taken from the card frame only: allow_scripts is for test keys.",
        )
        .param("allow_scripts"),
        other => unreachable!("{other:?} has its line elsewhere"),
    }
}

/// Stands for the caller's key until [`with_key`] puts it in.
const KEY_PLACE: &str = "KEY";

/// The row of a refusal for the caller who holds the key. The names of what differs are for secret
/// keys only (decision 6).
pub fn with_key(refusal: &Refusal, key: Option<&str>, details: bool) -> Row {
    match refusal {
        Refusal::KeyReused { differing } => {
            reused(key.unwrap_or(KEY_PLACE), if details { differing } else { &[] })
        }
        other => row(other),
    }
}

fn reused(key: &str, differing: &[String]) -> Row {
    let mut message = format!(
        "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '{key}' if you meant to execute a different request."
    );
    if !differing.is_empty() {
        message.push_str(" Parameters that differ: ");
        message.push_str(&differing.join(", "));
        message.push('.');
    }
    Row::bad(message).kind(IDEMPOTENCY)
}

/// What the wire calls a kind of object, and the param of one that is missing from a path.
pub fn noun(what: ObjectRef) -> (&'static str, &'static str) {
    match what {
        ObjectRef::Intent(_) => ("payment_intent", "intent"),
        ObjectRef::Charge(_) => ("charge", "id"),
        ObjectRef::Refund(_) => ("refund", "refund"),
        ObjectRef::Dispute(_) => ("dispute", "dispute"),
        ObjectRef::Method(_) => ("PaymentMethod", "payment_method"),
        ObjectRef::Endpoint(_) => ("webhook endpoint", "id"),
        ObjectRef::Event(_) => ("event", "id"),
        ObjectRef::BalanceTransaction(_) => ("balance transaction", "id"),
        ObjectRef::Customer(_) => ("customer", "id"),
        ObjectRef::Setup(_) => ("setupintent", "intent"),
        ObjectRef::SetupAttempt(_) => ("setup attempt", "id"),
        ObjectRef::Token(_) => ("token", "token"),
        ObjectRef::Warning(_) => ("early fraud warning", "early_fraud_warning"),
        ObjectRef::Payout(_) => ("payout", "payout"),
        ObjectRef::BankAccount(_) => ("external account", "id"),
        ObjectRef::Balance(_) => ("balance", "id"),
    }
}

fn id(what: ObjectRef) -> String {
    crate::wire::Id(what).to_string()
}

fn state_row(action: Action, state: &str) -> Row {
    let row = |message: String| Row::bad(message).code("payment_intent_unexpected_state");
    match (action, state) {
        (Action::Confirm, "succeeded") => row(
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.".to_owned(),
        ),
        (Action::Confirm, _) => row(format!(
            "You cannot confirm this PaymentIntent because it has a status of {state}. Only a PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, requires_action, requires_payment_method."
        )),
        (Action::Capture, "succeeded") => row(
            "The remaining amount of this PaymentIntent could not be captured because the remainder of the authorization has been released.".to_owned(),
        ),
        (Action::Capture, _) => row(format!(
            "This PaymentIntent could not be captured because it has a status of {state}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture."
        )),
        (Action::Increment, _) => row(format!(
            "This PaymentIntent's authorization could not be incremented because it has a status of {state}. Only a PaymentIntent with one of the following statuses may be incremented: requires_capture."
        )),
        (Action::Cancel, _) => row(format!(
            "You cannot cancel this PaymentIntent because it has a status of {state}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_reauthorization, requires_confirmation, requires_action, expired, processing."
        )),
        (Action::UpdateAmount, _) => row(format!(
            "This PaymentIntent's amount could not be updated because it has a status of {state}. You may only update the amount of a PaymentIntent with one of the following statuses: requires_payment_method, requires_confirmation, requires_action."
        ))
        .param("amount"),
        (Action::UpdateMethod, _) => row(format!(
            "This PaymentIntent's payment method could not be updated because it has a status of {state}."
        ))
        .param("payment_method"),
        (Action::AnswerChallenge, _) => row(format!(
            "This PaymentIntent does not wait for its holder: it has a status of {state}."
        )),
    }
}

fn amount(error: ChargeAmountError) -> Row {
    match error {
        ChargeAmountError::TooSmall { minimum } => Row::bad(format!(
            "Amount must be at least {} {}",
            minimum.to_major(),
            minimum.currency().code()
        ))
        .code("amount_too_small"),
        ChargeAmountError::TooLarge { maximum } => Row::bad(format!(
            "Amount must be no more than {} {}",
            maximum.to_major(),
            maximum.currency().code()
        ))
        .code("amount_too_large"),
        ChargeAmountError::NotMultiple { quantum } => Row::bad(format!(
            "Invalid amount: in this currency it must be a multiple of {quantum}."
        ))
        .code("invalid_charge_amount"),
    }
    .param("amount")
}

fn money(error: MoneyError) -> Row {
    match error {
        MoneyError::Overflow => {
            Row::bad("Amount out of range.").code("amount_too_large").param("amount")
        }
        MoneyError::Mismatch { left, right } => Row::bad(format!(
            "The currencies {} and {} cannot be mixed.",
            left.code(),
            right.code()
        ))
        .param("currency"),
        MoneyError::Negative
        | MoneyError::Below
        | MoneyError::Unparsable { .. }
        | MoneyError::TooManyDecimals { .. }
        | MoneyError::NoWeights => Row::bad(error.to_string()).kind(API).status(500),
    }
}

/// An amount as the wire's sentences show it: `$10.00`, otherwise with its code.
pub fn display(money: Money) -> String {
    match money.currency().code() {
        "usd" => format!("${}", money.to_major()),
        "eur" => format!("€{}", money.to_major()),
        "gbp" => format!("£{}", money.to_major()),
        "jpy" => format!("¥{}", money.to_major()),
        code => format!("{} {code}", money.to_major()),
    }
}
