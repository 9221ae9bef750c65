//! Who is let in when not everybody can be: a limit of requests per key, and a bound on how many are
//! answered at one time, both by class. What can wait is turned away first: lists, then reads, then
//! what makes something new, and last what concerns money that is already moving.
//!
//! Not here: the store's own lanes, where the end of what was begun is never turned away at all. What
//! must stay true: whoever is turned away has changed nothing, and is told so at once.

mod class;
mod common;
mod rate;
mod room;

use std::time::Duration;

use farthing_core::time::TimestampMs;
use farthing_domain::tenant::{ApiKey, KeyClass, Mode};
use http::Method;

pub use class::Class;
pub use common::{Place, PlaceError};
pub use rate::{Cell, Rate};
pub use room::{Permit, REQUESTS_MAX, Room};

use crate::error::{ApiError, Problem};

/// How much is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests a second of one key of live mode; none without a limit.
    pub live: Option<Rate>,
    /// The same of test mode.
    pub test: Option<Rate>,
    /// Requests answered at one time.
    pub requests: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { live: None, test: None, requests: REQUESTS_MAX }
    }
}

/// The gate.
#[derive(Debug)]
pub struct Gate {
    limits: Limits,
    cells: rate::Cells,
    /// The limits per key are counted there, for as long as it answers; in `cells` otherwise.
    common: Option<common::Common>,
    room: Room,
}

impl Gate {
    /// A gate that lets in so much, and counts what keys use by itself or with other processes.
    pub fn new(limits: Limits, place: Option<Place>) -> Self {
        Self {
            limits,
            cells: rate::Cells::default(),
            common: place.map(common::Common::new),
            room: Room::new(limits.requests),
        }
    }

    /// Looks for the place where limits are counted in common, once.
    pub async fn join(&self) {
        if let Some(common) = &self.common {
            common.tend().await;
        }
    }

    /// Looks after it. Runs until dropped.
    pub async fn keep(&self) {
        if let Some(common) = &self.common {
            common.keep().await;
        }
    }

    /// Counts a request of a key. Operators' keys have no limit: they are few, and what they do may be
    /// what ends the trouble.
    ///
    /// # Errors
    /// [`Problem::RateLimited`]: nothing was done, and when to come back.
    pub async fn count(
        &self,
        key: &ApiKey,
        class: Class,
        wall: TimestampMs,
    ) -> Result<(), ApiError> {
        let rate = match (key.class, key.tenant.mode()) {
            (KeyClass::Operator, _) => None,
            (_, Mode::Live) => self.limits.live,
            (_, Mode::Test) => self.limits.test,
        };
        let Some(rate) = rate else { return Ok(()) };
        let counted = match &self.common {
            Some(common) => common.take(&key.hash, (rate, class)).await,
            None => None,
        };
        counted
            .unwrap_or_else(|| self.cells.take(key.hash, (rate, class), wall))
            .map_err(|wait| limited(class, wait))
    }

    /// Room for one request, for as long as the permit lives. `flights` are the calls to the network
    /// whose caller may be gone.
    ///
    /// # Errors
    /// [`Problem::Shed`].
    pub fn admit(&self, class: Class, flights: usize) -> Result<Permit, ApiError> {
        self.room.admit(class, flights).ok_or_else(|| {
            metrics::counter!("farthing_requests_shed_total", "class" => class.name()).increment(1);
            Problem::Shed.into()
        })
    }

    /// Requests being answered.
    pub fn inside(&self) -> usize {
        self.room.inside()
    }
}

/// The class of a request: by method and path, and whose key it is.
pub fn class_of(key: &ApiKey, method: &Method, path: &str) -> Class {
    match key.class {
        KeyClass::Operator => Class::Money,
        KeyClass::Secret | KeyClass::Restricted | KeyClass::Publishable => Class::of(method, path),
    }
}

fn limited(class: Class, wait: Duration) -> ApiError {
    metrics::counter!("farthing_requests_limited_total", "class" => class.name()).increment(1);
    let retry_after_s = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1);
    Problem::RateLimited { retry_after_s }.into()
}
