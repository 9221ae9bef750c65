//! The trail: every request of an operator's key, whoever changes keys, signing secrets and other things
//! of the house, what was done from the command line, and how often each key was used or refused. A
//! line is on disk before what it tells of is begun, and another after it was answered: nothing is done
//! without a trace, and lines are never changed.

use std::sync::{Arc, OnceLock};

use farthing_domain::audit::Line;
use farthing_domain::tenant::KeyClass;
use farthing_store::{Store, StoreError};
use http::request::Parts;
use http::{Method, StatusCode};

use crate::app::Shared;
use crate::auth::{self, Caller};
use crate::clock::Clock;
use crate::headers::RequestId;
use crate::news::blocking;
use crate::ops;

/// What secret and restricted keys change of the house, besides paying: keys, signing secrets, where
/// payouts go, clocks, what is sent again.
const WATCHED: [&str; 2] = ["/v1/farthing/", "/v1/webhook_endpoints"];
const EVENTS: &str = "/v1/events/";
/// Whatever follows here is a key, or the name of one.
const KEYS: &str = "keys";
/// The names of keys, which may be kept.
const NAMES: &str = "key_";
/// How secrets begin.
const SECRETS: [&str; 4] = ["sk_", "rk_", "op_", "whsec_"];
/// Who acts where no key does.
const BY_HAND: &str = "command line";
/// Of a path.
const KEPT_CHARS: usize = 300;

/// A request's extension: who acted and what they asked for, once that is on the trail.
#[derive(Clone, Debug, Default)]
pub struct Acted(Arc<OnceLock<(String, String)>>);

/// Writes down that something is asked for, before it is done.
///
/// # Errors
/// [`StoreError`] if that is not possible; then nothing may be done.
pub async fn asked(app: &Shared, caller: &Caller, parts: &Parts) -> Result<(), StoreError> {
    let path = parts.uri.path();
    let watched = WATCHED.iter().any(|each| path.starts_with(each)) || path.starts_with(EVENTS);
    let manages = parts.method != Method::GET && watched;
    if caller.key.class != KeyClass::Operator && !manages {
        return Ok(());
    }
    let actor = caller.key.id().to_string();
    let action = format!("{} {}", parts.method, shown(path));
    let request = parts.extensions.get::<RequestId>().map(|id| id.0.clone());
    let at = app.clock.now();
    let line = Line {
        at,
        actor: actor.clone(),
        action: action.clone(),
        request,
        status: None,
        count: None,
    };
    note(app, vec![line]).await?;
    if let Some(Acted(acted)) = parts.extensions.get::<Acted>() {
        acted.set((actor, action)).ok(); // Once a request; it cannot have been said before.
    }
    Ok(())
}

impl Acted {
    /// Writes down what came of it.
    pub async fn answered(&self, app: &Shared, request: &str, status: StatusCode) {
        let Some((actor, action)) = self.0.get().cloned() else { return };
        let line = Line {
            at: app.clock.now(),
            actor,
            action,
            request: Some(request.to_owned()),
            status: Some(status.as_u16()),
            count: None,
        };
        if let Err(error) = note(app, vec![line]).await {
            ops::alert("an answer is missing on the trail", &request, &error);
        }
    }
}

/// Writes down how often keys were used and refused since the last time.
///
/// # Errors
/// [`StoreError`]; what was counted is lost then, and said so in the log.
pub async fn note_uses(app: &Shared) -> Result<(), StoreError> {
    let at = app.clock.now();
    let line = |(actor, action, count): (String, &str, i64)| Line {
        at,
        actor,
        action: action.to_owned(),
        request: None,
        status: None,
        count: Some(count),
    };
    let lines: Vec<Line> = app.keys.take_counts().into_iter().map(line).collect();
    if lines.is_empty() { Ok(()) } else { note(app, lines).await }
}

/// Writes down what is done from the command line, on this thread.
///
/// # Errors
/// [`StoreError`] if that is not possible; then nothing may be done.
pub fn by_hand(store: &Store, action: String) -> Result<(), StoreError> {
    let (at, actor) = (Clock.now(), BY_HAND.to_owned());
    store.note(&[Line { at, actor, action, request: None, status: None, count: None }])
}

async fn note(app: &Shared, lines: Vec<Line>) -> Result<(), StoreError> {
    let app = Arc::clone(app);
    blocking(move || app.store.note(&lines)).await
}

/// A path as it may be kept: somebody may name a secret in it by mistake.
fn shown(path: &str) -> String {
    let mut before = "";
    let parts = path.split('/').map(|part| {
        let of_keys = before == KEYS && !part.starts_with(NAMES);
        before = part;
        let secret = of_keys || SECRETS.iter().any(|each| part.starts_with(each));
        if secret { auth::masked(part) } else { part.to_owned() }
    });
    let parts: Vec<String> = parts.collect();
    parts.join("/").chars().take(KEPT_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn no_key_is_kept_with_its_path() {
        for (path, kept) in [
            ("/v1/farthing/merchants", "/v1/farthing/merchants"),
            ("/v1/farthing/keys/key_1abc/roll", "/v1/farthing/keys/key_1abc/roll"),
            ("/v1/farthing/keys/sk_live_abcdefghijkl", "/v1/farthing/keys/sk_live_********ijkl"),
            (
                "/v1/farthing/keys/sk_live_abcdefghijkl/roll",
                "/v1/farthing/keys/sk_live_********ijkl/roll",
            ),
            ("/v1/farthing/keys/abcdefghijkl", "/v1/farthing/keys/********ijkl"),
            (
                "/v1/webhook_endpoints/whsec_abcdefghijkl",
                "/v1/webhook_endpoints/**************ijkl",
            ),
            ("/v1/farthing/merchants/9/reserve", "/v1/farthing/merchants/9/reserve"),
        ] {
            assert_eq!(shown(path), kept);
        }
    }
}
