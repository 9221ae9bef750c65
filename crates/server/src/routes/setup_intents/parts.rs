//! Parameters that several of these endpoints share.

use farthing_core::id::SetupIntentId;
use farthing_domain::object::ObjectRef;
use farthing_domain::view::View;

use crate::error::{ApiError, Problem};
use crate::params::Params;
use crate::read;
use crate::request::ApiRequest;
use crate::wire::setup::client_secret;

/// The set-up intent of the path.
///
/// # Errors
/// [`Problem::Missing`] for what was never issued.
pub fn path_id(request: &ApiRequest) -> Result<SetupIntentId, ApiError> {
    read::path_id(request, SetupIntentId::parse, ("setupintent", "intent"))
}

/// Checks that no method is asked to be the account's own.
///
/// # Errors
/// [`Problem::NotTaken`] where it is.
pub fn not_attached_to_self(params: &Params<'_>) -> Result<(), ApiError> {
    let name = "attach_to_self";
    let why = "Accounts keep no methods of their own: give customer.";
    match params.boolean(name)? {
        Some(true) => Err(Problem::NotTaken { name: name.to_owned(), why }.into()),
        Some(false) | None => Ok(()),
    }
}

/// As [`read::check_secret`], for the set-up intent in the path.
///
/// # Errors
/// As there.
pub async fn check_secret(
    request: &ApiRequest,
    id: SetupIntentId,
    given: Option<&str>,
) -> Result<(), ApiError> {
    let stored = |view: &View| view.setup(request.tenant, id).map(client_secret);
    read::check_secret(request, ObjectRef::Setup(id), given, stored).await
}
