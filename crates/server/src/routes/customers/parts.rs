//! Parameters that several of these endpoints share.

use farthing_core::id::{CustomerId, PaymentMethodId};
use farthing_domain::command::Patch;
use farthing_domain::customer::TaxExempt;
use farthing_domain::object::Address;
use farthing_domain::refusal::Refusal;

use crate::error::{ApiError, Problem};
use crate::params::{Params, TEXT_CHARS_MAX};
use crate::read;
use crate::request::ApiRequest;
use crate::routes::payment_intents;

/// What a customer can be given.
pub const KNOWN: &[&str] = &[
    "address",
    "balance",
    "description",
    "email",
    "expand",
    "invoice_prefix",
    "invoice_settings",
    "metadata",
    "name",
    "next_invoice_sequence",
    "phone",
    "preferred_locales",
    "shipping",
    "tax_exempt",
];
const SETTINGS: &str = "invoice_settings";
const DEFAULT_METHOD: &str = "default_payment_method";
const SETTING: &[&str] = &["footer", DEFAULT_METHOD];
/// Characters of an invoice prefix.
const PREFIX_CHARS: std::ops::RangeInclusive<usize> = 3..=12;
/// Languages of one customer.
const LOCALES_MAX: usize = 20;

/// The customer of the path.
///
/// # Errors
/// [`Problem::Missing`] for what was never issued.
pub fn path_id(request: &ApiRequest) -> Result<CustomerId, ApiError> {
    read::path_id(request, CustomerId::parse, ("customer", "id"))
}

/// `address`, where empty unsets.
///
/// # Errors
/// Wrong types.
pub fn address(params: &Params<'_>) -> Result<Patch<Address>, ApiError> {
    if params.scalar("address").is_ok_and(|text| text == Some("")) {
        return Ok(Patch::Unset);
    }
    Ok(payment_intents::parts::address(params)?.map_or(Patch::Keep, Patch::Set))
}

/// `invoice_prefix`: 3 to 12 upper-case letters or digits.
///
/// # Errors
/// Anything else.
pub fn invoice_prefix(params: &Params<'_>) -> Result<Option<String>, ApiError> {
    let Some(prefix) = params.owned("invoice_prefix")? else { return Ok(None) };
    let fit = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if PREFIX_CHARS.contains(&prefix.len()) && prefix.bytes().all(fit) {
        Ok(Some(prefix))
    } else {
        Err(Problem::UnsupportedValue { name: "invoice_prefix".to_owned() }.into())
    }
}

/// `invoice_settings[footer]`, where empty unsets.
///
/// # Errors
/// Wrong types.
pub fn invoice_footer(params: &Params<'_>) -> Result<Patch<String>, ApiError> {
    let mut outer = String::new();
    match params.map(SETTINGS, &mut outer, SETTING)? {
        Some(settings) => settings.patch("footer", TEXT_CHARS_MAX),
        None => Ok(Patch::Keep),
    }
}

/// `invoice_settings[default_payment_method]`, where empty unsets. Whether it is the customer's is for
/// the command to say.
///
/// # Errors
/// [`Problem::Missing`] for what was never issued.
pub fn default_method(params: &Params<'_>) -> Result<Patch<PaymentMethodId>, ApiError> {
    let mut outer = String::new();
    let Some(settings) = params.map(SETTINGS, &mut outer, SETTING)? else { return Ok(Patch::Keep) };
    match settings.scalar(DEFAULT_METHOD)? {
        None => Ok(Patch::Keep),
        Some("") => Ok(Patch::Unset),
        Some(text) => PaymentMethodId::parse(text).map(Patch::Set).ok_or_else(|| {
            let param = "invoice_settings[default_payment_method]";
            read::no_such("PaymentMethod", text, param)
        }),
    }
}

/// The same of a customer that is being made: no card is attached to it yet.
///
/// # Errors
/// Any card; as [`default_method`].
pub fn no_default_method(params: &Params<'_>) -> Result<Option<PaymentMethodId>, ApiError> {
    match default_method(params)? {
        Patch::Set(method) => Err(Problem::Refused(Refusal::DefaultUnattached { method }).into()),
        Patch::Keep | Patch::Unset => Ok(None),
    }
}

/// `next_invoice_sequence`, from 1.
///
/// # Errors
/// Anything else.
pub fn next_invoice(params: &Params<'_>) -> Result<Option<i64>, ApiError> {
    match params.integer("next_invoice_sequence")? {
        Some(number) if number < 1 => {
            Err(Problem::BelowLeast { name: "next_invoice_sequence".to_owned(), least: 1 }.into())
        }
        other => Ok(other),
    }
}

/// `preferred_locales`; an empty text is an empty list.
///
/// # Errors
/// No list; too many.
pub fn locales(params: &Params<'_>) -> Result<Option<Vec<String>>, ApiError> {
    const NAME: &str = "preferred_locales";
    if params.scalar(NAME).is_ok_and(|text| text == Some("")) {
        return Ok(Some(Vec::new()));
    }
    let Some(locales) = params.texts(NAME)? else { return Ok(None) };
    if locales.len() > LOCALES_MAX {
        return Err(Problem::TooManyItems { name: NAME.to_owned(), most: LOCALES_MAX }.into());
    }
    Ok(Some(locales.into_iter().map(str::to_owned).collect()))
}

/// `tax_exempt`, where empty is `none`.
///
/// # Errors
/// Another word.
pub fn tax_exempt(params: &Params<'_>) -> Result<Option<TaxExempt>, ApiError> {
    if params.scalar("tax_exempt")? == Some("") {
        return Ok(Some(TaxExempt::None));
    }
    let words = [TaxExempt::Exempt, TaxExempt::None, TaxExempt::Reverse];
    params.choice("tax_exempt", &words.map(|word| (word.wire(), word)))
}
