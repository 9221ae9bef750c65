//! A receiver of webhooks that does as it is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode};
use tokio::net::TcpListener;
use tokio::time::Instant;

/// How it answers.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    Accept,
    /// So many failures with this status, then acceptance.
    Fail(usize, u16),
    Redirect(String),
    Hang,
}

/// One webhook as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) at: Instant,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
    }

    pub(crate) fn event(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// The receiver.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Received>>>,
    manner: Manner,
}

impl Receiver {
    pub(crate) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let receiver = Self { url, received: Arc::default(), manner };
        let router = Router::new().fallback(receive).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Waits for so many webhooks.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Received> {
        for _ in 0..1_000 {
            if self.received().len() >= count {
                return self.received();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{} of {count} webhooks came", self.received().len())
    }
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    let before = {
        let mut all = receiver.received.lock().unwrap();
        all.push(Received { at: Instant::now(), headers, body });
        all.len() - 1
    };
    match receiver.manner {
        Manner::Accept => StatusCode::OK.into_response(),
        Manner::Fail(failures, status) if before < failures => {
            StatusCode::from_u16(status).unwrap().into_response()
        }
        Manner::Fail(..) => StatusCode::NO_CONTENT.into_response(),
        Manner::Redirect(to) => (StatusCode::FOUND, [("location", to)]).into_response(),
        Manner::Hang => {
            tokio::time::sleep(Duration::from_mins(10)).await;
            StatusCode::OK.into_response()
        }
    }
}
