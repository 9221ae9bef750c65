//! `POST /v1/customers`

use farthing_domain::command::Ask;
use farthing_domain::customer::Profile;

use super::parts;
use crate::error::ApiError;
use crate::params::TEXT_CHARS_MAX;
use crate::request::{ApiRequest, Outcome};
use crate::routes::payment_intents::parts::{set, shipping};
use crate::wire::expand::Kind;

/// Makes a customer.
///
/// # Errors
/// Every line of the table about a parameter.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(parts::KNOWN)?;
    let note = |name| params.note(name, TEXT_CHARS_MAX);
    let profile = Profile {
        address: set(parts::address(&params)?),
        default_method: parts::no_default_method(&params)?,
        balance: params.integer("balance")?.unwrap_or(0),
        description: note("description")?,
        email: params.email("email")?,
        invoice_prefix: parts::invoice_prefix(&params)?.unwrap_or_default(),
        invoice_footer: set(parts::invoice_footer(&params)?),
        metadata: params.metadata()?,
        name: note("name")?,
        next_invoice_sequence: parts::next_invoice(&params)?.unwrap_or(1),
        phone: note("phone")?,
        preferred_locales: parts::locales(&params)?.unwrap_or_default(),
        shipping: set(shipping(&params)?),
        tax_exempt: parts::tax_exempt(&params)?.unwrap_or_default(),
    };
    let expand = params.expand(Kind::Customer)?;
    request.submit(Ask::CreateCustomer(Box::new(profile)), expand).await
}
