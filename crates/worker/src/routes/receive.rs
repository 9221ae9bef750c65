//! `POST /in/:source`: verify, store, acknowledge.

use farthing_core::inbox::{Incoming, identify};
use farthing_core::webhook::{self, Proof, Scheme};

use super::{answer, made};
use crate::ambient;
use crate::body;
use crate::config::{Config, Source};
use crate::host::{Env, Headers, Request, Response, response};
use crate::inbox::{self, Accepted, Arrival};
use crate::json::Map;
use crate::problem::Problem;
use crate::tally;

/// The headers of a text that no browser takes for anything else.
const PLAIN: [(&str, &str); 3] = [
    ("content-type", "text/plain; charset=utf-8"),
    ("x-content-type-options", "nosniff"),
    ("cache-control", "no-store"),
];
/// A header that is longer is not kept for the origin.
const LABEL_BYTES_MAX: usize = 1_024;

/// Serves the route.
pub(super) async fn receive(
    request: Request,
    env: &Env,
    config: &Config,
    name: &str,
) -> Result<Response, Box<Problem>> {
    let source = config.sources.get(name).ok_or(Problem::UnknownSource)?;
    let outcome = take_in(request, env, config, source).await;
    match &outcome {
        Err(problem) if problem.is_refusal() => tally::count(name, problem.code()),
        Ok(_) | Err(_) => {}
    }
    outcome
}

async fn take_in(
    request: Request,
    env: &Env,
    config: &Config,
    source: &Source,
) -> Result<Response, Box<Problem>> {
    body::accept_json(&request.headers(), body::Absent::Welcome)?;
    let body = body::read(&request, config.body_max_bytes).await?;
    let signed = Signed::read(source.scheme, &request.headers());
    match signed.verified(source, &body)?.1 {
        Incoming::Challenge(challenge) => made(response(200, challenge.as_bytes(), &PLAIN)),
        Incoming::Event(identity) => {
            let identity = if source.gapless { identity.gapless() } else { identity };
            let labels = labels(source.scheme, &request.headers());
            let arrival = Arrival::of(&source.name, identity, labels);
            let accepted = inbox::accept(env, config, &arrival, &body).await?;
            let duplicate = accepted == Accepted::Duplicate;
            // What was sent is on disk, now or since its first copy.
            answer(&Map::new().flag("received", true).flag("duplicate", duplicate).end())
        }
    }
}

/// The headers of a request that its scheme speaks of.
pub(super) struct Signed {
    id: String,
    timestamp: String,
    signature: String,
}

impl Signed {
    /// Reads them; empty where there is none.
    pub(super) fn read(scheme: Scheme, headers: &Headers) -> Self {
        let first = |names: &str| {
            let named = |name: &str| headers.get(name).ok().flatten();
            names.split(',').filter(|name| !name.is_empty()).find_map(named).unwrap_or_default()
        };
        let names = scheme.headers();
        Self {
            id: first(names.id),
            timestamp: first(names.timestamp),
            signature: first(names.signature),
        }
    }

    /// The same for core.
    pub(super) fn headers(&self) -> webhook::Headers<'_> {
        webhook::Headers {
            id: self.id.as_bytes(),
            timestamp: self.timestamp.as_bytes(),
            signature: self.signature.as_bytes(),
        }
    }

    /// Verifies the signature, then reads the identity from what was signed, never from anything
    /// else.
    ///
    /// # Errors
    /// [`Problem::Refused`] with core's reason.
    pub(super) fn verified(
        &self,
        source: &Source,
        body: &[u8],
    ) -> Result<(Proof, Incoming), Box<Problem>> {
        let rule = (source.scheme, source.policy);
        let proof = webhook::verify(rule, &source.secrets, self.headers(), body, ambient::now())
            .map_err(|error| Problem::Refused { code: error.code(), message: error.to_string() })?;
        let incoming = identify(source.scheme, self.id.as_bytes(), body)
            .map_err(|error| Problem::Refused { code: error.code(), message: error.to_string() })?;
        Ok((proof, incoming))
    }
}

/// The headers that go on to the origin. Nobody signs them: they are read nowhere here. Only what is
/// named below is kept, so never a cookie nor an authorization.
fn labels(scheme: Scheme, headers: &Headers) -> Vec<(String, String)> {
    let names: &[&str] = match scheme {
        // What is handed on has their signature headers anew, under a key of the merchant's.
        Scheme::Stripe | Scheme::Standard => &["content-type"],
        Scheme::GitHub => &[
            "content-type",
            "x-github-event",
            "x-github-delivery",
            "x-github-hook-id",
            "x-hub-signature-256",
        ],
        Scheme::Shopify => &[
            "content-type",
            "x-shopify-topic",
            "x-shopify-webhook-id",
            "x-shopify-event-id",
            "x-shopify-shop-domain",
            "x-shopify-api-version",
            "x-shopify-triggered-at",
            "x-shopify-hmac-sha256",
        ],
        Scheme::Slack => &[
            "content-type",
            "x-slack-retry-num",
            "x-slack-retry-reason",
            "x-slack-request-timestamp",
            "x-slack-signature",
        ],
    };
    // A value that could not be sent again would keep its event from ever being handed on.
    let plain = |value: &String| {
        value.len() <= LABEL_BYTES_MAX && value.bytes().all(|byte| (b' '..=b'~').contains(&byte))
    };
    let kept = |name: &&str| {
        let value = headers.get(name).ok().flatten().filter(plain)?;
        Some(((*name).to_owned(), value))
    };
    names.iter().filter_map(kept).collect()
}
