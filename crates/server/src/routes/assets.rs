//! The card frame: what a browser loads from this server's own origin, so that a card's number
//! never touches the page around it.

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use farthing_domain::tenant::KeyClass;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    REFERRER_POLICY,
};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

use crate::app::Shared;
use crate::auth::KEY_CHARS_MAX;
use crate::error::ApiError;
use crate::origin;

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

/// Everything comes from this server, nothing is inline, and nothing is sent anywhere else. The one
/// exception is for WebAssembly, which is compiled from bytes in the script.
const FRAME_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'";
/// The policy of a page that is nobody's.
const NOWHERE: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Nothing that a browser asks its user about.
const NO_FEATURES: &str = "camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), serial=(), usb=()";

const NO_FRAME: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>No such key</title><h1>No such key</h1><p>There is no publishable key of this name.</p></html>";

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// What the frame asks for.
#[derive(Debug, Deserialize)]
struct Asked {
    key: Option<String>,
}

/// The frame of a publishable key, for the pages that are registered with it.
async fn frame(State(app): State<Shared>, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let key = asked.ok().and_then(|Query(asked)| asked.key);
    let key = key.filter(|text| text.len() <= KEY_CHARS_MAX);
    let found = match key {
        Some(text) => match app.api_key(&text).await {
            Ok(found) => found.filter(|key| key.class == KeyClass::Publishable),
            Err(error) => return ApiError::from(error).into_response(),
        },
        None => None,
    };
    let Some(key) = found else {
        let mut response = (StatusCode::NOT_FOUND, page(NO_FRAME, NOWHERE)).into_response();
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        return response;
    };
    let ancestors = origin::ancestors(&app.config, &key.pages.origins);
    page(HTML, &format!("{FRAME_POLICY}; frame-ancestors {ancestors}"))
}

/// A page with its policy. It is asked for anew each time: who may embed it can change.
fn page(html: &'static str, policy: &str) -> Response {
    let mut response = file("text/html; charset=utf-8", html);
    let headers = response.headers_mut();
    headers.remove(ACCESS_CONTROL_ALLOW_ORIGIN);
    let policy = HeaderValue::from_str(policy).unwrap_or(HeaderValue::from_static(NOWHERE));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("permissions-policy", HeaderValue::from_static(NO_FEATURES));
    // Shops that isolate themselves can embed only frames that do the same.
    let isolated = HeaderValue::from_static("require-corp");
    headers.insert("cross-origin-embedder-policy", isolated);
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
