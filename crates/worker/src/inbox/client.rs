//! The Worker's side of the inbox: which shard, and what its silence means.

use std::cell::RefCell;
use std::collections::BTreeMap;

use farthing_core::inbox::shard;
use futures_util::future::join_all;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use worker::js_sys::Uint8Array;
use worker::{Env, Method, ObjectNamespace, Request, RequestInit, console_error};

use super::{Accepted, Arrival, frame};
use crate::config::{Config, ConfigError};
use crate::problem::Problem;

/// The name of the Durable Object's binding.
const BINDING: &str = "INBOX";

thread_local! {
    // How many shards each source has, once this isolate has asked. It never changes.
    static SPREAD: RefCell<BTreeMap<String, u32>> = const { RefCell::new(BTreeMap::new()) };
}

/// Refused requests of a source, by reason, on their way to its first shard.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Rejected {
    pub(crate) source: String,
    pub(crate) reasons: Vec<(String, u64)>,
}

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
    let place = shard(about, spread(env, config, &arrival.source).await?);
    let framed = frame::join(arrival, body).ok_or(Problem::Storage)?;
    ask(&namespace(env)?, (&arrival.source, place), "/accept", Some(&framed)).await
}

/// Asks one shard.
///
/// # Errors
/// [`Problem::Storage`] when it does not answer.
pub(crate) async fn ask_one<T: DeserializeOwned>(
    env: &Env,
    (source, place): (&str, u32),
    path: &str,
    body: Option<&[u8]>,
) -> Result<T, Problem> {
    ask(&namespace(env)?, (source, place), path, body).await
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
    let asked = (0..spread(env, config, source).await?).map(|place| {
        let path = path(place);
        let namespace = &namespace;
        async move { ask(namespace, (source, place), &path, None).await }
    });
    join_all(asked).await.into_iter().collect()
}

/// Wakes every shard of every source: each sets its alarm and forgets what is long done. One that
/// does not answer is logged; the others are woken all the same.
pub(crate) async fn wake_all(env: &Env, config: &Config) {
    for source in config.sources.keys() {
        ask_all::<bool>(env, config, source, |_| "/sweep".to_owned()).await.ok();
    }
}

/// How many shards a source has: as many as the settings said when it was first used. Its events
/// are where they were put, whatever the settings say now.
///
/// # Errors
/// [`Problem::Storage`] when its first shard does not answer.
pub(crate) async fn spread(env: &Env, config: &Config, source: &str) -> Result<u32, Problem> {
    if let Some(known) = SPREAD.with_borrow(|known| known.get(source).copied()) {
        return Ok(known);
    }
    let path = format!("/spread?wanted={}", config.shards);
    let spread: u32 = ask(&namespace(env)?, (source, 0), &path, None).await?;
    SPREAD.with_borrow_mut(|known| known.insert(source.to_owned(), spread));
    Ok(spread)
}

fn namespace(env: &Env) -> Result<ObjectNamespace, Problem> {
    let why = "the Durable Object of class Inbox keeps what arrives";
    env.durable_object(BINDING)
        .map_err(|_| Problem::Config(ConfigError::Missing { variable: BINDING, why }))
}

async fn ask<T: DeserializeOwned>(
    namespace: &ObjectNamespace,
    (source, place): (&str, u32),
    path: &str,
    body: Option<&[u8]>,
) -> Result<T, Problem> {
    match try_ask(namespace, &format!("{source}/{place}"), path, body).await {
        Ok(answer) => Ok(answer),
        Err(error) => {
            console_error!("shard {source}/{place} did not answer: {error}");
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
