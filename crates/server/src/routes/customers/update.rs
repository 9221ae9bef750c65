//! `POST /v1/customers/{id}`

use farthing_domain::command::{Ask, UpdateCustomer};

use super::parts;
use crate::error::ApiError;
use crate::params::TEXT_CHARS_MAX;
use crate::request::{ApiRequest, Outcome};
use crate::routes::payment_intents::parts::{email, shipping};
use crate::wire::expand::Kind;

/// Changes a customer.
///
/// # Errors
/// Every line of the table about a parameter; a customer that is not there, or deleted.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(parts::KNOWN)?;
    let patch = |name| params.patch(name, TEXT_CHARS_MAX);
    let ask = UpdateCustomer {
        id: parts::path_id(&request)?,
        address: parts::address(&params)?,
        default_method: parts::default_method(&params)?,
        balance: params.integer("balance")?,
        description: patch("description")?,
        email: email(&params, "email")?,
        invoice_prefix: parts::invoice_prefix(&params)?,
        invoice_footer: parts::invoice_footer(&params)?,
        metadata: params.metadata_patch()?,
        name: patch("name")?,
        next_invoice_sequence: parts::next_invoice(&params)?,
        phone: patch("phone")?,
        preferred_locales: parts::locales(&params)?,
        shipping: shipping(&params)?,
        tax_exempt: parts::tax_exempt(&params)?,
    };
    let expand = params.expand(Kind::Customer)?;
    request.submit(Ask::UpdateCustomer(Box::new(ask)), expand).await
}
