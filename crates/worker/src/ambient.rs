//! The clock, the dice and the settings of the runtime. Everything else takes them as arguments.

use std::cell::OnceCell;
use std::rc::Rc;

use farthing_core::time::TimestampMs;
use worker::js_sys::Reflect;
use worker::{Date, Env};

use crate::config::{Config, ConfigError};

/// Wall time. The runtime holds it still while code runs and moves it on at every input or output.
pub(crate) fn now() -> TimestampMs {
    TimestampMs::from_ms(i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX))
}

/// Entropy to spread retries with. Nothing secret is made of it.
pub(crate) fn spread() -> u32 {
    let scaled = worker::js_sys::Math::random() * f64::from(u32::MAX);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "scaled is within 0 and u32::MAX, and a fraction has no meaning here"
    )]
    {
        scaled as u32
    }
}

thread_local! {
    // An isolate has one thread and one set of settings for as long as it lives.
    static CONFIG: OnceCell<Result<Rc<Config>, ConfigError>> = const { OnceCell::new() };
}

/// The settings, read at the first request.
///
/// # Errors
/// The first mistake in them, the same for every request.
pub(crate) fn config(env: &Env) -> Result<Rc<Config>, ConfigError> {
    CONFIG.with(|cell| {
        let lookup = |name: &str| env.var(name).ok().map(|value| value.to_string());
        let bound = |name: &str| Reflect::get(env, &name.into()).is_ok_and(|it| it.is_object());
        cell.get_or_init(|| Config::parse(&lookup, &bound).map(Rc::new)).clone()
    })
}
