//! `POST /v1/farthing/bank_accounts`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/farthing/bank_accounts -u sk_test_farthing_dev: -d country=US \
//!   -d currency=usd -d routing_number=110000000 -d account_number=000123456789
//! ```

use farthing_core::id::BankAccountId;
use farthing_domain::command::{AddBankAccount, Ask};

use crate::bank::{self, Given};
use crate::entropy;
use crate::error::{ApiError, Problem};
use crate::params::Params;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

const KNOWN: &[&str] = &[
    "account_holder_name",
    "account_number",
    "country",
    "currency",
    "default_for_currency",
    "expand",
    "metadata",
    "routing_number",
];
/// Characters of a number: the longest is an IBAN.
const NUMBER_CHARS_MAX: usize = 34;
/// The same at least, so that its end does not tell all of it.
const NUMBER_CHARS_MIN: usize = 6;
/// Characters of a holder's name.
const NAME_CHARS: usize = 200;

/// Adds a bank account; the first of a currency is its default. The number is sealed, and only its
/// end is shown again.
///
/// # Errors
/// Every line of the table about a parameter; too many accounts.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(KNOWN)?;
    let country = country(&params)?;
    let currency = params.currency("currency")?.ok_or_else(|| params.missing("currency"))?;
    params.required("account_number")?;
    let number = number(&params, "account_number")?.unwrap_or_default();
    let routing = number_of_bank(&params)?;
    let holder = params.note("account_holder_name", NAME_CHARS)?;
    let make_default = params.boolean("default_for_currency")?.unwrap_or(false);
    let metadata = params.metadata()?;
    let expand = params.expand(Kind::Leaf)?;
    let id = BankAccountId::new(request.now, entropy::bytes());
    let given = Given { country, currency, holder: holder.as_deref(), routing, number };
    let details = bank::details(&request.app.vault, request.tenant, id, given);
    let ask = AddBankAccount { id, details, make_default, metadata };
    request.submit(Ask::AddBankAccount(Box::new(ask)), expand).await
}

fn country<'p>(params: &Params<'p>) -> Result<&'p str, ApiError> {
    let country = params.required("country")?;
    let letters = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic());
    if letters {
        Ok(country)
    } else {
        Err(Problem::UnsupportedValue { name: "country".to_owned() }.into())
    }
}

fn number_of_bank<'p>(params: &Params<'p>) -> Result<Option<&'p str>, ApiError> {
    number(params, "routing_number")
}

/// Letters, digits and dashes, as many as such a number may have.
fn number<'p>(params: &Params<'p>, name: &'static str) -> Result<Option<&'p str>, ApiError> {
    let Some(text) = params.text(name)? else { return Ok(None) };
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if plain && (NUMBER_CHARS_MIN..=NUMBER_CHARS_MAX).contains(&text.len()) {
        Ok(Some(text))
    } else {
        Err(Problem::BankNumber { name }.into())
    }
}
