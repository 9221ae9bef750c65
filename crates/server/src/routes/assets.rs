//! The card frame: what a browser loads from this server's own origin, so that a card's number
//! never touches the page around it.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    REFERRER_POLICY,
};
use http::{HeaderName, HeaderValue};

use crate::app::Shared;

const HTML: &str = include_str!("../../assets/frame/frame.html");
const CSS: &str = include_str!("../../assets/frame/frame.css");
const FRAME: &str = include_str!("../../assets/frame/frame.js");
const PACKAGE: &str = include_str!(concat!(env!("OUT_DIR"), "/farthing.js"));

/// Browsers ask again after five minutes, so that an upgrade reaches open shops soon.
const CACHED: &str = "public, max-age=300";

/// The frame's few files.
pub fn router(app: Shared) -> Router {
    Router::new()
        .route("/farthing/frame", get(frame))
        .route("/farthing/frame.css", get(async || file("text/css; charset=utf-8", CSS)))
        .route("/farthing/frame.js", get(async || file(SCRIPT, FRAME)))
        .route("/js/farthing.js", get(async || file(SCRIPT, PACKAGE)))
        .with_state(app)
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

async fn frame(State(app): State<Shared>) -> Response {
    let config = &app.config;
    // A development page may be anywhere; a real one is encrypted, or the operator says otherwise.
    let default = if config.dev { "*" } else { "https:" };
    let ancestors = config.frame_ancestors.as_deref().unwrap_or(default);
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    );
    let mut response = file("text/html; charset=utf-8", HTML);
    let policy = HeaderValue::from_str(&policy);
    let policy = policy.unwrap_or(HeaderValue::from_static("default-src 'none'"));
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    response
}

fn file(kind: &'static str, content: &'static str) -> Response {
    let mut response = content.into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, kind),
        // A module of another origin is loaded with CORS or not at all.
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (CACHE_CONTROL, CACHED),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
