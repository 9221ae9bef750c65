//! Parameters that several of these endpoints share.

use farthing_core::id::EndpointId;
use farthing_domain::endpoint::EventFilter;

use crate::error::{ApiError, Problem};
use crate::params::Params;
use crate::read;
use crate::request::ApiRequest;
use crate::ssrf::check_url;

/// Names that one endpoint may list: above every list an account can build.
const NAMES_MAX: usize = 300;
/// Characters of a URL.
const URL_CHARS_MAX: usize = 2_048;

/// The endpoint of the path.
///
/// # Errors
/// [`Problem::Missing`] for what was never issued.
pub fn path_id(request: &ApiRequest) -> Result<EndpointId, ApiError> {
    read::path_id(request, EndpointId::parse, ("webhook endpoint", "id"))
}

/// `url`, as far as it can be checked without resolving its name.
///
/// # Errors
/// [`Problem::BadUrl`].
pub fn url(request: &ApiRequest, params: &Params<'_>) -> Result<Option<String>, ApiError> {
    let Some(url) = params.text("url")? else { return Ok(None) };
    let name = "url".to_owned();
    if url.len() > URL_CHARS_MAX {
        return Err(Problem::TextTooLong { name, limit: URL_CHARS_MAX }.into());
    }
    match check_url(url, request.tenant.mode(), request.app.config.reach()) {
        Ok(_) => Ok(Some(url.to_owned())),
        Err(why) => Err(Problem::BadUrl { name, why }.into()),
    }
}

/// `enabled_events`: `*` alone, or names shaped like event types. Names that are never sent are
/// kept: they may be one day, and other systems' scripts list them.
///
/// # Errors
/// [`Problem::EventName`]; [`Problem::TooManyItems`].
pub fn events(params: &Params<'_>) -> Result<Option<EventFilter>, ApiError> {
    const NAME: &str = "enabled_events";
    let Some(names) = params.texts(NAME)? else { return Ok(None) };
    if names.len() > NAMES_MAX {
        return Err(Problem::TooManyItems { name: NAME.to_owned(), most: NAMES_MAX }.into());
    }
    if names.is_empty() {
        return Err(Problem::Empty { name: NAME.to_owned() }.into());
    }
    if let Some(bad) = names.iter().find(|name| **name != "*" && !plausible(name)) {
        let given = String::from(*bad);
        return Err(Problem::EventName { name: NAME.to_owned(), given }.into());
    }
    Ok(Some(if names.contains(&"*") {
        EventFilter::All
    } else {
        EventFilter::Some(names.into_iter().map(str::to_owned).collect())
    }))
}

/// Lower-case words with dots between them.
fn plausible(name: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    name.len() <= 100 && name.contains('.') && name.split('.').all(word)
}
