//! `POST /v1/farthing/payout_settings`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/farthing/payout_settings -u sk_test_farthing_dev: \
//!   -d interval=weekly -d weekly_anchor=friday
//! ```

use farthing_domain::command::{Ask, UpdatePayoutSettings};
use farthing_domain::limits::AVAILABLE_AFTER_DAYS_MAX;
use farthing_domain::tenant::Interval;

use crate::error::{ApiError, Problem};
use crate::params::Params;
use crate::request::{ApiRequest, Outcome};
use crate::wire::bank::WEEKDAYS;

const KNOWN: &[&str] = &["delay_days", "interval", "monthly_anchor", "weekly_anchor"];
const INTERVALS: [&str; 4] = ["daily", "manual", "monthly", "weekly"];

/// Changes when funds of charges from now on become available, and when what is available is paid
/// out.
///
/// # Errors
/// Every line of the table about a parameter; an interval without its anchor.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(KNOWN)?;
    let delay_days = match params.integer("delay_days")? {
        Some(days) if days < 1 => {
            return Err(Problem::BelowLeast { name: "delay_days".to_owned(), least: 1 }.into());
        }
        days => days
            .map(|days| u32::try_from(days).ok().filter(|days| *days <= AVAILABLE_AFTER_DAYS_MAX)),
    };
    let unsupported = |name: &str| Problem::UnsupportedValue { name: name.to_owned() };
    let delay_days = delay_days.map(|days| days.ok_or_else(|| unsupported("delay_days")));
    let ask =
        UpdatePayoutSettings { delay_days: delay_days.transpose()?, interval: interval(&params)? };
    request.submit(Ask::UpdatePayoutSettings(ask), Vec::new()).await
}

fn interval(params: &Params<'_>) -> Result<Option<Interval>, ApiError> {
    let words = INTERVALS.map(|word| (word, word));
    let weekdays: Vec<(&str, u8)> = WEEKDAYS.into_iter().zip(0..).collect();
    let weekly = params.choice("weekly_anchor", &weekdays)?;
    let monthly = params.integer("monthly_anchor")?;
    Ok(Some(match params.choice("interval", &words)? {
        Some("weekly") => Interval::Weekly(weekly.ok_or_else(|| params.missing("weekly_anchor"))?),
        Some("monthly") => {
            let day = monthly.ok_or_else(|| params.missing("monthly_anchor"))?;
            let day = u8::try_from(day).ok().filter(|day| (1..=31).contains(day));
            let name = "monthly_anchor".to_owned();
            Interval::Monthly(day.ok_or(Problem::UnsupportedValue { name })?)
        }
        Some("daily") => Interval::Daily,
        Some(_) => Interval::Manual,
        // An anchor says nothing without its interval.
        None if weekly.is_some() || monthly.is_some() => return Err(params.missing("interval")),
        None => return Ok(None),
    }))
}
