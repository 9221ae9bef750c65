//! The least client that is still HTTP: one connection, one request at a time.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::failure::Failure;

const PAYMENT: &str = "amount=1099&currency=usd&confirm=true\
    &payment_method=pm_card_visa&payment_method_types[]=card";

/// Whom to ask.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) host: String,
    pub(super) address: SocketAddr,
    authorization: String,
}

/// One connection.
pub(super) struct Connection {
    send: SendRequest<Full<Bytes>>,
    target: Target,
}

impl Target {
    pub(super) fn parse(url: &str, key: &str) -> Result<Self, Failure> {
        let unusable = || Failure::Usage(format!("{url} is not http://ADDRESS:PORT."));
        let uri: Uri = url.parse().map_err(|_| unusable())?;
        let host = uri.authority().ok_or_else(unusable)?.to_string();
        let address = host.parse().map_err(|_| unusable())?;
        Ok(Self { host, address, authorization: format!("Bearer {key}") })
    }
}

impl Connection {
    pub(super) async fn open(target: &Target) -> Result<Self, Failure> {
        let failed = |error: &dyn std::fmt::Display| Failure::system("No connection", error);
        let stream = TcpStream::connect(target.address).await.map_err(|error| failed(&error))?;
        stream.set_nodelay(true).map_err(|error| failed(&error))?;
        let (send, connection) =
            handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
        tokio::spawn(connection);
        Ok(Self { send, target: target.clone() })
    }

    /// Creates and confirms one payment under a key of its own.
    pub(super) async fn pay(&mut self, key: &str) -> Result<(StatusCode, Bytes), Failure> {
        self.post("/v1/payment_intents", key, Bytes::from_static(PAYMENT.as_bytes())).await
    }

    async fn post(
        &mut self,
        path: &str,
        key: &str,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), Failure> {
        let failed = |error: &dyn std::fmt::Display| Failure::system("No answer", error);
        let request = Request::post(path)
            .header("Host", &self.target.host)
            .header("Authorization", &self.target.authorization)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Idempotency-Key", key)
            .body(Full::new(body))
            .map_err(|error| failed(&error))?;
        self.send.ready().await.map_err(|error| failed(&error))?;
        let answer = self.send.send_request(request).await.map_err(|error| failed(&error))?;
        let status = answer.status();
        let body = answer.into_body().collect().await.map_err(|error| failed(&error))?;
        Ok((status, body.to_bytes()))
    }
}

/// Makes an endpoint that is told everything.
pub(super) async fn subscribe(target: &Target, sink: &str) -> Result<(), Failure> {
    let body = Bytes::from(format!("url={sink}&enabled_events[]=*"));
    let key = format!("bench-endpoint-{}", std::process::id());
    let mut connection = Connection::open(target).await?;
    let (status, body) = connection.post("/v1/webhook_endpoints", &key, body).await?;
    if status == StatusCode::OK {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&body);
    Err(Failure::System(format!("No endpoint could be made ({status}): {text}")))
}
