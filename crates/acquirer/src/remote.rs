//! An acquirer in another process: what the simulator is asked over HTTP.
//!
//! Loopback only, and no card number even there: a card is looked at here, and what goes on its way
//! is what the network's book keeps of it (the label of a test card, its last four digits, what else
//! was given). What must stay true: a call whose connection broke has an unknown outcome; one for
//! which no connection was made was never sent.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use farthing_core::time::TimestampMs;
use http::{Request as HttpRequest, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::answer::CallError;
use crate::limits::WIRE_BYTES_MAX;
use crate::simulator::book::{Reply, Request};
use crate::way::Way;
use crate::wire;

/// On one machine a connection is made at once or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Idle connections are kept between payments.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);

/// The way to a simulator in another process.
#[derive(Clone)]
pub struct Remote {
    uri: Uri,
    client: Client<HttpConnector, Full<Bytes>>,
    /// The number of the newest notice, as far as answers have told.
    newest: Arc<AtomicU64>,
}

impl Remote {
    /// The simulator at a URL, as `http://127.0.0.1:4243`. Nothing is sent yet.
    ///
    /// # Errors
    /// [`RemoteError`] if it is not a plain URL of this very machine.
    pub fn new(url: &str) -> Result<Self, RemoteError> {
        let uri: Uri = url.trim_end_matches('/').parse().map_err(|_| RemoteError::Unreadable)?;
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let address: IpAddr = host.parse().map_err(|_| RemoteError::Elsewhere)?;
        if uri.scheme_str() != Some("http") || !matches!(uri.path(), "" | "/") {
            return Err(RemoteError::Unreadable);
        }
        if !address.is_loopback() {
            return Err(RemoteError::Elsewhere);
        }
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build(connector);
        Ok(Self { uri, client, newest: Arc::default() })
    }
}

impl Way for Remote {
    /// The question is written down before the future exists.
    fn ask(
        &self,
        request: Request,
        now: TimestampMs,
    ) -> impl Future<Output = Result<Reply, CallError>> + Send {
        let body = wire::question(&request, now);
        async move {
            let request_line = HttpRequest::post(self.uri.clone())
                .header("content-type", "application/json")
                .body(Full::from(body))
                .map_err(|_| CallError::Unsent)?;
            let response = self.client.request(request_line).await.map_err(|error| {
                // No connection, so no byte of the question has left.
                if error.is_connect() { CallError::Unsent } else { CallError::Unreachable }
            })?;
            let good = response.status() == StatusCode::OK;
            let body = Limited::new(response.into_body(), WIRE_BYTES_MAX).collect().await;
            let body = body.map_err(|_| CallError::Unreachable)?.to_bytes();
            if !good {
                return Err(CallError::Unreachable);
            }
            let told = wire::read_reply(&request, &body).ok_or(CallError::Unreachable)?;
            self.newest.fetch_max(told.newest, Ordering::Relaxed);
            told.reply
        }
    }

    fn newest(&self) -> u64 {
        self.newest.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("uri", &self.uri).finish_non_exhaustive()
    }
}

/// Why a URL is not that of a simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoteError {
    /// It is no plain URL.
    Unreadable,
    /// It is another machine's, or may be.
    Elsewhere,
}

impl RemoteError {
    /// A stable name for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "acquirer_url_unreadable",
            Self::Elsewhere => "acquirer_url_elsewhere",
        }
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => {
                "An acquirer's URL is written `http://127.0.0.1:4243`, without a path."
            }
            Self::Elsewhere => {
                "A simulated acquirer is on this machine: its URL names a loopback address, as 127.0.0.1."
            }
        })
    }
}

impl std::error::Error for RemoteError {}
