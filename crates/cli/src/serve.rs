//! `farthing serve`.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use farthing_server::app::App;
use farthing_server::breaker;
use farthing_server::config::{Config, CrashPoint};
use farthing_server::gate::{self, Limits, REQUESTS_MAX, Rate};
use farthing_server::serve::CONNECTIONS_MAX;
use farthing_server::setup::{self, DEV_PUBLISHABLE_KEY, DEV_SECRET_KEY, Kind};
use farthing_server::trail;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::args::{Crash, DEV_FOLDER, FOLDER, Serve};
use crate::failure::Failure;
use crate::{acquirers, files};

/// Requests a second of one key: five times what the wire's model lets in, for a publishable key is
/// shared by every shopper of a site.
const RATE_DEFAULT: u32 = 500;

pub(crate) fn run(options: &Serve) -> Result<ExitCode, Failure> {
    log();
    files::raise_limit();
    check(options)?;
    let runtime = Runtime::new().map_err(|error| Failure::system("No runtime", &error))?;
    // Bound first: the address may be asked for as port 0, and the public URL follows from it.
    let listener = runtime.block_on(TcpListener::bind(options.listen)).map_err(|error| {
        Failure::system(&format!("Cannot listen on {}", options.listen), &error)
    })?;
    let address = listener.local_addr().map_err(|error| Failure::system("No address", &error))?;
    let tls = match (&options.tls_cert, &options.tls_key) {
        (Some(certificates), Some(key)) => {
            Some(farthing_server::serve::tls(certificates, key).map_err(|error| {
                Failure::system("The certificate or its key is no good", &error)
            })?)
        }
        _ => None,
    };
    let public_url = options
        .public_url
        .clone()
        .unwrap_or_else(|| format!("{}://{address}", if tls.is_some() { "https" } else { "http" }));
    let place = options.place.or(if options.dev { DEV_FOLDER } else { FOLDER });
    let root = place.root()?;
    let store = place.store(&public_url)?;
    let vault = setup::open_vault(&store, root)?;
    setup::claim(&store, &vault, if options.dev { Kind::Dev } else { Kind::Production })?;
    let networks = acquirers::connect(options, &place, &store)?;
    trail::by_hand(&store, begun(options))?;
    if !place.alone() {
        let stored = store.clone();
        vault.look_elsewhere(move || setup::vault_keys(&stored));
    }
    let limits_at = limits_at(options)?;
    let config = Config { alone: place.alone(), limits_at, ..config(options, public_url) };
    let app = App::new(store, vault, networks, config);
    let ready = Ready { address, dev: options.dev, encrypted: tls.is_some() };
    runtime.block_on(async {
        let stop = stop()?;
        ready.say();
        farthing_server::serve::serve(app, listener, tls, stop).await;
        Ok(ExitCode::SUCCESS)
    })
}

/// A start as the trail has it, with what decides how long things are kept and who is let in.
fn begun(options: &Serve) -> String {
    format!(
        "serve version={} dev={} simulate_live={} idempotency_retention_hours={}",
        env!("CARGO_PKG_VERSION"),
        options.dev,
        options.simulate_live,
        options.idempotency_retention_hours
    )
}

/// What flags ask for together must make sense together (decision 10).
fn check(options: &Serve) -> Result<(), Failure> {
    let loopback = options.listen.ip().is_loopback();
    let refuse = |sentence: &str| Err(Failure::Usage(sentence.to_owned()));
    if options.dev && !loopback {
        return refuse(
            "A development process has keys that everybody knows: it listens on loopback only.",
        );
    }
    if options.dev && options.simulate_live {
        return refuse("A development process has no live keys: leave --simulate-live out.");
    }
    if !loopback && options.tls_cert.is_none() && !options.behind_tls_proxy {
        return refuse(
            "Outside loopback, keys and cards must travel encrypted: give --tls-cert and --tls-key, or say --behind-tls-proxy.",
        );
    }
    if (!loopback || options.behind_tls_proxy) && options.public_url.is_none() {
        return refuse(
            "The card frame and the challenge page must know where browsers reach them: give --public-url.",
        );
    }
    Ok(())
}

fn config(options: &Serve, public_url: String) -> Config {
    let base = Config::default();
    Config {
        dev: options.dev,
        simulate_live: options.simulate_live,
        behind_tls_proxy: options.behind_tls_proxy,
        public_url,
        delivery_timeout: Duration::from_millis(options.delivery_timeout_ms),
        limits: limits(options),
        connections: connections(files::limit()),
        breaker: breaker::Settings {
            failures: options.breaker_failures,
            open_ms: options.breaker_open_ms,
        },
        key_retention_ms: options.idempotency_retention_hours * 60 * 60 * 1_000,
        network_timeout: options
            .network_timeout_ms
            .map_or(base.network_timeout, Duration::from_millis),
        crash_at: options
            .crash_at
            .map(|Crash::BetweenAnswerAndCommit| CrashPoint::BetweenAnswerAndCommit),
        ..base
    }
}

/// How much is let in. A development process has no limit of requests unless it is told one: nobody
/// is to wait for a sandbox.
fn limits(options: &Serve) -> Limits {
    let test = options.rate_limit_test.unwrap_or(if options.dev { 0 } else { RATE_DEFAULT });
    Limits {
        live: Rate::per_second(options.rate_limit_live.unwrap_or(RATE_DEFAULT)),
        test: Rate::per_second(test),
        requests: usize::try_from(options.requests_max).unwrap_or(REQUESTS_MAX),
    }
}

/// Connections at one time. A quarter of the files that may be open is left to the store and to what
/// this process sends.
fn connections(files: Option<u64>) -> usize {
    let most = files.map_or(u64::MAX, |files| (files / 4).saturating_mul(3).max(1));
    usize::try_from(most).unwrap_or(CONNECTIONS_MAX).min(CONNECTIONS_MAX)
}

/// Where limits are counted in common. The URL may hold a password: nothing of it is repeated.
fn limits_at(options: &Serve) -> Result<Option<gate::Place>, Failure> {
    let parsed = options.limits.as_deref().map(gate::Place::parse).transpose();
    parsed.map_err(|error| Failure::Usage(error.to_string()))
}

/// SIGTERM or control-C.
pub(crate) fn stop() -> Result<impl Future<Output = ()> + Send, Failure> {
    let no_signals = |error| Failure::system("Signals cannot be heard", &error);
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// What the one line says.
struct Ready {
    address: SocketAddr,
    dev: bool,
    encrypted: bool,
}

impl Ready {
    fn say(&self) {
        let scheme = if self.encrypted { "https" } else { "http" };
        let keys = if self.dev {
            format!(" (keys: {DEV_SECRET_KEY}, {DEV_PUBLISHABLE_KEY})")
        } else {
            String::new()
        };
        println!("farthing is ready on {scheme}://{}{keys}", self.address);
    }
}

/// Lines on standard error; `RUST_LOG` says how many.
fn log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colours)
        .init();
}
