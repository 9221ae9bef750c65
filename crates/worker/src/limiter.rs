//! How often one address may ask the checkout for something.
//!
//! By the platform's own rate limit where the binding `RATE_LIMIT` is there: it costs nothing, and
//! counts in each of its places by itself. Else by at most 64 objects that remember in memory alone
//! who has asked lately; an object that was idle forgets, and by then there is nothing to remember.
//! A limit that cannot be asked lets everybody in: it saves money, it guards none.

#![expect(missing_docs, reason = "the attribute macro makes public methods without documentation")]

use std::cell::RefCell;

use farthing_core::limit::{Admission, Rate, caller};
use worker::js_sys::{Array, Object, Reflect};
use worker::wasm_bindgen::JsValue;
use worker::{
    DurableObject, Env, Headers, Request, Response, Result, State, console_error, durable_object,
    wasm_bindgen,
};

use crate::ambient;
use crate::body;
use crate::calls;
use crate::problem::Problem;

/// The name of the Durable Object's binding.
const BINDING: &str = "LIMITER";
/// The name of the platform's.
const PLATFORM_BINDING: &str = "RATE_LIMIT";
/// Objects that the callers are spread over.
const OBJECTS: u64 = 64;
/// Callers that one object remembers at a time. More than that in one minute are an attack from
/// everywhere, in which the newest are not counted.
const CALLERS_MAX: usize = 20_000;
/// What the platform's limit makes callers wait for: its window, of a minute at most.
const PLATFORM_WAIT_S: u64 = 60;

/// One of the objects.
#[durable_object(fetch)]
#[derive(Debug)]
pub struct Limiter {
    /// Callers in their order, and the moment until which what was let in of each is paced out.
    paced_until_us: RefCell<Vec<(u64, u64)>>,
}

impl DurableObject for Limiter {
    fn new(_state: State, _env: Env) -> Self {
        Self { paced_until_us: RefCell::new(Vec::new()) }
    }

    /// Answers how many seconds the caller has to wait, zero for none.
    async fn fetch(&self, request: Request) -> Result<Response> {
        let url = request.inner().url();
        let mut parts = url.rsplit('/').map(str::parse::<u64>);
        let (Some(Ok(per_minute)), Some(Ok(caller))) = (parts.next(), parts.next()) else {
            return Response::empty().map(|response| response.with_status(400));
        };
        let rate = Rate::per_minute(u32::try_from(per_minute).unwrap_or(u32::MAX));
        let wait_s = self.judge(rate, caller, now_us());
        Response::from_bytes(wait_s.to_string().into_bytes())
    }
}

impl Limiter {
    fn judge(&self, rate: Rate, caller: u64, now_us: u64) -> u64 {
        let mut callers = self.paced_until_us.borrow_mut();
        if callers.len() >= CALLERS_MAX {
            callers.retain(|(_, paced_until_us)| *paced_until_us > now_us);
        }
        let place = callers.binary_search_by_key(&caller, |(caller, _)| *caller);
        let before = place.ok().and_then(|at| callers.get(at)).map_or(0, |(_, until)| *until);
        match rate.admit(before, now_us) {
            Admission::Wait { seconds } => seconds,
            Admission::Go { paced_until_us } => {
                match place {
                    Ok(at) => callers[at].1 = paced_until_us,
                    Err(at) if callers.len() < CALLERS_MAX => {
                        callers.insert(at, (caller, paced_until_us));
                    }
                    Err(_) => {}
                }
                0
            }
        }
    }
}

/// Lets a request of an address in, or does not.
///
/// # Errors
/// [`Problem::TooMany`].
pub(crate) async fn admit(
    env: &Env,
    per_minute: u32,
    headers: &Headers,
) -> std::result::Result<(), Problem> {
    if per_minute == 0 {
        return Ok(());
    }
    // The platform sets this header, whatever the caller has put there.
    let address = headers.get("cf-connecting-ip").ok().flatten().unwrap_or_default();
    let caller = caller(&address);
    let asked = match Reflect::get(env, &PLATFORM_BINDING.into()) {
        Ok(limit) if limit.is_object() => ask_platform(&limit, caller).await,
        Ok(_) | Err(_) => ask(env, per_minute, caller).await,
    };
    match asked {
        Ok(0) => Ok(()),
        Ok(retry_after_s) => Err(Problem::TooMany { retry_after_s }),
        Err(error) => {
            console_error!("the rate limit did not answer, so that there is none: {error}");
            Ok(())
        }
    }
}

/// Calls `limit({ key })`, and reads `success` of what it resolves to.
async fn ask_platform(limit: &JsValue, caller: u64) -> Result<u64> {
    let options = Object::new();
    Reflect::set(&options, &"key".into(), &caller.to_string().into())?;
    let outcome = calls::method(limit, "limit", &Array::of1(&options)).await?;
    let success = Reflect::get(&outcome, &"success".into())?.as_bool();
    Ok(if success == Some(false) { PLATFORM_WAIT_S } else { 0 })
}

async fn ask(env: &Env, per_minute: u32, caller: u64) -> Result<u64> {
    let object = caller.checked_rem(OBJECTS).unwrap_or(0);
    let stub = env.durable_object(BINDING)?.get_by_name(&object.to_string())?;
    let request = calls::request(&format!("https://limiter/{caller}/{per_minute}"), None)?;
    let answer = stub.fetch_with_request(request).await?;
    let wait = body::read_answer(&answer.into()).await?;
    let wait = std::str::from_utf8(&wait).ok().and_then(|wait| wait.parse().ok());
    wait.ok_or_else(|| worker::Error::RustError("no number".to_owned()))
}

fn now_us() -> u64 {
    u64::try_from(ambient::now().ms()).unwrap_or(0).saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_remembers_no_more_than_it_can() {
        let limiter = Limiter { paced_until_us: RefCell::new(Vec::new()) };
        let (rate, now) = (Rate::per_minute(2), 1_795_000_000_000_000);
        let taken: Vec<u64> = (0..4).map(|_| limiter.judge(rate, 7, now)).collect();
        assert_eq!(taken, [0, 0, 30, 30]);
        for caller in 100..100 + 2 * 20_000 {
            assert_eq!(limiter.judge(rate, caller, now), 0);
        }
        assert_eq!(limiter.paced_until_us.borrow().len(), CALLERS_MAX);
        assert_eq!(limiter.judge(rate, 7, now), 30, "who is known stays known");
        let later = now + 60_000_000;
        assert_eq!(limiter.judge(rate, 1, later), 0);
        assert_eq!(limiter.paced_until_us.borrow().len(), 1, "who was silent is forgotten");
    }
}
