//! `GET /farthing/frame?key=pk_…`: the card frame, which a browser loads from this server's own origin,
//! so that a card's number never touches the page around it.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use farthing_domain::tenant::KeyClass;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

use crate::app::Shared;
use crate::assets;
use crate::auth::KEY_CHARS_MAX;
use crate::error::ApiError;
use crate::origin;

/// Everything comes from this server, nothing is inline, and nothing is sent anywhere else. The one
/// exception is for WebAssembly, which is compiled from bytes in the script.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'";
/// The policy of a page that is nobody's.
const NOWHERE: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Nothing that a browser asks its user about.
const NO_FEATURES: &str = "camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), serial=(), usb=()";

const NO_KEY: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>No such key</title><h1>No such key</h1><p>There is no publishable key of this name.</p></html>";

/// What the frame asks for.
#[derive(Debug, Deserialize)]
pub struct Asked {
    key: Option<String>,
}

/// The frame of a publishable key, for the pages that are registered with it.
pub async fn handle(
    State(app): State<Shared>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let text = asked.ok().and_then(|Query(asked)| asked.key);
    let found = match text.filter(|text| text.len() <= KEY_CHARS_MAX) {
        Some(text) => match app.api_key(&text).await {
            Ok(found) => found
                .filter(|key| key.class == KeyClass::Publishable && !key.expired(app.clock.now())),
            Err(error) => return ApiError::from(error).into_response(),
        },
        None => None,
    };
    let Some(key) = found else {
        return page((StatusCode::NOT_FOUND, NO_KEY), NOWHERE, "no-store");
    };
    let ancestors = origin::ancestors(&app.config, &key.pages.origins);
    let policy = format!("{POLICY}; frame-ancestors {ancestors}");
    // Asked for anew each time: who may embed it can change.
    page((StatusCode::OK, assets::FRAME_HTML.text()), &policy, "no-cache")
}

fn page((status, html): (StatusCode, &'static str), policy: &str, keep: &'static str) -> Response {
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    let policy = HeaderValue::from_str(policy).unwrap_or(HeaderValue::from_static(NOWHERE));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    for (name, value) in [
        (CACHE_CONTROL, keep),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("permissions-policy"), NO_FEATURES),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
        // Shops that isolate themselves can embed only frames that do the same.
        (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
