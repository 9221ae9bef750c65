//! The lines of the table that are about one parameter.

use farthing_core::currency::Currency;
use farthing_domain::limits::{METADATA_KEY_CHARS, METADATA_PAIRS, METADATA_VALUE_CHARS};

use super::Problem;
use super::table::{CARD, Row};
use farthing_domain::search::SearchError;

use crate::ssrf::UrlError;

pub(super) fn row(problem: &Problem) -> Row {
    match problem {
        Problem::UnknownParameter { name } => {
            Row::bad(format!("Received unknown parameter: {name}"))
                .code("parameter_unknown")
                .param(name.clone())
        }
        Problem::MissingParameter { name } => Row::bad(format!("Missing required param: {name}."))
            .code("parameter_missing")
            .param(name.clone()),
        Problem::MissingOneOf { names } => Row::bad(format!(
            "One of the following params should be provided for this request: {names}."
        )),
        Problem::Exclusive { names } => {
            Row::bad(format!("You may only specify one of these parameters: {names}."))
                .code("parameters_exclusive")
        }
        Problem::NotInteger { .. }
        | Problem::BelowLeast { .. }
        | Problem::NegativeCapture
        | Problem::AmountZero { .. } => number(problem),
        Problem::MetadataFull | Problem::MetadataKey { .. } | Problem::MetadataValue { .. } => {
            metadata(problem)
        }
        Problem::NotBoolean { name, value } => {
            Row::bad(format!("Invalid boolean: {value}")).param(name.clone())
        }
        Problem::NotAmong { name, words } => {
            Row::bad(format!("Invalid {name}: must be {}", one_of(words))).param(name.clone())
        }
        Problem::NotScalar { name } => Row::bad("Invalid string: a hash or list was given where one value is expected.")
            .param(name.clone()),
        Problem::NotMap { name } => Row::bad("Invalid hash: give its parts in brackets, as in name[part]=value.").param(name.clone()),
        Problem::NotList { name } => {
            Row::bad("Invalid array: give its items with brackets, as in name[]=value.").param(name.clone())
        }
        Problem::Empty { name } => Row::bad(format!(
            "You passed an empty string for '{name}', but '{name}' cannot be unset. Leave it out, or give it a value."
        ))
        .code("parameter_invalid_empty")
        .param(name.clone()),
        Problem::EmptyItem { .. } | Problem::Blank { .. } | Problem::Characters { .. } => {
            text(problem)
        }
        Problem::TextTooLong { name, limit } => {
            Row::bad(format!("Invalid string: must be at most {limit} characters"))
                .param(name.clone())
        }
        Problem::TooManyItems { name, most } => {
            Row::bad(format!("Invalid array: at most {most} items are accepted."))
                .param(name.clone())
        }
        other => named(other),
    }
}

/// What is wrong with the characters of a text.
fn text(problem: &Problem) -> Row {
    match problem {
        Problem::EmptyItem { name } => {
            Row::bad("Invalid string: every item of this list must have at least one character.")
                .code("parameter_invalid_string_empty")
                .param(name.clone())
        }
        Problem::Blank { name } => {
            Row::bad("Invalid string: it must have at least one character that is not a space.")
                .code("parameter_invalid_string_blank")
                .param(name.clone())
        }
        Problem::Characters { name, not } => {
            Row::bad(format!("Invalid string: it must not contain any of these characters: {not}"))
                .code("invalid_characters")
                .param(name.clone())
        }
        other => unreachable!("{other:?} has its line elsewhere"),
    }
}

fn number(problem: &Problem) -> Row {
    let invalid = |message: String| Row::bad(message).code("parameter_invalid_integer");
    match problem {
        Problem::NotInteger { name, value } => {
            invalid(format!("Invalid integer: {value}")).param(name.clone())
        }
        Problem::BelowLeast { name, least } => {
            invalid(format!("This value must be greater than or equal to {least}."))
                .param(name.clone())
        }
        Problem::AmountZero { minimum: Some(minimum) } => invalid(format!(
            "The amount must be greater than or equal to the minimum charge amount allowed for this currency ({minimum}). To save a card without a charge, use a SetupIntent."
        ))
        .param("amount"),
        Problem::AmountZero { minimum: None } => {
            invalid("This value must be greater than or equal to 1.".to_owned()).param("amount")
        }
        // Recorded so: without a code, and under the name of the parameter it stands for.
        _ => Row::bad("Invalid non-negative integer").param("amount_to_capture"),
    }
}

fn metadata(problem: &Problem) -> Row {
    let row = match problem {
        Problem::MetadataKey { key } => Row::bad(format!(
            "Metadata keys have 1 to {METADATA_KEY_CHARS} characters and no square brackets. Invalid key: {key}"
        )),
        Problem::MetadataValue { key } => Row::bad(format!(
            "Metadata values can have up to {METADATA_VALUE_CHARS} characters. The value of '{key}' is longer."
        )),
        _ => Row::bad(format!("Metadata can have up to {METADATA_PAIRS} keys.")),
    };
    row.param("metadata")
}

fn named(problem: &Problem) -> Row {
    match problem {
        Problem::BadEmail { name, given } => Row::bad(format!("Invalid email address: {given}"))
            .code("email_invalid")
            .param(name.clone()),
        Problem::BadCurrency { given } => {
            let all: Vec<&str> = Currency::all().iter().map(|each| each.code()).collect();
            Row::bad(format!(
                "Invalid currency: {given}. Stripe currently supports these currencies: {}",
                all.join(", ")
            ))
            .param("currency")
        }
        Problem::BadUrl { name, why } => {
            Row::bad(bad_url(*why)).code("url_invalid").param(name.clone())
        }
        Problem::BadOrigin { name, why } => {
            Row::bad(why.to_string()).code(why.code()).param(name.clone())
        }
        Problem::OwnOrigin { name } => Row::bad(
            "This is the origin of this server itself. A page of that origin could read what is typed into the card frame; give the server an origin of its own, and set --public-url to it.",
        )
        .code("origin_own")
        .param(name.clone()),
        Problem::BadExpand { path, list: false } => {
            Row::bad(format!("This property cannot be expanded ({path})."))
        }
        Problem::BadExpand { path, list: true } => Row::bad(format!(
            "This property cannot be expanded ({path}). You may want to try expanding 'data.{path}' instead."
        )),
        Problem::BothCursors => Row::bad(
            "Received both starting_after and ending_before parameters. Please pass in only one.",
        ),
        Problem::OffSessionWithoutConfirm => {
            Row::bad("The parameter off_session can only be given together with confirm=true.")
                .param("off_session")
        }
        Problem::RefundNotCancelable
        | Problem::RefundNotExpirable
        | Problem::TokenKind { .. }
        | Problem::NotTaken { .. } => never(problem),
        Problem::BadSearch { why } => Row::bad(bad_search(*why)).param("query"),
        Problem::BadSearchPage => {
            Row::bad("Invalid page: give the next_page of an earlier answer, as it was.")
                .param("page")
        }
        Problem::StatementDescriptor => Row::bad(
            "For card charges, use statement_descriptor_suffix instead of statement_descriptor.",
        )
        .param("statement_descriptor"),
        Problem::MethodType { name } => {
            Row::bad(format!("Invalid {name}: there is no such type of payment method."))
                .param(name.clone())
        }
        Problem::UnsupportedValue { name } => {
            Row::bad(format!("This value of '{name}' is not supported.")).param(name.clone())
        }
        Problem::EventName { name, given } => {
            Row::bad(format!("Invalid {name}: '{given}' is not an event type or '*'."))
                .param(name.clone())
        }
        Problem::CardNumberMissing { name } => Row::bad(format!("Missing required param: {name}."))
            .code("parameter_missing")
            .param(name.clone()),
        Problem::Card { error, name } => {
            let code = error.code();
            let message = super::decline::message(code, None);
            Row::bad(message).status(402).kind(CARD).code(code).param(*name)
        }
        other => elsewhere(other),
    }
}

/// What is asked for in a place where it is not to be had.
fn elsewhere(problem: &Problem) -> Row {
    match problem {
        Problem::PayoutManual => manual_payout(),
        Problem::BankNumber { name } => bank_number(name),
        Problem::AccountNumber { name } => {
            Row::bad(format!("Invalid {name}: there is no account with such a number."))
                .code("account_number_invalid")
                .param(name.clone())
        }
        Problem::AccountElsewhere { name, country } => Row::bad(format!(
            "Invalid {name}: accounts in {country} cannot be debited in this way."
        ))
        .code("payment_method_invalid_parameter")
        .param(name.clone()),
        Problem::CashBalance => Row::bad(
            "This PaymentIntent cannot be paid from a cash balance: customer_balance is not one of its payment method types.",
        )
        .code("payment_intent_incompatible_payment_method"),
        Problem::Microdeposits => Row::bad(
            "This PaymentIntent does not wait for microdeposits to be verified.",
        )
        .code("intent_invalid_state"),
        Problem::LegacyCharge => Row::bad(
            "Charges are not created directly any more. Create a PaymentIntent instead: POST /v1/payment_intents.",
        ),
        Problem::ChargeCaptured { charge } => {
            Row::bad(format!("Charge {charge} has already been captured."))
                .code("charge_already_captured")
        }
        Problem::ChargeLapsed { charge } => Row::bad(format!(
            "Charge {charge} cannot be captured: its authorization has expired, and its funds are the customer's again."
        ))
        .code("charge_expired_for_capture"),
        Problem::ChargeOfIntent { charge } => Row::bad(format!(
            "Charge {charge} belongs to a PaymentIntent and cannot be captured by itself. Capture the PaymentIntent instead."
        )),
        other => unreachable!("{other:?} has its line elsewhere"),
    }
}

/// What is refused here whatever comes with it.
fn never(problem: &Problem) -> Row {
    match problem {
        Problem::RefundNotExpirable => Row::bad(
            "Only a refund that waits for its receiver (requires_action) can expire.",
        ),
        Problem::NotTaken { name, why } => {
            Row::bad(format!("'{name}' is not taken here. {why}")).param(name.clone())
        }
        Problem::RefundNotCancelable => Row::bad("Canceling this refund is unsupported."),
        Problem::TokenKind { name } => Row::bad(format!(
            "A token cannot be made of '{name}' here. Tokens stand for cards: give card[number], card[exp_month] and card[exp_year]."
        ))
        .param(name.clone()),
        other => unreachable!("{other:?} has its line elsewhere"),
    }
}

fn bad_url(why: UrlError) -> &'static str {
    match why {
        UrlError::NotAUrl => {
            "Not a valid URL: it must be absolute and begin with http:// or https://."
        }
        UrlError::Credentials => "Not a valid URL: it must not carry a user name or a password.",
        UrlError::HttpsRequired => "Invalid URL: in live mode it must begin with https://.",
        UrlError::Blocked => "Invalid URL: it must be publicly accessible.",
    }
}

/// `a`, `one of a or b`, `one of a, b, or c`.
fn one_of(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("one of {one} or {two}"),
        [most @ .., last] => format!("one of {}, or {last}", most.join(", ")),
    }
}

fn bad_search(why: SearchError) -> String {
    let clauses = farthing_domain::limits::SEARCH_CLAUSES;
    let least = farthing_domain::limits::SEARCH_PART_CHARS;
    match why {
        SearchError::Syntax => "We were unable to parse your search query. Write metadata[\"key\"]:\"value\" to look for metadata, and key:\"value\" to look for other fields.".to_owned(),
        SearchError::Field => {
            "Your search query names a field that cannot be searched here.".to_owned()
        }
        SearchError::Operator => {
            "Your search query uses an operator that its field does not have.".to_owned()
        }
        SearchError::Short => format!("What you look for with ~ needs at least {least} characters."),
        SearchError::Mixed => {
            "A search query can have AND or OR between its clauses, but not both.".to_owned()
        }
        SearchError::Clauses => format!("A search query can have at most {clauses} clauses."),
    }
}

fn manual_payout() -> Row {
    Row::bad(
        "Balance transactions can only be listed for automatic payouts; a manual one is no sum of them.",
    )
    .param("payout")
}

fn bank_number(name: &'static str) -> Row {
    let code = match name {
        "routing_number" => "routing_number_invalid",
        _ => "account_number_invalid",
    };
    let words = name.replace('_', " ");
    Row::bad(format!("Invalid {words}: six to 34 letters, digits and dashes."))
        .code(code)
        .param(name)
}
