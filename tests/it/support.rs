//! A whole server in memory, spoken to through its router: no socket, no clock to wait for.

mod counts;

use std::fmt::Write as _;
use std::future::poll_fn;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use farthing_acquirer::{BookView, Entry, Faults, Kind as Operation, Simulator, State};
use farthing_domain::command::{Ask as Order, Command, NewKey, OpenMerchant};
use farthing_domain::key::Rights;
use farthing_domain::tenant::{KeyClass, Mode, Pages, TenantId};
use farthing_domain::view::Row;
use farthing_server::acquirers::{Acquirer, Connection, Connections, Way};
use farthing_server::app::{App, Shared};
use farthing_server::config::Config;
use farthing_server::setup::{self, Kind, RootSource};
use farthing_server::wire::Renderer;
use farthing_server::{entropy, flow, recover, router};
use farthing_store::Store;
use farthing_vault::Vault;
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower_service::Service;

use crate::cluster::Database;

pub(crate) use self::counts::counts;

/// The dev merchant's secret key.
pub(crate) const SECRET: &str = setup::DEV_SECRET_KEY;
/// The dev merchant's publishable key.
pub(crate) const PUBLISHABLE: &str = setup::DEV_PUBLISHABLE_KEY;
/// The dev merchant's publishable key that takes cards from scripts.
pub(crate) const SCRIPTS: &str = setup::DEV_SCRIPTS_KEY;
/// Another merchant's secret key.
pub(crate) const STRANGER: &str = "sk_test_stranger_000000";
/// The dev merchant's live key.
pub(crate) const LIVE: &str = "sk_live_farthing_0000000";
/// An operator's key.
pub(crate) const OPERATOR: &str = "op_farthing_000000000000";

/// The root key of every server here.
pub(crate) const ROOT: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// Where rows are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// The reference engine.
    Memory,
    /// A file in a temporary folder.
    Sqlite,
    /// A database of the tests' own cluster.
    Postgres,
}

/// One server.
pub(crate) struct Server {
    pub(crate) app: Shared,
    router: Router,
    runtime: Runtime,
    dir: TempDir,
    /// Dropped after whatever uses it.
    database: Option<Database>,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    method: Method,
    path: String,
    key: Option<String>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) json: Value,
}

impl Ask {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            key: Some(SECRET.to_owned()),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub(crate) fn post(path: &str, form: &str) -> Self {
        let form_type = "application/x-www-form-urlencoded";
        Self::new("POST", path).header("content-type", form_type).body(form)
    }

    /// From `POST /v1/x a=1&b=2`.
    pub(crate) fn line(line: &str) -> Self {
        let mut parts = line.splitn(3, ' ');
        let (method, path) = (parts.next().unwrap(), parts.next().unwrap());
        match (method, parts.next().unwrap_or_default()) {
            ("POST", form) => Self::post(path, form),
            (method, "") => Self::new(method, path),
            (method, query) => Self::new(method, &format!("{path}?{query}")),
        }
    }

    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn idempotent(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// As the card frame sends it: a page of this server.
    pub(crate) fn in_frame(self) -> Self {
        self.on_page("http://127.0.0.1:4242")
    }

    /// As a page of some origin sends it to this server.
    pub(crate) fn on_page(self, origin: &str) -> Self {
        self.header("origin", origin).header("host", "127.0.0.1:4242")
    }

    pub(crate) fn by(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(header, _)| header.eq_ignore_ascii_case(name))
    }

    pub(crate) fn by_nobody(mut self) -> Self {
        self.key = None;
        self
    }
}

impl Server {
    /// A server with nothing in it but its keys.
    pub(crate) fn new(engine: Engine) -> Self {
        Self::with(engine, Config::dev(), Faults::none())
    }

    /// The same on memory, where most tests live, unless a run asks for PostgreSQL:
    /// `FARTHING_TEST_ENGINE=postgres cargo nextest run -p farthing-tests -E 'test(http::)'`.
    #[expect(clippy::disallowed_methods, reason = "what a whole run is about")]
    pub(crate) fn memory() -> Self {
        let wanted = std::env::var("FARTHING_TEST_ENGINE");
        Self::new(match wanted.as_deref() {
            Ok("postgres") => Engine::Postgres,
            _ => Engine::Memory,
        })
    }

    pub(crate) fn with(engine: Engine, config: Config, faults: Faults) -> Self {
        Self::at(engine, config, Simulator::in_memory(faults).unwrap())
    }

    /// A server with two acquirers, of which the first has faults.
    pub(crate) fn with_two(config: Config, faults: Faults) -> Self {
        let faults = [(Acquirer::ALL[0], faults), (Acquirer::ALL[1], Faults::none())];
        let connection = |(acquirer, faults)| Connection {
            acquirer,
            name: format!("network-{acquirer}"),
            network: Simulator::in_memory(faults).unwrap().into(),
        };
        Self::at(Engine::Memory, config, Connections(faults.into_iter().map(connection).collect()))
    }

    fn at(engine: Engine, config: Config, networks: impl Into<Connections>) -> Self {
        let dir = folder();
        let renderer = Arc::new(Renderer::new(config.public_url.clone()));
        let database = (engine == Engine::Postgres).then(Database::new);
        let store = match engine {
            Engine::Memory => Store::open_memory(renderer),
            Engine::Sqlite => Store::open_sqlite(dir.path(), renderer).unwrap(),
            Engine::Postgres => {
                let url = database.as_ref().unwrap().url();
                Store::open_postgres(&url, renderer).unwrap()
            }
        };
        let vault = setup::open_vault(&store, RootSource::Given(ROOT.to_owned())).unwrap();
        setup::claim(&store, &vault, Kind::Dev).unwrap();
        let app = App::new(store, vault, networks, config);
        add_keys(&app);
        let router = router::router(Arc::clone(&app));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { app, router, runtime, dir, database }
    }

    /// Sends one request and reads its answer whole.
    pub(crate) fn send(&self, ask: Ask) -> Answer {
        self.runtime.block_on(answer(self.router.clone(), ask))
    }

    /// Sends one request whose answer may not be text.
    pub(crate) fn send_raw(&self, ask: Ask) -> Raw {
        self.runtime.block_on(raw(self.router.clone(), ask))
    }

    /// Sends one request and hangs up before it is answered, after the server has had so many turns.
    pub(crate) fn hang_up(&self, ask: Ask, turns: usize) {
        let quiet = self.runtime.metrics().num_alive_tasks();
        self.runtime.block_on(async {
            let mut call = pin!(raw(self.router.clone(), ask));
            for _ in 0..turns {
                let turn = poll_fn(|context| Poll::Ready(call.as_mut().poll(context)));
                if turn.await.is_ready() {
                    break;
                }
                pause().await;
            }
        });
        // What does not depend on the caller goes on to its end.
        let ended = async {
            while self.runtime.metrics().num_alive_tasks() > quiet {
                pause().await;
            }
        };
        self.runtime
            .block_on(async { tokio::time::timeout(Duration::from_secs(20), ended).await })
            .expect("what the hung-up call began comes to its end");
    }

    /// Sends several at once.
    pub(crate) fn send_all(&self, asks: impl IntoIterator<Item = Ask>) -> Vec<Answer> {
        self.runtime.block_on(async {
            let tasks: Vec<_> = asks
                .into_iter()
                .map(|ask| tokio::spawn(answer(self.router.clone(), ask)))
                .collect();
            let mut answers = Vec::new();
            for task in tasks {
                answers.push(task.await.unwrap());
            }
            answers
        })
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(Ask::get(path))
    }

    pub(crate) fn post(&self, path: &str, form: &str) -> Answer {
        self.send(Ask::post(path, form))
    }

    /// Posts what must succeed.
    pub(crate) fn made(&self, path: &str, form: &str) -> Value {
        let answer = self.post(path, form);
        assert_eq!(answer.status, 200, "{path} {form}: {}", answer.body);
        answer.json
    }

    /// A paid intent.
    pub(crate) fn paid(&self, amount: i64) -> Value {
        let form = format!("amount={amount}&currency=usd&payment_method=pm_card_visa&confirm=true");
        self.made("/v1/payment_intents", &form)
    }

    /// Hears what is new from the network; how many pieces that was.
    pub(crate) fn hear_news(&self) -> usize {
        self.runtime.block_on(farthing_server::news::round(&self.app)).unwrap()
    }

    /// Looks at the calls whose outcome is unknown, as a server does when it starts.
    pub(crate) fn recover(&self) {
        self.runtime.block_on(async {
            let left = recover::inherited(&self.app).await;
            let looked = recover::run(Arc::clone(&self.app), left);
            drop(tokio::time::timeout(Duration::from_millis(300), looked).await);
        });
    }

    /// Runs what the server does beside its requests.
    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The vault that another process would have of the same data.
    pub(crate) fn vault_again(&self) -> Vault {
        setup::open_vault(&self.app.store, RootSource::Given(ROOT.to_owned())).unwrap()
    }

    /// How the database is reached, if it is one.
    pub(crate) fn url(&self) -> Option<String> {
        self.database.as_ref().map(Database::url)
    }

    /// Where the data is, if it is files.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// All files of the data, one after the other, as they lie there.
    pub(crate) fn files(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.dir.path()).unwrap();
        files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }

    /// Every stored row.
    pub(crate) fn rows(&self) -> Vec<Row> {
        self.app.store.dump().unwrap()
    }

    /// Sends what must be refused; nothing may be written, and no network call made.
    pub(crate) fn refused(&self, ask: Ask) -> Answer {
        let (before, calls) = (self.rows(), self.calls());
        let asked = format!("{ask:?}");
        let answer = self.send(ask);
        assert_ne!(answer.status, 200, "{asked}: {}", answer.body);
        assert_eq!(self.rows(), before, "a refused request wrote something: {asked}");
        assert_eq!(self.calls(), calls, "a refused request reached the network: {asked}");
        answer
    }

    /// Checks one line per refusal: `POST /path form => status type code param`.
    pub(crate) fn check_refusals(&self, table: &str) {
        let mut wrong = String::new();
        for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (ask, expected) = line.rsplit_once("=>").expect("a line has an arrow");
            let answer = self.refused(Ask::line(ask.trim()));
            if answer.said() != expected.trim() {
                let (said, expected) = (answer.said(), expected.trim());
                writeln!(wrong, "{ask}\n  said {said}\n  not  {expected}\n  {}", answer.body)
                    .unwrap();
            }
        }
        assert!(wrong.is_empty(), "\n{wrong}");
    }

    /// Reads the book of the acquirer that is asked first.
    pub(crate) fn book<R>(&self, read: impl FnOnce(&BookView) -> R) -> R {
        self.app.acquirers.principal().network.book(read)
    }

    /// How many charges the network's own books hold: funds that are reserved, or were taken.
    pub(crate) fn charges_in_the_book(&self) -> usize {
        let book = |way: &Way| way.network.book(|book| book.entries(0, 10_000).unwrap());
        let entries: Vec<Entry> = self.app.acquirers.iter().flat_map(book).collect();
        let charged = |entry: &&Entry| {
            entry.kind == Operation::Authorize && matches!(entry.state, State::Held | State::Taken)
        };
        entries.iter().filter(charged).count()
    }

    /// How many operations the network's own book holds.
    pub(crate) fn calls(&self) -> usize {
        self.book(|book| book.entries(0, 10_000).unwrap().len())
    }
}

/// One answer as bytes.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Raw {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Answer {
    /// `200 payment_intent succeeded`, or `400 invalid_request_error parameter_unknown nope`.
    pub(crate) fn said(&self) -> String {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let error = &self.json["error"];
        let parts = if error.is_object() {
            vec![text(&error["type"]), text(&error["code"]), text(&error["param"])]
        } else {
            vec![text(&self.json["object"]), text(&self.json["status"])]
        };
        format!("{} {}", self.status, parts.join(" "))
    }

    pub(crate) fn message(&self) -> &str {
        self.json["error"]["message"].as_str().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn id(&self) -> &str {
        id(&self.json)
    }
}

/// The id of an object.
pub(crate) fn id(object: &Value) -> &str {
    object["id"].as_str().expect("an object has an id")
}

/// Long enough for the store, which works beside this, to take its part.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

async fn answer(router: Router, ask: Ask) -> Answer {
    let Raw { status, headers, body } = raw(router, ask).await;
    let body = String::from_utf8(body).unwrap();
    let json = serde_json::from_str(&body).unwrap_or(Value::Null);
    Answer { status, headers, body, json }
}

async fn raw(mut router: Router, ask: Ask) -> Raw {
    let mut request = Request::builder().method(ask.method).uri(ask.path);
    if let Some(key) = ask.key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    for (name, value) in ask.headers {
        request = request.header(name, value);
    }
    let request = request.body(Body::from(ask.body)).unwrap();
    let response = Service::call(&mut router, request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Raw { status: parts.status.as_u16(), headers: parts.headers, body }
}

/// A folder of one server. In a whole run it is kept, and searched for card numbers at the end.
pub(crate) fn folder() -> TempDir {
    #[expect(clippy::disallowed_methods, reason = "where the run keeps what its tests write")]
    let kept = std::env::var_os("FARTHING_TEST_DIR");
    match kept {
        Some(kept) => {
            std::fs::create_dir_all(&kept).unwrap();
            tempfile::Builder::new().prefix("it-").disable_cleanup(true).tempdir_in(kept).unwrap()
        }
        None => TempDir::new().unwrap(),
    }
}

/// A second merchant, a live key and an operator's.
fn add_keys(app: &App) {
    let key = |text: &str, class, tenant| NewKey {
        hash: app.vault.hash_api_key(text),
        class,
        tenant,
        hint: "0000".to_owned(),
        pages: Pages::default(),
        rights: Rights::default(),
    };
    let number = 2;
    let second = OpenMerchant {
        number,
        account: farthing_core::id::MerchantId::new(app.clock.now(), entropy::bytes()),
        name: "Second".to_owned(),
        keys: vec![
            key(STRANGER, KeyClass::Secret, TenantId::of(number, Mode::Test)),
            key(LIVE, KeyClass::Secret, TenantId::of(1, Mode::Live)),
            key(OPERATOR, KeyClass::Operator, TenantId::from_raw(0)),
        ],
        platform: None,
    };
    let order = Order::OpenMerchant(Box::new(second));
    let Command { meta, ask } = flow::own(app, TenantId::of(number, Mode::Test), order);
    app.store.submit_blocking(Command { meta, ask }).unwrap();
}
