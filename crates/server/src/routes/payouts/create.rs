//! `POST /v1/payouts`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/payouts -u sk_test_farthing_dev: -d amount=1000 -d currency=usd
//! ```

use farthing_core::id::BankAccountId;
use farthing_core::money::Money;
use farthing_domain::command::{Ask, CreatePayout, Funds};
use farthing_domain::payout::PayoutMethod;
use farthing_domain::refusal::Refusal;

use crate::error::{ApiError, Problem};
use crate::params::{Params, TEXT_CHARS_MAX};
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

const KNOWN: &[&str] = &[
    "amount",
    "currency",
    "description",
    "destination",
    "expand",
    "metadata",
    "method",
    "source_type",
    "statement_descriptor",
];
const METHODS: [(&str, PayoutMethod); 2] =
    [("instant", PayoutMethod::Instant), ("standard", PayoutMethod::Standard)];
const FUNDS: [(&str, Funds); 3] =
    [("bank_account", Funds::Elsewhere), ("card", Funds::Card), ("fpx", Funds::Elsewhere)];
/// Characters of what the bank's statement says.
const DESCRIPTOR_CHARS: usize = 22;

/// Sends funds to the bank.
///
/// # Errors
/// Every line of the table about a parameter; less that is available; no account to send it to.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(KNOWN)?;
    let amount = amount(&params)?;
    let destination = ("external account", BankAccountId::parse as fn(&str) -> _);
    let destination = read::filter(&params, "destination", destination)?;
    let method = params.choice("method", &METHODS)?.unwrap_or(PayoutMethod::Standard);
    let funds = params.choice("source_type", &FUNDS)?.unwrap_or(Funds::Card);
    let ask = CreatePayout {
        amount,
        destination,
        method,
        funds,
        description: params.note("description", TEXT_CHARS_MAX)?,
        statement_descriptor: params.note("statement_descriptor", DESCRIPTOR_CHARS)?,
        metadata: params.metadata()?,
    };
    let expand = params.expand(Kind::Payout)?;
    request.submit(Ask::CreatePayout(Box::new(ask)), expand).await
}

fn amount(params: &Params<'_>) -> Result<Money, ApiError> {
    let minor = match params.integer("amount")?.ok_or_else(|| params.missing("amount"))? {
        minor if minor < 1 => {
            return Err(Problem::BelowLeast { name: "amount".to_owned(), least: 1 }.into());
        }
        minor => minor,
    };
    let currency = params.currency("currency")?.ok_or_else(|| params.missing("currency"))?;
    Money::new(minor, currency).map_err(|error| Problem::Refused(Refusal::Money(error)).into())
}
