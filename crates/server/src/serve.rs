//! Listening: connections with bounds and time limits, the loops beside them, and a clean end.

mod body;
mod head;

use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use farthing_domain::attempt::Attempt;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

use crate::app::Shared;
use crate::serve::body::Timed;
use crate::serve::head::{Phase, Prompt};
use crate::watch::Make;
use crate::{deliver, lease, news, ops, recover, rotation, router, timers, watch};

/// Connections at one time: ten thousand idle ones and those that ask something meanwhile.
pub const CONNECTIONS_MAX: usize = 10_240;
/// How long an idle connection is kept: longer than the official kits keep theirs. Once a head has
/// begun, it has the shorter time of the settings.
const HEADERS_TIMEOUT: Duration = Duration::from_secs(65);
/// From the first pause in a body until its end.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// For the handshake.
const TLS_TIMEOUT: Duration = Duration::from_secs(10);
/// Headers in all; what real clients send fits several times over.
const HEADER_BYTES_MAX: usize = 32 * 1024;
/// What is still running at the end gets the network's time limit and a little more.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(15);
/// When the system has no more sockets, for it to recover.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What one connection is served with.
struct Serving {
    router: Router,
    watcher: Watcher,
    head_timeout: Duration,
}

/// Serves until `stop` is ready, then finishes what has begun.
pub async fn serve(
    app: Shared,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    stop: impl Future<Output = ()> + Send,
) {
    // First, so that whatever is counted from here on can be read.
    let router = router::router(Arc::clone(&app)).merge(ops::router(Arc::clone(&app)));
    let inherited = recover::inherited(&app).await;
    app.gate.join().await;
    let given_up = Arc::clone(&app);
    let tended = tokio::spawn(watch::tend(loops(&app, inherited), watch::PAUSE, move || {
        watch::give_up(Arc::clone(&given_up))
    }));
    let graceful = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(app.config.connections));
    let accepting = async {
        let mut troubled = false;
        loop {
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) if is_of_one_connection(&error) => continue,
                Err(error) => {
                    refused(&error, troubled);
                    troubled = true;
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            troubled = false;
            stream.set_nodelay(true).ok(); // A hint; the answer is right without it.
            let serving = Serving {
                router: router.clone(),
                watcher: graceful.watcher(),
                head_timeout: app.config.head_timeout,
            };
            tokio::spawn(connection(stream, tls.clone(), serving, permit));
        }
    };
    tokio::select! {
        () = accepting => {}
        () = stop => {}
    }
    app.draining.store(true, Ordering::Relaxed);
    drop(listener);
    if timeout(DRAIN_TIMEOUT, graceful.shutdown()).await.is_err() {
        tracing::warn!("some connections did not end in time");
    }
    // Payments whose caller hung up still want their second commit.
    let settled = timeout(DRAIN_TIMEOUT, async {
        while app.flights.count() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    if settled.await.is_err() {
        tracing::warn!(open = app.flights.count(), "left to recovery at the next start");
    }
    tended.abort();
    lease::release(&app).await;
}

/// What goes on beside the requests.
fn loops(app: &Shared, inherited: Vec<Attempt>) -> Vec<(&'static str, Make)> {
    fn each<F>(app: &Shared, run: impl Fn(Shared) -> F + Send + Sync + 'static) -> Make
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let app = Arc::clone(app);
        Box::new(move || Box::pin(run(Arc::clone(&app))))
    }
    // What a dead process left is looked at once.
    let inherited = Mutex::new(inherited);
    let left =
        move || std::mem::take(&mut *inherited.lock().unwrap_or_else(PoisonError::into_inner));
    vec![
        ("recovery", each(app, move |app| recover::run(app, left()))),
        ("deliveries", each(app, deliver::run)),
        ("news", each(app, news::run)),
        ("timers", each(app, timers::run)),
        ("lease", each(app, lease::run)),
        ("rotation", each(app, rotation::run)),
        ("chores", each(app, ops::housekeeping)),
        ("limits", each(app, |app| async move { app.gate.keep().await })),
        ("watch", each(app, watch::look)),
    ]
}

/// Whoever connected went away before it was their turn.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

/// The system gives no more connections: said once, however long that lasts.
fn refused(error: &io::Error, before: bool) {
    metrics::counter!("farthing_accept_failures_total").increment(1);
    if !before {
        ops::alert("connections wait, because none can be accepted", &"serve", error);
    }
}

/// Reads a certificate chain and its key, both PEM.
///
/// # Errors
/// [`io::Error`] if they cannot be read or do not belong together.
pub fn tls(certificates: &Path, key: &Path) -> io::Result<TlsAcceptor> {
    let bad = |error: rustls::pki_types::pem::Error| io::Error::other(error.to_string());
    let chain = CertificateDer::pem_file_iter(certificates)
        .map_err(bad)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(bad)?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(bad)?;
    let config = ServerConfig::builder_with_provider(default_provider().into())
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(io::Error::other)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn connection(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    serving: Serving,
    permit: OwnedSemaphorePermit,
) {
    match tls {
        None => answer(stream, serving).await,
        Some(tls) => match timeout(TLS_TIMEOUT, tls.accept(stream)).await {
            Ok(Ok(stream)) => answer(stream, serving).await,
            Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
            Err(_) => tracing::debug!("a handshake took too long"),
        },
    }
    drop(permit);
}

async fn answer<S>(stream: S, Serving { router, watcher, head_timeout }: Serving)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let phase = Arc::new(Phase::default());
    let stream = Prompt::new(stream, head_timeout, Arc::clone(&phase));
    let service = service_fn(move |request: Request<Incoming>| {
        let (mut router, phase) = (router.clone(), Arc::clone(&phase));
        phase.answering();
        async move {
            let request = request.map(|body| Body::new(Timed::new(body, BODY_TIMEOUT)));
            let response: Result<Response<Body>, Infallible> = router.call(request).await;
            phase.idle();
            response
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_TIMEOUT)
        .max_buf_size(HEADER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}
