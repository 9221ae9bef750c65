//! `POST /in/:source`: verify, store, acknowledge.

use farthing_core::inbox::identity_of_stripe_event;
use farthing_core::webhook::{StandardHeaders, verify_standard, verify_stripe};
use serde_json::json;
use worker::{Env, Headers, Request, Response};

use super::answer;
use crate::ambient;
use crate::body;
use crate::config::{Config, Scheme, Source};
use crate::inbox::{self, Accepted, Arrival};
use crate::problem::Problem;

/// A webhook's body. Stripe's largest are some tens of kilobytes; a row of the inbox holds 2 MB.
const BODY_MAX: usize = 1 << 20;
/// An identity longer than this is nobody's.
const IDENTITY_MAX: usize = 255;
/// Headers that are kept for the origin.
const KEPT: [&str; 5] =
    ["content-type", "stripe-signature", "webhook-id", "webhook-timestamp", "webhook-signature"];

/// Serves the route.
pub(super) async fn receive(
    mut request: Request,
    env: &Env,
    config: &Config,
    name: &str,
) -> Result<Response, Problem> {
    let source = config.sources.get(name).ok_or(Problem::UnknownSource)?;
    let body = body::read(&mut request, BODY_MAX).await?;
    let mut arrival = verified(source, request.headers(), &body)?;
    name.clone_into(&mut arrival.source);
    let accepted = inbox::accept(env, config, &arrival, &body).await?;
    answer(&json!({ "received": true, "duplicate": accepted == Accepted::Duplicate }))
}

/// Verifies the signature, then reads the identity from what was signed, never from anything else.
fn verified(source: &Source, headers: &Headers, body: &[u8]) -> Result<Arrival, Problem> {
    let now = ambient::now();
    let header = |name: &str| headers.get(name).ok().flatten().unwrap_or_default();
    let head = identity_of_stripe_event(body);
    let (id, head) = match source.scheme {
        Scheme::Stripe => {
            let signature = header("stripe-signature");
            verify_stripe(&source.secrets, &signature, body, now, source.tolerance)
                .map_err(|error| refused(error.code(), &error.to_string()))?;
            let head = head.map_err(|error| refused(error.code(), &error.to_string()))?;
            (head.id.clone(), Some(head))
        }
        Scheme::Standard => {
            let id = header("webhook-id");
            let (timestamp, signature) = (header("webhook-timestamp"), header("webhook-signature"));
            let signed = StandardHeaders { id: &id, timestamp: &timestamp, signature: &signature };
            verify_standard(&source.secrets, signed, body, now, source.tolerance)
                .map_err(|error| refused(error.code(), &error.to_string()))?;
            (id, head.ok()) // The body may be anything: the scheme signs an identity of its own.
        }
    };
    // It goes on to the origin as a header.
    if id.is_empty() || id.len() > IDENTITY_MAX || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = "The event's id must have 1 to 255 visible ASCII characters.";
        return Err(refused("bad_identity", message));
    }
    let number = |number: Option<u64>| number.and_then(|number| i64::try_from(number).ok());
    let kept = KEPT.iter().map(|name| ((*name).to_owned(), header(name)));
    Ok(Arrival {
        source: String::new(),
        id,
        kind: head.as_ref().map(|head| head.kind.clone()),
        created_s: head.as_ref().map(|head| head.created_s),
        sequence: number(head.as_ref().and_then(|head| head.sequence)),
        previous_sequence: number(head.as_ref().and_then(|head| head.previous_sequence)),
        object: head.and_then(|head| head.object_id),
        headers: kept.filter(|(_, value)| !value.is_empty()).collect(),
    })
}

fn refused(code: &'static str, message: &str) -> Problem {
    Problem::Refused { code, message: message.to_owned() }
}
