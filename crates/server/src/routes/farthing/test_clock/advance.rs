//! `POST /v1/farthing/test_clock/advance`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/farthing/test_clock/advance -u sk_test_farthing_dev: -d seconds=604800
//! ```

use farthing_core::time::TimestampMs;
use farthing_domain::command::{Advance, Ask};
use farthing_domain::limits::CLOCK_OFFSET_MAX_MS;
use farthing_domain::refusal::Refusal;
use farthing_domain::view::Key;

use super::only_in_test_mode;
use crate::error::{ApiError, Problem};
use crate::params::Params;
use crate::request::{ApiRequest, Outcome};
use crate::timers;

const SECOND_MS: i64 = 1_000;

/// Moves the clock forward, by `seconds` or `to` a moment, and answers when everything that is due
/// by then has been done.
///
/// # Errors
/// Neither or both of the two; a moment that has passed; live mode.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    only_in_test_mode(&request)?;
    let asked = asked(&request.params(&["seconds", "to"])?)?;
    let before_ms = request.now.since(request.wall);
    let outcome = request.submit(Ask::AdvanceClock(asked), Vec::new()).await?;
    if outcome.status != 200 {
        return Ok(outcome);
    }
    let (app, tenant) = (&request.app, request.tenant);
    let view = app.store.fetch(vec![Key::Tenant(tenant)]).await?;
    let offset_ms = view.tenant(tenant).map_or(0, |tenant| tenant.clock_offset_ms);
    app.offsets.moved(tenant, offset_ms);
    let by_ms = if outcome.is_replay() { 0 } else { offset_ms.saturating_sub(before_ms) };
    timers::catch_up(app, tenant, by_ms).await?;
    Ok(outcome)
}

fn asked(params: &Params<'_>) -> Result<Advance, ApiError> {
    match (params.integer("seconds")?, params.integer("to")?) {
        (Some(_), Some(_)) => Err(Problem::Exclusive { names: "seconds, to".to_owned() }.into()),
        (Some(seconds), None) if seconds < 0 => {
            Err(Problem::BelowLeast { name: "seconds".to_owned(), least: 0 }.into())
        }
        (Some(seconds), None) if seconds > CLOCK_OFFSET_MAX_MS / SECOND_MS => {
            Err(Problem::Refused(Refusal::ClockTooFar).into())
        }
        (Some(seconds), None) => Ok(Advance::By(seconds.saturating_mul(SECOND_MS))),
        (None, Some(to)) => Ok(Advance::To(TimestampMs::from_seconds(to))),
        (None, None) => Err(Problem::MissingOneOf { names: "seconds, to".to_owned() }.into()),
    }
}
