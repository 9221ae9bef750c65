//! Whoever asks what the inbox holds shows the status token.

use subtle::ConstantTimeEq;

use crate::config::Config;
use crate::host::Request;
use crate::problem::Problem;

/// Compares the bearer token in constant time. Without a configured token nobody gets in.
///
/// # Errors
/// [`Problem::Unauthorized`]; [`Problem::Config`] if there is no token to compare with.
pub(crate) fn authorize(request: &Request, config: &Config) -> Result<(), Box<Problem>> {
    let why = "the inbox is shown only to who sends it as a bearer token";
    let token =
        config.status_token.as_ref().ok_or_else(|| Problem::missing("STATUS_TOKEN", why))?;
    let header = request.headers().get("authorization").ok().flatten().unwrap_or_default();
    let given = header.strip_prefix("Bearer ").unwrap_or_default();
    if bool::from(given.as_bytes().ct_eq(token.expose().as_bytes())) {
        Ok(())
    } else {
        Err(Problem::Unauthorized.into())
    }
}
