//! The vault's encryption keys.

pub mod retrieve;
pub mod rotate;

use crate::request::{ApiRequest, Outcome};
use crate::rotation::Progress;
use crate::wire::json::object;

/// How many keys there are, and whether everything is sealed under the newest.
fn shown(request: &ApiRequest, progress: Progress) -> Outcome {
    let body = object(|out| {
        out.plain("object", "farthing.vault");
        out.int("encryption_keys", i64::from(progress.keys));
        out.plain("status", if progress.done { "complete" } else { "in_progress" });
    });
    request.outcome(200, body)
}
