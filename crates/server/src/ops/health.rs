//! `/healthz`, `/readyz` and `/metrics`.

use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use farthing_domain::view::Key;
use http::{StatusCode, header};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::time::Instant;

use crate::app::Shared;

/// The routes.
pub fn router(app: Shared) -> Router {
    recorder(); // From the start: what is counted before the first reading counts too.
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(app)
}

/// Whether requests can be answered: the store reads, its last commit was made, every loop goes round,
/// and the process is not about to stop.
async fn ready(State(app): State<Shared>) -> (StatusCode, &'static str) {
    if app.draining.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    if app.pulse.late(Instant::now()).is_some() {
        return (StatusCode::SERVICE_UNAVAILABLE, "a loop makes no rounds\n");
    }
    if app.store.failing() {
        return (StatusCode::SERVICE_UNAVAILABLE, "commits fail\n");
    }
    match app.store.fetch(vec![Key::ApiKey([0; 32])]).await {
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n"),
    }
}

async fn metrics(State(app): State<Shared>) -> ([(header::HeaderName, &'static str); 1], String) {
    metrics::gauge!("farthing_calls_in_flight").set(gauge(app.flights.count()));
    metrics::gauge!("farthing_requests_inside").set(gauge(app.gate.inside()));
    metrics::gauge!("farthing_cvcs_held").set(gauge(app.cvcs.count()));
    let text = recorder().map(PrometheusHandle::render).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}

/// One recorder per process. None if somebody else has installed another.
fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER.get_or_init(|| PrometheusBuilder::new().install_recorder().ok()).as_ref()
}

fn gauge(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
