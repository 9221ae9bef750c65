//! `/v1/farthing/test_clock`: the time that the rules of a merchant's test mode read.

pub mod advance;
pub mod retrieve;

use farthing_domain::refusal::Refusal;
use farthing_domain::tenant::Mode;

use crate::error::{ApiError, Problem};
use crate::request::ApiRequest;

/// Only test mode has a clock of its own.
fn only_in_test_mode(request: &ApiRequest) -> Result<(), ApiError> {
    match request.tenant.mode() {
        Mode::Test => Ok(()),
        Mode::Live => Err(Problem::Refused(Refusal::ClockInLiveMode).into()),
    }
}
