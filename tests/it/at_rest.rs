//! What lies on disk: no API key, no webhook secret, no card and no root key in the clear, before and
//! after the vault has another encryption key, on either engine; and what a rotation leaves as it was.

use std::fmt::Write as _;
use std::process::Command;
use std::sync::Arc;

use farthing_acquirer::{Faults, Simulator};
use farthing_core::id::PaymentMethodId;
use farthing_domain::tenant::{Mode, TenantId};
use farthing_domain::view::{Key, Row};
use farthing_server::app::{App, Shared};
use farthing_server::config::Config;
use farthing_server::setup::{self, RootSource};
use farthing_server::wire::Renderer;
use farthing_server::{rotation, trail};
use farthing_store::Store;
use farthing_vault::{CardScope, Vault};
use serde_json::Value;

use crate::cluster::{self, Database};
use crate::support::{Ask, Engine, OPERATOR, ROOT, SECRET, Server, folder, id};

const WE: &str = "/v1/webhook_endpoints";
const HOOK: &str = "url=https://shop.example/hook&enabled_events[]=*";
const CARD: &str = "4000056655665556";

/// Everything that must not be found anywhere.
struct Canaries(Vec<Vec<u8>>);

impl Canaries {
    /// A secret, and the part of it that is secret: its prefix says only what it is.
    fn secret(&mut self, text: &str) {
        let tail = text.rsplit('_').next().unwrap();
        assert!(tail.len() >= 12, "{text}");
        self.0.push(tail.as_bytes().to_vec());
    }

    /// Which of them is there: as it is, or in hexadecimal as a dump has it.
    fn leaked(&self, bytes: &[u8]) -> Option<String> {
        let there = |canary: &[u8]| bytes.windows(canary.len()).any(|part| part == canary);
        let found = |canary: &&Vec<u8>| there(canary) || there(hex(canary).as_bytes());
        self.0.iter().find(found).map(|canary| String::from_utf8_lossy(canary).into_owned())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// The files as they lie there, or a dump of the database, and all rows unpacked.
fn persisted(server: &Server) -> Vec<u8> {
    let mut all = server.files();
    if let Some(url) = server.url() {
        all.extend(dump(&url));
    }
    for row in server.rows() {
        all.extend_from_slice(format!("{row:?}").as_bytes());
        if let Row::Body(body) = &row {
            all.extend_from_slice(&body.bytes);
        }
        for seal in seals(&row) {
            all.extend_from_slice(seal);
        }
    }
    all
}

/// As `pg_dump` writes it.
fn dump(url: &str) -> Vec<u8> {
    let dumped = Command::new(cluster::programs().join("pg_dump")).arg(url).output().unwrap();
    assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
    dumped.stdout
}

fn seals(row: &Row) -> Vec<&Vec<u8>> {
    match row {
        Row::Method(row) => vec![&row.sealed],
        Row::Token(row) => vec![&row.sealed],
        Row::BankAccount(row) => vec![&row.details.sealed],
        Row::Endpoint(row) => {
            let former = row.old_secret.iter().map(|former| &former.sealed);
            std::iter::once(&row.sealed_secret).chain(former).collect()
        }
        _ => Vec::new(),
    }
}

fn typed() -> String {
    format!("type=card&card[number]={CARD}&card[exp_month]=12&card[exp_year]=2040&card[cvc]=123")
}

/// A server with one of everything that is secret.
fn busy(canaries: &mut Canaries, engine: Engine) -> (Server, Value) {
    let server = Server::new(engine);
    canaries.0.push(CARD.as_bytes().to_vec());
    canaries.0.push(ROOT.as_bytes().to_vec());
    canaries.0.push((0..32).collect());
    canaries.0.push(SECRET.as_bytes().to_vec());
    canaries.0.push(OPERATOR.as_bytes().to_vec());
    let customer = server.made("/v1/customers", "name=Ann");
    let card = server.made("/v1/payment_methods", &typed());
    let attach = format!("/v1/payment_methods/{}/attach", id(&card));
    let card = server.made(&attach, &format!("customer={}", id(&customer)));
    server.made("/v1/tokens", &typed().replace("type=card&", ""));
    let bank = "country=US&currency=usd&routing_number=110000000&account_number=000123456789";
    server.made("/v1/farthing/bank_accounts", bank);
    canaries.0.push(b"000123456789".to_vec());
    let made = server.send(Ask::post(WE, HOOK).idempotent("hook-1"));
    canaries.secret(made.json["secret"].as_str().unwrap());
    let roll = format!("/v1/farthing/webhook_endpoints/{}/roll_secret", made.id());
    let rolled = server.made(&roll, "expires_in=86400");
    canaries.secret(rolled["secret"].as_str().unwrap());
    let keys = server.send(
        Ask::post("/v1/farthing/merchants", "number=9&name=Nine").by(OPERATOR).idempotent("nine-1"),
    );
    for key in keys.json["keys"].as_array().unwrap() {
        let text = key["key"].as_str().unwrap();
        if !text.starts_with("pk_") {
            canaries.secret(text);
        }
    }
    // Somebody's key that opens nothing here may open something elsewhere.
    let foreign = "sk_live_of_somebody_else_0123456789abcdef";
    assert_eq!(server.send(Ask::get("/v1/charges").by(foreign)).status, 401);
    canaries.secret(foreign);
    let app = Arc::clone(&server.app);
    server.block_on(async move { trail::note_uses(&app).await.unwrap() });
    let agent = server.made("/v1/farthing/keys", "class=restricted&scopes[events]=read");
    canaries.secret(agent["key"].as_str().unwrap());
    (server, card)
}

fn pay(server: &Server, card: &Value) -> Value {
    let form = format!(
        "amount=1000&currency=usd&confirm=true&customer={}&payment_method={}",
        card["customer"].as_str().unwrap(),
        id(card)
    );
    server.made("/v1/payment_intents", &form)
}

#[test]
fn no_secret_is_in_the_files_before_or_after_a_rotation() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut canaries = Canaries(Vec::new());
        let (server, card) = busy(&mut canaries, engine);
        pay(&server, &card);
        assert_eq!(canaries.leaked(&persisted(&server)), None, "{engine:?}");
        rotate(&server);
        pay(&server, &card);
        assert_eq!(canaries.leaked(&persisted(&server)), None, "{engine:?}");
        // A search that finds nothing proves nothing: one is planted. No card: what this leaves behind
        // is searched for those.
        server.made("/v1/customers", &format!("description={ROOT}"));
        let found = canaries.leaked(&persisted(&server));
        assert!(found.is_some(), "{engine:?}: a planted key is found");
    }
}

/// A dump of a database, read into another one: the same books, the same trail, the same keys, and no
/// line of the trail can be changed there either.
#[test]
fn a_dump_of_a_database_is_the_same_books_where_it_is_read_in() {
    let (server, card) = busy(&mut Canaries(Vec::new()), Engine::Postgres);
    rotate(&server);
    pay(&server, &card);
    let other = Database::new();
    let file = folder();
    let file = file.path().join("dump.sql");
    std::fs::write(&file, dump(&server.url().unwrap())).unwrap();
    let script = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", file.to_str().unwrap()];
    let read = Command::new(cluster::programs().join("psql"))
        .args(["-d", &other.url()])
        .args(script)
        .output()
        .unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let before = server.app.store.books().unwrap();
    assert!(before.first_bad.is_none(), "{before:?}");
    assert_eq!(Store::read_postgres(&other.url()).unwrap().books().unwrap(), before);
    let store = Store::open_postgres(&other.url(), Arc::new(Renderer::new(""))).unwrap();
    let vault = setup::open_vault(&store, RootSource::Given(ROOT.to_owned())).unwrap();
    assert_eq!(vault.newest_key(), 1);
    let trail = |store: &Store| {
        let store = store.clone();
        server.block_on(async move { store.trail(None, 1_000).await.unwrap() })
    };
    assert_eq!(trail(&store), trail(&server.app.store));
}

/// Another key, and everything sealed anew.
fn rotate(server: &Server) -> usize {
    let answer = server.send(Ask::post("/v1/farthing/vault/rotate", "").by(OPERATOR));
    assert_eq!((answer.status, &answer.json["status"]), (200, &"in_progress".into()));
    let app = Arc::clone(&server.app);
    let count = server.block_on(async move { rotation::round(&app).await.unwrap() });
    let shown = server.send(Ask::get("/v1/farthing/vault").by(OPERATOR)).json;
    assert_eq!(shown["status"], "complete", "{shown}");
    count
}

#[test]
fn a_rotation_seals_everything_anew_and_changes_nothing_else() {
    for engine in [Engine::Memory, Engine::Sqlite, Engine::Postgres] {
        seals_everything_anew(engine);
    }
}

fn seals_everything_anew(engine: Engine) {
    let mut canaries = Canaries(Vec::new());
    let (server, card) = busy(&mut canaries, engine);
    let before = server.rows();
    let fingerprint = card["card"]["fingerprint"].clone();
    // Asked for while nothing is sealed anew yet: cards are charged and read all the same.
    let answer = server.send(Ask::post("/v1/farthing/vault/rotate", "").by(OPERATOR));
    assert_eq!(answer.json["encryption_keys"], 2);
    assert_eq!(pay(&server, &card)["status"], "succeeded");
    let fresh = server.made("/v1/payment_methods", &typed());
    assert_eq!(fresh["card"]["fingerprint"], fingerprint, "fingerprints stay");
    let keys: Vec<u8> = server.rows().iter().flat_map(first_bytes).collect();
    assert!(keys.contains(&0) && keys.contains(&1), "old seals, and new ones: {keys:?}");

    let app = Arc::clone(&server.app);
    let count = server.block_on(async move { rotation::round(&app).await.unwrap() });
    assert!(count >= 4, "{count}");
    let rows = server.rows();
    assert!(rows.iter().flat_map(first_bytes).all(|key| key == 1), "all under the newest");
    assert_eq!(pay(&server, &card)["status"], "succeeded");
    let again = server.get(&format!("/v1/payment_methods/{}", id(&card))).json;
    assert_eq!(again["card"]["fingerprint"], fingerprint);
    // What was made under the first key is answered as it was.
    let replay = server.send(Ask::post(WE, HOOK).idempotent("hook-1"));
    assert_eq!(replay.header("idempotent-replayed"), Some("true"));
    canaries.secret(replay.json["secret"].as_str().unwrap());
    assert!(before.len() < rows.len());
    // Once more: a third key, and a second round for those who have everything already.
    assert!(rotate(&server) >= 4);
    let app = Arc::clone(&server.app);
    assert_eq!(server.block_on(async move { rotation::round(&app).await.unwrap() }), 0);
}

fn first_bytes(row: &Row) -> Vec<u8> {
    seals(row).into_iter().filter_map(|seal| seal.first().copied()).collect()
}

/// A process that starts with the root key alone opens what a later key sealed.
#[test]
fn the_keys_are_there_after_a_restart() {
    let mut canaries = Canaries(Vec::new());
    let (server, card) = busy(&mut canaries, Engine::Sqlite);
    rotate(&server);
    let vault = server.vault_again();
    assert_eq!(vault.newest_key(), 1);
    let id = PaymentMethodId::parse(id(&card)).unwrap();
    let row = server.rows().into_iter().find_map(|row| match row {
        Row::Method(row) if row.id == id => Some(row),
        _ => None,
    });
    let row = row.unwrap();
    let scope = CardScope { tenant: row.tenant.raw(), method: row.id };
    let seen = vault.with_card(&row.sealed, scope, None, |card| card.number().to_owned());
    assert_eq!(seen.unwrap(), CARD);
}

/// Two processes on one database: each makes keys, none writes over the other's, and both open what
/// either sealed, without having been told.
#[test]
fn keys_of_one_process_are_known_to_the_other() {
    let (server, card) = busy(&mut Canaries(Vec::new()), Engine::Postgres);
    let url = server.url().unwrap();
    let shared = |vault: Vault, store: &Store| {
        let stored = store.clone();
        vault.look_elsewhere(move || setup::vault_keys(&stored));
        let config = Config { alone: false, ..Config::dev() };
        App::new(store.clone(), vault, Simulator::in_memory(Faults::none()).unwrap(), config)
    };
    let store = Store::open_postgres(&url, Arc::new(Renderer::new(""))).unwrap();
    let one = shared(server.vault_again(), &server.app.store);
    let other = shared(server.vault_again(), &store);
    let open = |app: &Shared| {
        let id = PaymentMethodId::parse(id(&card)).unwrap();
        let key = Key::Method(TenantId::of(1, Mode::Test), id);
        let app = Arc::clone(app);
        server.block_on(async move {
            let view = app.store.fetch(vec![key]).await.unwrap();
            let row = view.method(TenantId::of(1, Mode::Test), id).unwrap().clone();
            let scope = CardScope { tenant: row.tenant.raw(), method: row.id };
            app.vault.with_card(&row.sealed, scope, None, |card| card.number().to_owned()).unwrap()
        })
    };
    // A round waits until the others know.
    server.block_on(async { tokio::time::pause() });
    for (turn, app) in [(1, &one), (2, &other), (3, &one), (4, &one), (5, &other)] {
        server.block_on(rotation::rotate(app)).unwrap();
        assert_eq!(app.vault.newest_key(), turn, "never over the other's key");
        let resealed = server.block_on(rotation::round(app)).unwrap();
        assert!(resealed > 0);
        assert_eq!((open(&one).as_str(), open(&other).as_str()), (CARD, CARD));
    }
    assert_eq!(server.vault_again().newest_key(), 5, "all of them are stored");
}

#[test]
fn the_257th_key_is_refused_and_nothing_is_changed() {
    let server = Server::memory();
    let ask = || server.send(Ask::post("/v1/farthing/vault/rotate", "").by(OPERATOR));
    for keys in 2..=256 {
        let answer = ask();
        assert_eq!((answer.status, answer.json["encryption_keys"].as_i64()), (200, Some(keys)));
    }
    let refused = ask();
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert_eq!(refused.json["error"]["type"], "invalid_request_error");
    assert_eq!(server.vault_again().newest_key(), 255);
    server.paid(1000);
}
