//! The Worker's side of the inbox: which shard, and what its silence means.

use std::cell::RefCell;

use farthing_core::inbox::shard;
use farthing_core::print::Digits;

use super::{Accepted, Arrival, frame};
use crate::body;
use crate::calls;
use crate::config::Config;
use crate::host::{self, Env, Fault, Namespace};
use crate::join::join_all;
use crate::json::{Json, List, Map};
use crate::named::Named;
use crate::problem::Problem;

/// The name of the Durable Object's binding.
const BINDING: &str = "INBOX";

thread_local! {
    // How many shards each source has, once this isolate has asked. It never changes.
    static SPREAD: RefCell<Named<u32>> = const { RefCell::new(Named::new()) };
}

/// Refused requests of a source, by reason, on their way to its first shard.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rejected {
    pub(crate) source: String,
    pub(crate) reasons: Vec<(String, u64)>,
}

impl Rejected {
    pub(crate) fn to_json(&self) -> String {
        let pair = |(reason, count): &(String, u64)| {
            List::new().text(reason).raw(Digits::of(*count).as_str()).end()
        };
        let reasons = List::of(&self.reasons, pair);
        Map::new().text("source", &self.source).raw("reasons", &reasons).end()
    }

    pub(super) fn from_json(json: &Json) -> Option<Self> {
        let pair = |json: &Json| match json.items()? {
            [Json::Text(reason), count] => {
                Some((reason.clone(), u64::try_from(count.whole()?).ok()?))
            }
            _ => None,
        };
        let reasons = json.field("reasons")?.each(pair)?;
        Some(Self { source: json.text_of("source")?, reasons })
    }
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
) -> Result<Accepted, Box<Problem>> {
    let about = arrival.object.as_deref().unwrap_or(&arrival.id);
    let place = shard(about, spread(env, config, &arrival.source).await?);
    let framed = frame::join(arrival, body).ok_or(Problem::Storage)?;
    let shard = (arrival.source.as_str(), place);
    let answer = ask_one(env, shard, ("/accept", Some(framed))).await?;
    Ok(Accepted::from_json(&answer).ok_or_else(broken)?)
}

/// Asks one shard.
///
/// # Errors
/// [`Problem::Storage`] when it does not answer.
pub(crate) async fn ask_one(
    env: &Env,
    shard: (&str, u32),
    (path, body): (&str, Option<Vec<u8>>),
) -> Result<Json, Box<Problem>> {
    ask(namespace(env)?, shard, path.to_owned(), body).await
}

/// Asks every shard of a source. The answers are in the order of the shards.
///
/// # Errors
/// [`Problem::Storage`] when one of them does not answer.
pub(crate) async fn ask_all(
    env: &Env,
    config: &Config,
    source: &str,
    path: &dyn Fn(u32) -> String,
) -> Result<Vec<Json>, Box<Problem>> {
    let namespace = namespace(env)?;
    let ask = |place| ask(namespace.clone(), (source, place), path(place), None);
    let answers = join_all((0..spread(env, config, source).await?).map(ask).collect()).await;
    answers.into_iter().collect()
}

/// An answer of another shape than was asked for.
pub(crate) fn broken() -> Problem {
    host::log(&["a shard answered in another shape than it was asked for"]);
    Problem::Storage
}

/// Wakes every shard of every source: each sets its alarm and forgets what is long done. One that
/// does not answer is logged; the others are woken all the same.
pub(crate) async fn wake_all(env: &Env, config: &Config) {
    for source in config.sources.keys() {
        ask_all(env, config, source, &|_| "/sweep".to_owned()).await.ok();
    }
}

/// How many shards a source has: as many as the settings said when it was first used. Its events
/// are where they were put, whatever the settings say now.
///
/// # Errors
/// [`Problem::Storage`] when its first shard does not answer.
pub(crate) async fn spread(env: &Env, config: &Config, source: &str) -> Result<u32, Box<Problem>> {
    if let Some(known) = SPREAD.with_borrow(|known| known.get(source).copied()) {
        return Ok(known);
    }
    let path = ["/spread?wanted=", Digits::of(config.shards.into()).as_str()].concat();
    let spread = ask_one(env, (source, 0), (&path, None)).await?.whole();
    let spread = spread.and_then(|spread| u32::try_from(spread).ok()).ok_or_else(broken)?;
    SPREAD.with_borrow_mut(|known| known.insert(source.to_owned(), spread));
    Ok(spread)
}

fn namespace(env: &Env) -> Result<Namespace, Box<Problem>> {
    let why = "the Durable Object of class Inbox keeps what arrives";
    Ok(env.objects(BINDING).ok_or_else(|| Problem::missing(BINDING, why))?)
}

/// The name of a shard among the objects.
fn name(source: &str, place: u32) -> String {
    [source, "/", Digits::of(place.into()).as_str()].concat()
}

async fn ask(
    namespace: Namespace,
    (source, place): (&str, u32),
    path: String,
    body: Option<Vec<u8>>,
) -> Result<Json, Box<Problem>> {
    let name = name(source, place);
    answered(&namespace, &name, &path, body.as_deref()).await.map_err(|fault| {
        host::log_fault(&["shard ", &name, " did not answer"], &fault);
        Problem::Storage.into()
    })
}

async fn answered(
    namespace: &Namespace,
    name: &str,
    path: &str,
    body: Option<&[u8]>,
) -> host::Result<Json> {
    let request = calls::request(&["https://inbox", path].concat(), body)?;
    let response = namespace.ask(name, &request).await?;
    if response.status() != 200 {
        return Err(Fault::new("another status than 200"));
    }
    Json::parse(&body::read_answer(&response).await?).map_err(|_| Fault::new("no JSON"))
}
