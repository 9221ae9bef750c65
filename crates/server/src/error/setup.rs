//! The lines of the table about tokens and set-up intents, and about what is in flight.

use farthing_domain::refusal::{Refusal, SetupAction};

use super::table::Row;

/// The row of such a refusal.
pub(super) fn row(refusal: &Refusal) -> Row {
    match refusal {
        Refusal::TokenUsed { token } => {
            Row::bad(format!("You cannot use a Stripe token more than once: {token}."))
                .code("token_already_used")
        }
        Refusal::Locked { .. } | Refusal::SetupLocked { .. } => Row::bad(
            "This object cannot be accessed right now because another request is currently working on it. Try again shortly.",
        )
        .status(429)
        .code("lock_timeout")
        .retry(true),
        Refusal::SetupState { action, state, .. } => state_row(*action, state),
        Refusal::SetupMethodMissing { .. } => Row::bad(
            "You cannot confirm this SetupIntent because it's missing a payment method. Update the SetupIntent with a payment method and then confirm it, or name one while confirming.",
        )
        .code("setup_intent_unexpected_state"),
        Refusal::NoMicrodeposits { .. } => Row::bad(
            "This SetupIntent does not wait for microdeposits to be verified: cards are not set up with them.",
        )
        .code("intent_invalid_state"),
        other => unreachable!("{other:?} has its line elsewhere"),
    }
}

fn state_row(action: SetupAction, state: &str) -> Row {
    let open = "requires_payment_method, requires_confirmation, requires_action";
    let row = |message: String| Row::bad(message).code("setup_intent_unexpected_state");
    match (action, state) {
        (SetupAction::Confirm, "succeeded") => {
            row("You cannot confirm this SetupIntent because it has already succeeded.".to_owned())
        }
        (SetupAction::Confirm, _) => row(format!(
            "You cannot confirm this SetupIntent because it has a status of {state}. Only a SetupIntent with one of the following statuses may be confirmed: {open}."
        )),
        (SetupAction::Cancel, _) => row(format!(
            "You cannot cancel this SetupIntent because it has a status of {state}. Only a SetupIntent with one of the following statuses may be canceled: {open}."
        )),
        (SetupAction::Update, _) => row(format!(
            "This SetupIntent's payment method or customer could not be updated because it has a status of {state}. You may only update those of a SetupIntent with one of the following statuses: {open}."
        )),
        (SetupAction::AnswerChallenge, _) => row(format!(
            "This SetupIntent does not wait for its holder, or for another answer: it has a status of {state}."
        )),
    }
}
