//! The clock, the dice and the settings of the runtime. Everything else takes them as arguments.

use std::cell::{Cell, RefCell};

use farthing_core::time::TimestampMs;
use worker::js_sys::{Date, JSON, Math, Reflect};
use worker::wasm_bindgen::{JsCast, JsValue};

use crate::config::{Config, ConfigError};
use crate::host::{Env, has_method};

/// Wall time. The runtime holds it still while code runs and moves it on at every input or output.
pub(crate) fn now() -> TimestampMs {
    #[expect(clippy::cast_possible_truncation, reason = "a whole number of 53 bits at most")]
    TimestampMs::from_ms(Date::now() as i64)
}

/// Entropy to spread retries with. Nothing secret is made of it.
pub(crate) fn spread() -> u32 {
    let scaled = Math::random() * f64::from(u32::MAX);
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
    // An isolate has one thread and one set of settings for as long as it lives, so that nobody ever
    // has to let go of them.
    static CONFIG: Cell<Option<Settings>> = const { Cell::new(None) };
}

/// What the settings are, or what is wrong with them.
type Settings = Result<&'static Config, &'static ConfigError>;

/// The settings, read at the first request.
///
/// # Errors
/// The first mistake in them, the same for every request.
pub(crate) fn config(env: &Env) -> Settings {
    if let Some(known) = CONFIG.get() {
        return known;
    }
    let settings = match read(env) {
        Ok(config) => Ok(&*Box::leak(Box::new(config))),
        Err(error) => Err(&*Box::leak(error)),
    };
    CONFIG.set(Some(settings));
    settings
}

fn read(env: &Env) -> Result<Config, Box<ConfigError>> {
    // What is bound to a setting's name and is none is a mistake, whatever else there is to say.
    let unreadable = RefCell::new(None);
    let lookup = |name: &str| {
        let value = env.get(name);
        let text = text(&value);
        if text.is_none() && !value.is_null() && !value.is_undefined() {
            unreadable.replace(Some(name.to_owned()));
        }
        text
    };
    let bound = |name: &str, method: &str| has_method(&env.get(name), method);
    let config = Config::parse(&lookup, &bound);
    match unreadable.into_inner() {
        Some(variable) => Err(ConfigError::NotText { variable }.into()),
        None => config,
    }
}

/// A setting as text, whatever shape it was written in: `wrangler.toml` has numbers, truths and
/// tables besides texts. A binding, such as a queue, has none.
fn text(value: &JsValue) -> Option<String> {
    let written = value.as_string().or_else(|| match (value.as_f64(), value.as_bool()) {
        (None, None) => None,
        _ => JSON::stringify(value).ok().map(String::from),
    });
    // A table is of no class but the language's own, whose prototype has none.
    let above = |value: &JsValue| Reflect::get_prototype_of(value.unchecked_ref()).ok();
    let plain =
        value.is_array() || above(value).and_then(|it| above(&it)).is_some_and(|it| it.is_null());
    written.or_else(|| if plain { JSON::stringify(value).ok().map(String::from) } else { None })
}
