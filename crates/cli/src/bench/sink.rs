//! A receiver that accepts every webhook.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::failure::Failure;

/// Starts one and says where.
pub(super) async fn start() -> Result<String, Failure> {
    let failed = |error: &std::io::Error| Failure::system("No receiver", error);
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| failed(&error))?;
    let address = listener.local_addr().map_err(|error| failed(&error))?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let connection =
                http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(accept));
            tokio::spawn(connection);
        }
    });
    Ok(format!("http://{address}/"))
}

async fn accept(request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, Infallible> {
    request.into_body().collect().await.ok(); // Read to its end, so that the connection is kept.
    Ok(Response::new(Empty::new()))
}
