//! The files that browsers load: those of the card frame and of the challenge, and the package for pages
//! without a bundler, under its version for ever and without one for a while.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use http::{HeaderMap, StatusCode};

use crate::app::Shared;
use crate::assets::{
    Asset, CHALLENGE_CSS, CHALLENGE_JS, FARTHING, FARTHING_JS, FRAME, FRAME_CSS, INTEGRITY, Keep,
    Kind, VERSION,
};
use crate::headers;
use crate::routes::frame;

/// The files, and the frame that loads them.
pub fn router(app: Shared) -> Router {
    Router::new()
        .route("/farthing/frame", get(frame::handle))
        .route("/farthing/frame.css", file(&FRAME_CSS, Kind::Style))
        .route("/farthing/frame.js", file(&FRAME, Kind::Script))
        .route("/farthing/challenge.css", file(&CHALLENGE_CSS, Kind::Style))
        .route("/farthing/challenge.js", file(&CHALLENGE_JS, Kind::Script))
        .route("/js/farthing.js", file(&FARTHING, Kind::Script))
        // What either script loads where WebAssembly is refused.
        .route("/js/farthing-js.js", file(&FARTHING_JS, Kind::Script))
        .route("/js/{version}/{file}", get(versioned))
        .layer(from_fn_with_state(Arc::clone(&app), headers::files_layer))
        .with_state(app)
}

fn file(asset: &'static Asset, kind: Kind) -> MethodRouter<Shared> {
    get(async move |asked: HeaderMap| asset.answer(kind, Keep::Briefly, &asked))
}

/// A file of the one version that this server has.
async fn versioned(Path((version, file)): Path<(String, String)>, asked: HeaderMap) -> Response {
    let (asset, kind) = match file.as_str() {
        "farthing.js" => (&FARTHING, Kind::Script),
        "farthing-js.js" => (&FARTHING_JS, Kind::Script),
        "integrity.json" => (&INTEGRITY, Kind::Json),
        _ => return absent("There is no such file.\n".to_owned()),
    };
    if version == VERSION {
        for_ever(asset, kind, &asked)
    } else {
        absent(format!("This server has version {VERSION}.\n"))
    }
}

/// A file under its version. What stands for a missing one must never be kept under that address: the
/// next build of the same version has it.
fn for_ever(asset: &Asset, kind: Kind, asked: &HeaderMap) -> Response {
    if asset.is_missing() {
        return absent("This server was built without this file.\n".to_owned());
    }
    asset.answer(kind, Keep::Forever, asked)
}

/// Not to be kept: the next release may have it.
fn absent(sentence: String) -> Response {
    (StatusCode::NOT_FOUND, [("cache-control", "no-store")], sentence).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_has_no_address_for_ever() {
        let answer = for_ever(&Asset::STUB, Kind::Script, &HeaderMap::new());
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert_eq!(answer.headers()["cache-control"], "no-store");
    }
}
