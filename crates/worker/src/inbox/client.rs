//! The Worker's side of the inbox: which shard, and what its silence means.

use std::cell::RefCell;

use farthing_core::inbox::shard;
use farthing_core::print::Digits;

use super::{Accepted, Arrival, frame};
use crate::body;
use crate::calls;
use crate::config::{Config, ConfigError};
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
) -> Result<Accepted, Problem> {
    let about = arrival.object.as_deref().unwrap_or(&arrival.id);
    let place = shard(about, spread(env, config, &arrival.source).await?);
    let framed = frame::join(arrival, body).ok_or(Problem::Storage)?;
    let shard = (arrival.source.as_str(), place);
    let asked = ask(namespace(env)?, shard, "/accept".to_owned(), Some(framed));
    read(shard, asked.await, Accepted::from_json)
}

/// Asks one shard.
///
/// # Errors
/// [`Problem::Storage`] when it does not answer.
pub(crate) async fn ask_one<T>(
    env: &Env,
    shard: (&str, u32),
    (path, body): (&str, Option<Vec<u8>>),
    shape: impl Fn(&Json) -> Option<T>,
) -> Result<T, Problem> {
    read(shard, ask(namespace(env)?, shard, path.to_owned(), body).await, shape)
}

/// Asks every shard of a source, in the order of the shards.
///
/// # Errors
/// [`Problem::Storage`] when one of them does not answer.
pub(crate) async fn ask_all<T>(
    env: &Env,
    config: &Config,
    source: &str,
    path: impl Fn(u32) -> String,
    shape: impl Fn(&Json) -> Option<T>,
) -> Result<Vec<T>, Problem> {
    let namespace = namespace(env)?;
    let ask = |place| ask(namespace.clone(), (source, place), path(place), None);
    let answers = join_all((0..spread(env, config, source).await?).map(ask).collect()).await;
    let answers = (0..).zip(answers);
    answers.map(|(place, answer)| read((source, place), answer, &shape)).collect()
}

/// Wakes every shard of every source: each sets its alarm and forgets what is long done. One that
/// does not answer is logged; the others are woken all the same.
pub(crate) async fn wake_all(env: &Env, config: &Config) {
    for source in config.sources.keys() {
        ask_all(env, config, source, |_| "/sweep".to_owned(), Json::flag).await.ok();
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
    let path = ["/spread?wanted=", Digits::of(config.shards.into()).as_str()].concat();
    let spread = ask_one(env, (source, 0), (&path, None), Json::whole).await?;
    let spread = u32::try_from(spread).map_err(|_| Problem::Storage)?;
    SPREAD.with_borrow_mut(|known| known.insert(source.to_owned(), spread));
    Ok(spread)
}

fn namespace(env: &Env) -> Result<Namespace, Problem> {
    let why = "the Durable Object of class Inbox keeps what arrives";
    let missing = ConfigError::Missing { variable: BINDING, why };
    env.objects(BINDING).ok_or(Problem::Config(missing))
}

/// What a shard answered, in the shape it should have.
fn read<T>(
    (source, place): (&str, u32),
    answer: host::Result<Json>,
    shape: impl Fn(&Json) -> Option<T>,
) -> Result<T, Problem> {
    let broken = || Fault::new("another shape than asked for");
    answer.and_then(|json| shape(&json).ok_or_else(broken)).map_err(|fault| {
        let shard = ["shard ", &name(source, place), " did not answer"];
        host::log_fault(&shard, &fault);
        Problem::Storage
    })
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
) -> host::Result<Json> {
    let request = calls::request(&["https://inbox", &path].concat(), body.as_deref())?;
    let response = namespace.ask(&name(source, place), &request).await?;
    if response.status() != 200 {
        return Err(Fault::new("another status than 200"));
    }
    let body = body::read_answer(&response).await?;
    Json::parse(&body).map_err(|_| Fault::new("no JSON"))
}
