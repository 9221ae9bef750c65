//! `POST /v1/events/{id}/retry`, which is how the command line resends an event.
//!
//! ```text
//! curl 127.0.0.1:4242/v1/events/evt_…/retry -u sk_test_farthing_dev: -d webhook_endpoint=we_…
//! ```

use farthing_core::id::{EndpointId, EventId};
use farthing_domain::command::{Ask, ResendEvent};

use crate::error::{ApiError, Problem};
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Delivers an event once more: to one endpoint, or to all that it was due to.
///
/// # Errors
/// An event or an endpoint that is not there; an endpoint that is disabled.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["account", "expand", "for_stripecli", "webhook_endpoint"])?;
    // Sent by the command line where it listens itself: whoever listens there is an endpoint here.
    params.boolean("for_stripecli")?;
    if params.has("account") {
        return Err(Problem::UnsupportedValue { name: "account".to_owned() }.into());
    }
    let expand = params.expand(Kind::Leaf)?;
    let event = read::path_id(&request, EventId::parse, ("event", "id"))?;
    let noun = "webhook endpoint";
    let endpoint = read::filter(&params, "webhook_endpoint", (noun, EndpointId::parse))?;
    request.submit(Ask::ResendEvent(ResendEvent { event, endpoint }), expand).await
}
