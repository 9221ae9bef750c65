//! Parameters that several of these endpoints share.

use farthing_core::id::{CustomerId, IntentId};
use farthing_core::money::Money;
use farthing_domain::command::{Confirm, Extras, MethodSource, Patch};
use farthing_domain::intent::{CaptureMethod, FutureUsage, MethodChoice};
use farthing_domain::method_type::{MethodSet, MethodType};
use farthing_domain::object::{Address, Metadata, ObjectRef, Shipping};
use farthing_domain::view::View;

use crate::card::{self, Around};
use crate::error::{ApiError, Problem};
use crate::means;
use crate::params::{Params, TEXT_CHARS_MAX};
use crate::read;
use crate::request::ApiRequest;
use crate::routes::payment_methods::parts::{billing, expiry, redisplay};
use crate::wire::intent::client_secret;

/// Characters of what a statement says.
const SUFFIX_CHARS: usize = 22;

/// Characters that no statement shows.
const NOT_IN_STATEMENTS: &str = "<>\\'\"*";

/// Characters of what a payment is called in other papers.
const REFERENCE_CHARS: usize = 255;
const EXCLUDED: &str = "excluded_payment_method_types";

/// What cannot be honoured here, and why.
const NOT_TAKEN: [(&str, &str); 7] = [
    ("amount_details", "No line items, tips, taxes or discounts are kept."),
    ("amount_to_confirm", "An intent is confirmed with its whole amount: change amount first."),
    ("confirmation_token", "Pages make no confirmation tokens here: give payment_method."),
    ("customer_account", "Customers have no accounts here: give customer."),
    ("hooks", "No other product is called for a payment here."),
    (
        "mandate",
        "No Mandate object is kept: give mandate_data, or a method that its customer keeps.",
    ),
    (
        "payment_method_configuration",
        "There are no configurations: give payment_method_types or automatic_payment_methods.",
    ),
];

/// The intent of the path.
///
/// # Errors
/// [`Problem::Missing`] for what was never issued.
pub fn path_id(request: &ApiRequest) -> Result<IntentId, ApiError> {
    read::path_id(request, IntentId::parse, ("payment_intent", "intent"))
}

/// Checks that the intent of the path is there.
///
/// # Errors
/// [`Problem::Missing`].
pub async fn present(request: &ApiRequest) -> Result<(), ApiError> {
    let what = ObjectRef::Intent(path_id(request)?);
    let view = read::load(request, what, false).await?;
    match what {
        ObjectRef::Intent(id) if view.intent(request.tenant, id).is_some() => Ok(()),
        _ => Err(read::missing(what)),
    }
}

/// As [`read::check_secret`], for the intent in the path.
///
/// # Errors
/// As there.
pub async fn check_secret(
    request: &ApiRequest,
    id: IntentId,
    given: Option<&str>,
) -> Result<(), ApiError> {
    let stored = |view: &View| view.intent(request.tenant, id).map(client_secret);
    read::check_secret(request, ObjectRef::Intent(id), given, stored).await
}

/// An amount to charge: a whole number of minor units, 1 and up.
///
/// # Errors
/// As recorded: zero and less are bad integers, not bad amounts.
pub fn amount(params: &Params<'_>, minimum: Option<Money>) -> Result<Option<i64>, ApiError> {
    match params.integer("amount")? {
        Some(0) => {
            let minimum = minimum.map(crate::error::refusal::display);
            Err(Problem::AmountZero { minimum }.into())
        }
        Some(minor) if minor < 0 => {
            Err(Problem::BelowLeast { name: "amount".to_owned(), least: 1 }.into())
        }
        other => Ok(other),
    }
}

/// `capture_method`
///
/// # Errors
/// Another word.
pub fn capture(params: &Params<'_>) -> Result<Option<CaptureMethod>, ApiError> {
    params.choice(
        "capture_method",
        &[
            ("automatic", CaptureMethod::Automatic),
            ("automatic_async", CaptureMethod::AutomaticAsync),
            ("manual", CaptureMethod::Manual),
        ],
    )
}

/// `setup_future_usage`, where empty unsets.
///
/// # Errors
/// Another word.
pub fn usage(params: &Params<'_>) -> Result<Patch<FutureUsage>, ApiError> {
    if params.scalar("setup_future_usage")? == Some("") {
        return Ok(Patch::Unset);
    }
    let words = [("off_session", FutureUsage::OffSession), ("on_session", FutureUsage::OnSession)];
    Ok(params.choice("setup_future_usage", &words)?.map_or(Patch::Keep, Patch::Set))
}

/// `customer`: who pays. Whether it is there is for the command to say.
///
/// # Errors
/// [`Problem::Missing`] for what was never issued.
pub fn customer(params: &Params<'_>) -> Result<Option<CustomerId>, ApiError> {
    read::filter(params, "customer", ("customer", CustomerId::parse))
}

/// How methods are chosen: by the backend, or by name. Both names of the list are accepted,
/// whatever version the client speaks.
///
/// # Errors
/// A kind that there is not; both ways at once.
pub fn methods(params: &Params<'_>) -> Result<MethodChoice, ApiError> {
    let listed = listed(params)?;
    let explicit = listed.is_some();
    let listed = MethodChoice::Listed(listed.unwrap_or(MethodSet::CARD));
    let mut outer = String::new();
    let known = ["enabled", "allow_redirects"];
    let Some(automatic) = params.map("automatic_payment_methods", &mut outer, &known)? else {
        let open = MethodChoice::Automatic { redirects: true };
        return Ok(if explicit { listed } else { open });
    };
    let on = automatic.boolean("enabled")?.ok_or_else(|| automatic.missing("enabled"))?;
    let redirects = automatic.choice("allow_redirects", &[("always", true), ("never", false)])?;
    match (on, explicit) {
        (true, true) => {
            let names = "automatic_payment_methods, payment_method_types".to_owned();
            Err(Problem::Exclusive { names }.into())
        }
        (true, false) => Ok(MethodChoice::Automatic { redirects: redirects.unwrap_or(true) }),
        (false, _) => Ok(listed),
    }
}

/// The kinds that were named; an empty list is as if it were not there.
///
/// # Errors
/// A kind that there is not.
pub fn listed(params: &Params<'_>) -> Result<Option<MethodSet>, ApiError> {
    let mut listed = None;
    for name in ["payment_method_types", "allowed_payment_method_types"] {
        if params.scalar(name).is_ok_and(|text| text == Some("")) {
            continue;
        }
        listed = kinds(params, name)?.or(listed);
    }
    Ok(listed)
}

/// Kinds by their names.
fn kinds(params: &Params<'_>, name: &str) -> Result<Option<MethodSet>, ApiError> {
    let Some(types) = params.texts(name)? else { return Ok(None) };
    let unknown = || Problem::MethodType { name: name.to_owned() };
    let mut kinds = MethodSet::NONE;
    for wire in types {
        kinds = kinds.with(MethodType::parse(wire).ok_or_else(unknown)?);
    }
    Ok(Some(kinds))
}

/// What is kept or honoured beside what a verb is about; and what cannot be is refused, because what is
/// silently dropped would be missed later.
///
/// # Errors
/// [`Problem::NotTaken`]; a kind that there is not; wrong types.
pub fn extras(params: &Params<'_>) -> Result<Extras, ApiError> {
    if let Some((name, why)) = NOT_TAKEN.into_iter().find(|(name, _)| params.has(name)) {
        return Err(Problem::NotTaken { name: name.to_owned(), why }.into());
    }
    let empty = |name| params.scalar(name).is_ok_and(|text| text == Some(""));
    let excluded = if empty(EXCLUDED) { Some(MethodSet::NONE) } else { kinds(params, EXCLUDED)? };
    let (mut risk, mut outer) = (String::new(), String::new());
    if let Some(seen) = params.map("radar_options", &mut risk, &["referrer", "session"])? {
        // What a browser looked like is no part of how the simulated network judges.
        seen.scalar("referrer")?;
        seen.scalar("session")?;
    }
    let names = ["customer_reference", "order_reference"];
    let details = params.map("payment_details", &mut outer, &names)?;
    let reference = |name| match &details {
        Some(_) if empty("payment_details") => Ok(Patch::Unset),
        Some(details) => details.patch(name, REFERENCE_CHARS),
        None => Ok(Patch::Keep),
    };
    let [customer_reference, order_reference] = names.map(reference);
    Ok(Extras {
        excluded,
        customer_reference: customer_reference?,
        order_reference: order_reference?,
    })
}

/// The card: one on file, one of the simulator's, or one typed into this very request.
///
/// # Errors
/// A card that is not there, or whose parts are wrong; both ways at once.
pub fn method(request: &mut ApiRequest, known: &[&str]) -> Result<Option<MethodSource>, ApiError> {
    let (expiry, around) = {
        let params = request.params(known)?;
        let on_file = params.text("payment_method")?;
        let mut outer = String::new();
        let common = ["type", "billing_details", "metadata", "allow_redisplay"];
        let parts = [&common[..], &means::NAMES].concat();
        match (on_file, params.map("payment_method_data", &mut outer, &parts)?) {
            (None, None) => return Ok(None),
            (Some(text), None) => return card::named(request, text).map(Some),
            (Some(_), Some(_)) => {
                let names = "payment_method, payment_method_data".to_owned();
                return Err(Problem::Exclusive { names }.into());
            }
            (None, Some(data)) => {
                let kind = means::kind(&data)?;
                let redisplay = redisplay(&data)?.unwrap_or_default();
                let metadata = Metadata::new();
                let around = Around { billing: billing(&data)?, metadata, redisplay };
                if kind != MethodType::CARD {
                    let ask = means::typed(request, &data, (kind, around))?;
                    return Ok(Some(MethodSource::New(Box::new(ask))));
                }
                if let Some(token) = card_token(&data)? {
                    return card::token(request, &token, around).map(Some);
                }
                (expiry(&data)?, around)
            }
        }
    };
    let ask = card::typed(request, "payment_method_data[card]", expiry, around)?;
    Ok(Some(MethodSource::New(Box::new(ask))))
}

/// `card[token]` within something, which stands for a whole card.
fn card_token(of: &Params<'_>) -> Result<Option<String>, ApiError> {
    let mut outer = String::new();
    let known = ["number", "exp_month", "exp_year", "token"];
    match of.map("card", &mut outer, &known)? {
        Some(card) => card.owned("token"),
        None => Ok(None),
    }
}

/// How to confirm.
///
/// # Errors
/// Wrong types.
pub fn confirm(params: &Params<'_>) -> Result<Confirm, ApiError> {
    // Older clients may name a moment instead of yes: `one_off`, `recurring`.
    let off_session = match params.scalar("off_session")? {
        Some("one_off" | "recurring") => true,
        _ => params.boolean("off_session")?.unwrap_or(false),
    };
    Ok(Confirm {
        off_session,
        return_url: params.owned("return_url")?,
        error_on_requires_action: params.boolean("error_on_requires_action")?.unwrap_or(false),
        mandate: mandate(params)?,
    })
}

/// Whether the payer agreed to be debited: `mandate_data[customer_acceptance]`, or a mandate of before.
fn mandate(params: &Params<'_>) -> Result<bool, ApiError> {
    let mut outer = String::new();
    let Some(data) = params.map("mandate_data", &mut outer, &["customer_acceptance"])? else {
        return Ok(false);
    };
    let mut outer = String::new();
    let known = ["accepted_at", "offline", "online", "type"];
    let Some(given) = data.map("customer_acceptance", &mut outer, &known)? else {
        return Err(data.missing("customer_acceptance"));
    };
    let kind = given.choice("type", &[("online", ()), ("offline", ())])?;
    kind.map(|()| true).ok_or_else(|| given.missing("type"))
}

/// Where the goods go; empty unsets.
///
/// # Errors
/// An address or a name that is not there; wrong types.
pub fn shipping(params: &Params<'_>) -> Result<Patch<Shipping>, ApiError> {
    let mut outer = String::new();
    let known = ["address", "carrier", "name", "phone", "tracking_number"];
    if params.scalar("shipping").is_ok_and(|text| text == Some("")) {
        return Ok(Patch::Unset);
    }
    let Some(to) = params.map("shipping", &mut outer, &known)? else { return Ok(Patch::Keep) };
    Ok(Patch::Set(Shipping {
        address: address(&to)?.ok_or_else(|| to.missing("address"))?,
        carrier: to.note("carrier", TEXT_CHARS_MAX)?,
        name: Some(to.owned("name")?.ok_or_else(|| to.missing("name"))?),
        phone: to.note("phone", TEXT_CHARS_MAX)?,
        tracking_number: to.note("tracking_number", TEXT_CHARS_MAX)?,
    }))
}

/// A postal address within something.
///
/// # Errors
/// Wrong types.
pub fn address(of: &Params<'_>) -> Result<Option<Address>, ApiError> {
    let mut outer = String::new();
    let known = ["city", "country", "line1", "line2", "postal_code", "state"];
    let Some(parts) = of.map("address", &mut outer, &known)? else { return Ok(None) };
    let part = |name| parts.note(name, TEXT_CHARS_MAX);
    Ok(Some(Address {
        city: part("city")?,
        country: part("country")?,
        line1: part("line1")?,
        line2: part("line2")?,
        postal_code: part("postal_code")?,
        state: part("state")?,
    }))
}

/// An e-mail address, where empty unsets.
///
/// # Errors
/// Not one.
pub fn email(params: &Params<'_>, name: &str) -> Result<Patch<String>, ApiError> {
    Ok(match params.email(name)? {
        Some(email) => Patch::Set(email),
        None if params.has(name) => Patch::Unset,
        None => Patch::Keep,
    })
}

/// What a patch sets on something new.
pub fn set<T>(patch: Patch<T>) -> Option<T> {
    match patch {
        Patch::Set(value) => Some(value),
        Patch::Keep | Patch::Unset => None,
    }
}

/// What a statement says, or what is added to that, where empty unsets.
///
/// # Errors
/// Too many characters, or such as no statement shows.
pub fn descriptor(params: &Params<'_>, name: &str) -> Result<Patch<String>, ApiError> {
    let text = params.patch(name, SUFFIX_CHARS)?;
    params.without(name, NOT_IN_STATEMENTS)?;
    Ok(text)
}

/// Refuses `statement_descriptor`, which is not for cards.
///
/// # Errors
/// If it is there and not empty.
pub fn no_descriptor(params: &Params<'_>) -> Result<(), ApiError> {
    match params.scalar("statement_descriptor")? {
        None | Some("") => Ok(()),
        Some(_) => Err(Problem::StatementDescriptor.into()),
    }
}
