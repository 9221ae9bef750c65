//! Parameters that several of these endpoints share.

use farthing_core::id::SetupIntentId;
use farthing_domain::object::ObjectRef;
use farthing_domain::tenant::KeyClass;

use crate::auth;
use crate::error::{ApiError, Problem};
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

/// Checks the client secret of the set-up intent in the path. A publishable key must show it;
/// whoever shows a wrong one learns nothing, not even that there is such a set-up intent.
///
/// # Errors
/// [`Problem::MissingParameter`]; [`Problem::Missing`].
pub async fn check_secret(
    request: &ApiRequest,
    id: SetupIntentId,
    given: Option<&str>,
) -> Result<(), ApiError> {
    let Some(given) = given else {
        return match request.class {
            KeyClass::Secret | KeyClass::Restricted | KeyClass::Operator => Ok(()),
            KeyClass::Publishable => {
                Err(Problem::MissingParameter { name: "client_secret".to_owned() }.into())
            }
        };
    };
    let view = read::load(request, ObjectRef::Setup(id), false).await?;
    let stored = view.setup(request.tenant, id).map(client_secret).unwrap_or_default();
    if auth::same_secret(given, &stored) && !stored.is_empty() {
        Ok(())
    } else {
        Err(read::missing(ObjectRef::Setup(id)))
    }
}
