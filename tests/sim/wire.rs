//! Between clients and processes: requests and answers get lost, come twice, and take time.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use farthing_server::setup::DEV_SECRET_KEY;
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower_service::Service as _;

use super::process::Process;
use super::world::World;

/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(40);

/// A request, to be sent any number of times.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) path: String,
    /// None to read.
    pub(crate) form: Option<String>,
    pub(crate) key: Option<String>,
}

/// An answer that came.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Ask {
    pub(crate) fn post(path: &str, key: &str, form: &str) -> Self {
        Self { path: path.to_owned(), form: Some(form.to_owned()), key: Some(key.to_owned()) }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self { path: path.to_owned(), form: None, key: None }
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

/// Sends a request once, to one of the processes. None: no answer came, whatever was done.
pub(crate) async fn send(world: &Arc<World>, ask: &Ask) -> Option<Answer> {
    let odds = world.plan.odds;
    world.count("requests", 1);
    world.pause(0, 12).await;
    if world.strikes(odds.lost, "fault: request lost") {
        world.pause(500, 3_000).await;
        return None;
    }
    let process = {
        let processes = world.processes();
        let count = processes.len() as u64;
        processes[usize::try_from(world.draw(|chance| chance.below(count))).unwrap()].clone()
    };
    if process.life.is_over() {
        world.count("refused connections", 1);
        return None;
    }
    if ask.form.is_some() && world.strikes(odds.twice, "fault: request came twice") {
        drop(begin(world, &process, ask));
    }
    let (working, answered) = begin(world, &process, ask);
    if world.strikes(odds.hangs_up, "fault: caller hung up") {
        world.pause(0, 30).await;
        working.abort();
        return None;
    }
    let answer = tokio::select! {
        biased;
        answer = answered => answer.ok(),
        () = process.gone.notified() => None,
        () = tokio::time::sleep(PATIENCE) => None,
    }?;
    world.pause(0, 12).await;
    if world.strikes(odds.unanswered, "fault: answer lost") {
        world.pause(500, 3_000).await;
        return None;
    }
    Some(answer)
}

/// The request arrives, and its process begins to work.
fn begin(
    world: &Arc<World>,
    process: &Process,
    ask: &Ask,
) -> (JoinHandle<()>, oneshot::Receiver<Answer>) {
    let (to, answered) = oneshot::channel();
    let (world, ask, mut router) = (Arc::clone(world), ask.clone(), process.router.clone());
    let working = tokio::spawn(process.life.hold(async move {
        let response = router.call(request(&ask)).await.expect("a router always answers");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("it is in memory").to_bytes();
        let body = String::from_utf8(body.to_vec()).expect("an answer is text");
        world.note(&ask.path, body.as_bytes());
        // Whoever asked may be gone.
        drop(to.send(Answer { status: parts.status.as_u16(), body }));
    }));
    (working, answered)
}

fn request(ask: &Ask) -> Request<Body> {
    let mut request = Request::builder()
        .method(if ask.form.is_some() { "POST" } else { "GET" })
        .uri(&ask.path)
        .header("authorization", format!("Bearer {DEV_SECRET_KEY}"));
    if ask.form.is_some() {
        request = request.header("content-type", "application/x-www-form-urlencoded");
    }
    if let Some(key) = &ask.key {
        request = request.header("idempotency-key", key);
    }
    request.body(Body::from(ask.form.clone().unwrap_or_default())).expect("it is well-formed")
}
