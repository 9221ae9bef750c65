//! `POST /v1/payment_intents/{id}/increment_authorization`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/payment_intents/pi_…/increment_authorization -u sk_test_farthing_dev: \
//!   -d amount=1500
//! ```

use farthing_domain::command::{Ask, IncrementIntent};

use super::parts;
use crate::error::ApiError;
use crate::params::TEXT_CHARS_MAX;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

const KNOWN: &[&str] = &["amount", "description", "expand", "metadata", "statement_descriptor"];

/// Begins to hold more: `amount` is the new, higher total.
///
/// # Errors
/// Every line of the table about a parameter.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(KNOWN)?;
    let amount_minor = parts::amount(&params, None)?.ok_or_else(|| params.missing("amount"))?;
    let description = params.note("description", TEXT_CHARS_MAX)?;
    let statement_descriptor = parts::set(parts::descriptor(&params, "statement_descriptor")?);
    let metadata = params.metadata_patch()?;
    let expand = params.expand(Kind::Intent)?;
    let id = parts::path_id(&request)?;
    let ask = IncrementIntent { id, amount_minor, description, statement_descriptor, metadata };
    request.submit(Ask::IncrementIntent(Box::new(ask)), expand).await
}
