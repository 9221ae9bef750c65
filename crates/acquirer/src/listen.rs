//! The simulator as a process of its own: answers over HTTP, on loopback.
//!
//! What is lost is lost: where the simulator decides that a call, or its answer, does not arrive, the
//! connection ends without a word. What must stay true: who hangs up stops nothing.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::{Request as HttpRequest, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

use crate::Simulator;
use crate::limits::WIRE_BYTES_MAX;
use crate::way::Way as _;
use crate::wire;

/// When the system has no more sockets, for it to recover.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The answer does not arrive.
#[derive(Debug)]
struct Lost;

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("lost on the way")
    }
}

impl std::error::Error for Lost {}

/// Answers what comes until dropped.
///
/// # Errors
/// [`io::Error`] if the address is not this machine's own: nobody else is to play the network.
pub async fn listen(simulator: Simulator, listener: TcpListener) -> io::Result<Infallible> {
    if !listener.local_addr()?.ip().is_loopback() {
        return Err(io::Error::other("the simulated network listens on loopback only"));
    }
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                stream.set_nodelay(true).ok(); // A hint; the answer is right without it.
                tokio::spawn(connection(simulator.clone(), stream));
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn connection(simulator: Simulator, stream: TcpStream) {
    let service = service_fn(move |request: HttpRequest<Incoming>| {
        // A task of its own: a caller that is gone must not stop what it has asked for.
        let answered = tokio::spawn(answer(simulator.clone(), request));
        async move { answered.await.map_err(|_| Lost)? }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    connection.await.ok(); // Whoever asked knows that the connection ended.
}

async fn answer(
    simulator: Simulator,
    request: HttpRequest<Incoming>,
) -> Result<Response<Full<Bytes>>, Lost> {
    let body = Limited::new(request.into_body(), WIRE_BYTES_MAX).collect().await;
    let body = body.map_err(|_| Lost)?.to_bytes();
    let Some((asked, now)) = wire::read_question(&body) else {
        let mut response = Response::new(Full::from("This is not a question to the network.\n"));
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return Ok(response);
    };
    let reply = simulator.ask(asked.clone(), now).await;
    let body = wire::reply(&asked, &reply, simulator.newest()).ok_or(Lost)?;
    Ok(Response::new(Full::from(body)))
}
