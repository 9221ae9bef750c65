//! One request to one endpoint: over a connection to an address that was checked, within a time
//! limit, without following redirects.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::ring::default_provider;
use tokio::time::{Instant, timeout_at};
use tower_service::Service;

use super::limits::DRAIN_BYTES;
use super::machine::Answer;
use crate::ssrf::{Reach, allows};

/// A connection that cannot be made within this is not made: a third of the usual time limit.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(7);
/// Idle connections are kept for bursts only: with ten thousand endpoints they add up.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_PER_HOST: usize = 4;

/// Sends requests.
#[derive(Debug)]
pub(super) struct Sender {
    client: Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>,
    limit: Duration,
}

impl Sender {
    pub(super) fn new(reach: Reach, limit: Duration) -> Self {
        let mut plain = HttpConnector::new_with_resolver(Resolver { reach });
        plain.enforce_http(false);
        plain.set_nodelay(true);
        plain.set_connect_timeout(Some(CONNECT_TIMEOUT.min(limit)));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(trust())
            .https_or_http()
            .enable_http1()
            .wrap_connector(plain);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .build(connector);
        Self { client, limit }
    }

    /// Sends one request. A redirect is an answer like any other that is not 2xx.
    pub(super) async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        let end = Instant::now() + self.limit;
        #[cfg(feature = "rehearsal")]
        if let Some(office) = crate::rehearsal::office() {
            let status = timeout_at(end, office(request)).await.ok().flatten();
            return status.map_or(Answer::Nobody, Answer::Status);
        }
        match timeout_at(end, self.client.request(request)).await {
            Ok(Ok(response)) => {
                let status = response.status().as_u16();
                // The status has been heard; the rest is read only to use the connection again.
                timeout_at(end, drain(response.into_body())).await.ok();
                Answer::Status(status)
            }
            Ok(Err(error)) => {
                tracing::debug!(%error, "an endpoint could not be reached");
                Answer::Nobody
            }
            Err(_) => Answer::Nobody,
        }
    }
}

async fn drain(mut body: Incoming) {
    let mut left = DRAIN_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        match left.checked_sub(length) {
            Some(rest) => left = rest,
            None => return, // The connection is closed instead.
        }
    }
}

/// TLS 1.2 and 1.3, with the roots that the operating system trusts.
fn trust() -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    #[cfg(feature = "rehearsal")]
    if crate::rehearsal::active() {
        return trusting(roots); // Reading the system's takes longer than many a rehearsal.
    }
    let found = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        tracing::warn!("no trusted certificates were found: https webhooks will fail");
    }
    trusting(roots)
}

fn trusting(roots: rustls::RootCertStore) -> rustls::ClientConfig {
    rustls::ClientConfig::builder_with_provider(default_provider().into())
        .with_safe_default_protocol_versions()
        .expect("the provider knows TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// Resolves a name to those of its addresses that may be reached; the connection is made to one of
/// them and to nothing else. An address literal in a URL does not come here: it was checked with
/// the URL.
#[derive(Clone, Copy, Debug)]
struct Resolver {
    reach: Reach,
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let reach = self.reach;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            reachable(reach, found).map(Vec::into_iter)
        })
    }
}

fn reachable(reach: Reach, found: impl Iterator<Item = SocketAddr>) -> io::Result<Vec<SocketAddr>> {
    let allowed: Vec<_> = found.filter(|address| allows(reach, address.ip())).collect();
    if allowed.is_empty() {
        let kind = io::ErrorKind::PermissionDenied;
        return Err(io::Error::new(kind, "no address of this name may be reached"));
    }
    Ok(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_reached_only_at_its_allowed_addresses() {
        let found = ["10.0.0.1:0", "93.184.215.14:0", "[::1]:0", "127.0.0.1:0"]
            .map(|text| text.parse::<SocketAddr>().unwrap());
        let ips = |reach| {
            let allowed = reachable(reach, found.into_iter()).unwrap();
            allowed.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(ips(Reach::Public), ["93.184.215.14"]);
        assert_eq!(ips(Reach::Loopback), ["93.184.215.14", "::1", "127.0.0.1"]);
        let private = found.into_iter().take(1);
        let refused = reachable(Reach::Loopback, private).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
    }

    #[tokio::test]
    async fn a_name_that_means_this_machine_is_refused_in_production() {
        let mut resolver = Resolver { reach: Reach::Public };
        let refused = resolver.call("localhost".parse().unwrap()).await.map(|_| ());
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    }
}
