//! A server in memory, and the least client.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use farthing_acquirer::{Entry, Simulator, Totals};
use farthing_core::currency::Currency;
use farthing_core::time::TimestampMs;
use farthing_domain::acquirer::Acquirer;
use farthing_domain::tenant::{Mode, TenantId};
use farthing_server::acquirers::{Connection, Connections, Way};
use farthing_server::app::{App, Shared};
use farthing_server::config::Config;
use farthing_server::router::router;
use farthing_server::setup::{DEV_SECRET_KEY, Kind, RootSource, claim, open_vault};
use farthing_server::wire::Renderer;
use farthing_store::Store;
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower_service::Service as _;

const ROOT: &str = "5b1f0c7e9a3d4286b7e05c1d9f8a3b6c2e4d7081a9b3c5d6e7f8091a2b3c4d5e";

/// A server without a socket.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) app: Shared,
    router: Router,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) replayed: bool,
}

impl Answer {
    /// Status, and the error's code or the object's status.
    pub(crate) fn said(&self) -> String {
        let error = &self.body["error"];
        let word = [&error["code"], &error["type"], &self.body["status"]];
        let word = word.into_iter().find_map(Value::as_str).unwrap_or("-");
        format!("{} {word}", self.status)
    }

    pub(crate) fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_else(|| panic!("no {field} in {}", self.body))
    }
}

impl Server {
    /// A development server in memory, whose network has these faults.
    pub(crate) async fn start(faults: &str, config: Config) -> Self {
        let faults = if faults.is_empty() { "seed=1" } else { faults }.to_owned();
        let app = tokio::task::spawn_blocking(move || {
            let store = Store::open_memory(Arc::new(Renderer::new("http://pay.test")));
            let vault = open_vault(&store, RootSource::Given(ROOT.to_owned())).unwrap();
            claim(&store, &vault, Kind::Dev).unwrap();
            let simulator = Simulator::in_memory(faults.parse().unwrap()).unwrap();
            App::new(store, vault, simulator, config)
        });
        let app = app.await.unwrap();
        Self { router: router(Arc::clone(&app)), app }
    }

    /// A development server in memory, on a network.
    pub(crate) async fn on(
        networks: impl Into<Connections> + Send + 'static,
        config: Config,
    ) -> Self {
        let app = tokio::task::spawn_blocking(move || {
            let store = Store::open_memory(Arc::new(Renderer::new("http://pay.test")));
            let vault = open_vault(&store, RootSource::Given(ROOT.to_owned())).unwrap();
            claim(&store, &vault, Kind::Dev).unwrap();
            App::new(store, vault, networks, config)
        });
        let app = app.await.unwrap();
        Self { router: router(Arc::clone(&app)), app }
    }

    /// The same server after a start: on the same store and network, and nothing remembered.
    pub(crate) async fn again(&self, networks: impl Into<Connections> + Send + 'static) -> Self {
        let (store, config) = (self.app.store.clone(), self.app.config.clone());
        let app = tokio::task::spawn_blocking(move || {
            let vault = open_vault(&store, RootSource::Given(ROOT.to_owned())).unwrap();
            App::new(store, vault, networks, config)
        });
        let app = app.await.unwrap();
        Self { router: router(Arc::clone(&app)), app }
    }

    /// A development server with two acquirers, `a` and `b`, each with its own book and faults.
    pub(crate) async fn start_two(faults: [&'static str; 2], config: Config) -> Self {
        let app = tokio::task::spawn_blocking(move || {
            let store = Store::open_memory(Arc::new(Renderer::new("http://pay.test")));
            let vault = open_vault(&store, RootSource::Given(ROOT.to_owned())).unwrap();
            claim(&store, &vault, Kind::Dev).unwrap();
            let connection = |(number, faults): (usize, &str)| Connection {
                acquirer: Acquirer::ALL[number],
                name: ["a", "b"][number].to_owned(),
                network: Simulator::in_memory(faults.parse().unwrap()).unwrap().into(),
            };
            let networks = faults.into_iter().enumerate().map(connection).collect();
            App::new(store, vault, Connections(networks), config)
        });
        let app = app.await.unwrap();
        Self { router: router(Arc::clone(&app)), app }
    }

    /// What each acquirer's own book says, entry by entry: what was asked, and what is true of it.
    pub(crate) fn books(&self) -> Vec<String> {
        let words = |way: &Way| {
            let entries = way.network.book(|book| book.entries(0, 1_000).unwrap());
            let word = |it: &Entry| format!("{} {}", it.kind.name(), it.state.name());
            let words: Vec<String> = entries.iter().map(word).collect();
            format!("{}: {}", way.name, words.join(", "))
        };
        self.app.acquirers.iter().map(words).collect()
    }

    /// Another process on the same store, told otherwise.
    pub(crate) async fn with(&self, config: Config) -> Self {
        let store = self.app.store.clone();
        let app = tokio::task::spawn_blocking(move || {
            let vault = open_vault(&store, RootSource::Given(ROOT.to_owned())).unwrap();
            let simulator = Simulator::in_memory("seed=1".parse().unwrap()).unwrap();
            App::new(store, vault, simulator, config)
        });
        let app = app.await.unwrap();
        Self { router: router(Arc::clone(&app)), app }
    }

    /// Sends a form under a key.
    pub(crate) async fn post(&self, path: &str, key: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {DEV_SECRET_KEY}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("idempotency-key", key)
            .body(Body::from(form.to_owned()))
            .unwrap();
        self.send(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path)
            .header("authorization", format!("Bearer {DEV_SECRET_KEY}"))
            .body(Body::empty())
            .unwrap();
        self.send(request).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().call(request).await.unwrap();
        let status = response.status().as_u16();
        let replayed = response.headers().contains_key("idempotent-replayed");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status, body, replayed }
    }

    /// Pays at once.
    pub(crate) async fn pay(&self, key: &str) -> Answer {
        let form = "amount=1099&currency=usd&confirm=true&payment_method=pm_card_visa\
                    &payment_method_types[]=card";
        self.post("/v1/payment_intents", key, form).await
    }

    /// What the network's own book says of dollars.
    pub(crate) fn network(&self) -> Totals {
        self.app.acquirers.principal().network.book(|book| book.totals_in(Currency::USD).unwrap())
    }

    /// How many calls the network's book holds.
    pub(crate) fn calls(&self) -> usize {
        self.app.acquirers.principal().network.book(|book| book.entries(0, 1_000).unwrap().len())
    }

    /// Fails unless the books balance.
    pub(crate) async fn audit(&self) {
        let store = self.app.store.clone();
        let report = tokio::task::spawn_blocking(move || store.books().unwrap()).await.unwrap();
        assert!(report.first_bad.is_none(), "{report:?}");
    }

    /// Waits until a look at the server is satisfied.
    pub(crate) async fn until(&self, path: &str, mut good: impl FnMut(&Value) -> bool) -> Value {
        for _ in 0..1_000 {
            let answer = self.get(path).await;
            if good(&answer.body) {
                return answer.body;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{path} never became what was waited for: {}", self.get(path).await.body)
    }
}

/// After everything that is due.
pub(crate) const EVER: TimestampMs = TimestampMs::from_ms(i64::MAX);

/// The development merchant, in test mode.
pub(crate) fn tenant() -> TenantId {
    TenantId::of(1, Mode::Test)
}

/// How often each answer was given.
pub(crate) fn counted(answers: impl IntoIterator<Item = Answer>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for answer in answers {
        *counts.entry(answer.said()).or_insert(0) += 1;
    }
    counts
}

/// A network that is given up on quickly.
pub(crate) fn impatient() -> Config {
    Config { network_timeout: Duration::from_millis(300), ..Config::dev() }
}
