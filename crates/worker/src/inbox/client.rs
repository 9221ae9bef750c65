//! The Worker's side of the inbox: which shard, and what its silence means.

use farthing_core::inbox::shard;
use futures_util::future::join_all;
use serde::de::DeserializeOwned;
use worker::js_sys::Uint8Array;
use worker::{Env, Method, ObjectNamespace, Request, RequestInit, console_error};

use super::{Accepted, Arrival, frame};
use crate::config::{Config, ConfigError};
use crate::problem::Problem;

/// The name of the Durable Object's binding.
const BINDING: &str = "INBOX";

/// Stores an arrival. When this returns, it is on disk, now or since its first copy.
///
/// # Errors
/// [`Problem::Storage`] when the shard does not say so.
pub(crate) async fn accept(
    env: &Env,
    config: &Config,
    arrival: &Arrival,
    body: &[u8],
) -> Result<Accepted, Problem> {
    let about = arrival.object.as_deref().unwrap_or(&arrival.id);
    let place = shard(about, config.shards);
    let framed = frame::join(arrival, body).ok_or(Problem::Storage)?;
    ask(&namespace(env)?, &arrival.source, place, "/accept", Some(&framed)).await
}

/// Asks every shard of a source, in the order of the shards.
///
/// # Errors
/// [`Problem::Storage`] when one of them does not answer.
pub(crate) async fn ask_all<T: DeserializeOwned>(
    env: &Env,
    config: &Config,
    source: &str,
    path: impl Fn(u32) -> String,
) -> Result<Vec<T>, Problem> {
    let namespace = namespace(env)?;
    let asked = (0..config.shards).map(|place| {
        let path = path(place);
        let namespace = &namespace;
        async move { ask(namespace, source, place, &path, None).await }
    });
    join_all(asked).await.into_iter().collect()
}

fn namespace(env: &Env) -> Result<ObjectNamespace, Problem> {
    let why = "the Durable Object of class Inbox keeps what arrives";
    env.durable_object(BINDING)
        .map_err(|_| Problem::Config(ConfigError::Missing { variable: BINDING, why }))
}

async fn ask<T: DeserializeOwned>(
    namespace: &ObjectNamespace,
    source: &str,
    place: u32,
    path: &str,
    body: Option<&[u8]>,
) -> Result<T, Problem> {
    match try_ask(namespace, &format!("{source}/{place}"), path, body).await {
        Ok(answer) => Ok(answer),
        Err(error) => {
            console_error!("shard {source}/{place} did not answer {path}: {error}");
            Err(Problem::Storage)
        }
    }
}

async fn try_ask<T: DeserializeOwned>(
    namespace: &ObjectNamespace,
    name: &str,
    path: &str,
    body: Option<&[u8]>,
) -> worker::Result<T> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(body.map(|body| Uint8Array::from(body).into()));
    let request = Request::new_with_init(&format!("https://inbox{path}"), &init)?;
    let mut response = namespace.get_by_name(name)?.fetch_with_request(request).await?;
    if response.status_code() != 200 {
        return Err(worker::Error::RustError(format!("status {}", response.status_code())));
    }
    response.json().await
}
