//! What operators see: health, metrics and alerts; and the small chores of a long-running process.

mod chores;
mod health;

use std::fmt::Display;

pub use chores::{housekeeping, purge};
pub use health::router;

/// Something a person should look at: an error line in the log, and a metric that can page.
pub fn alert(what: &'static str, object: &dyn Display, cause: &dyn Display) {
    metrics::counter!("farthing_alerts_total", "what" => what).increment(1);
    tracing::error!(%object, %cause, "{what}");
}
