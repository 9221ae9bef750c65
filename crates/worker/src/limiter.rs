//! How often one address may ask the checkout for something.
//!
//! By the platform's own rate limit where the binding `RATE_LIMIT` is there: it costs nothing, and
//! counts in each of its places by itself. Else by at most 64 objects that remember who has asked
//! lately. Each also writes it down, one row for every request that is let in: the runtime ends an
//! object after seconds of idleness, long before its callers have been paced out. A limit that cannot
//! be asked lets everybody in: it saves money, it guards none.

#![expect(missing_docs, reason = "the attribute macro makes public methods without documentation")]

use std::cell::{Cell, RefCell};

use farthing_core::limit::{Admission, Rate, caller};
use worker::js_sys::{Array, Object, Reflect};
use worker::wasm_bindgen::JsValue;
use worker::{
    DurableObject, Env, Error, Headers, Request, Response, Result, SqlStorage, State,
    console_error, durable_object, wasm_bindgen,
};

use crate::ambient;
use crate::body;
use crate::calls;
use crate::inbox::sql;
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

/// How often an object forgets who has been paced out: whoever has is, within this time.
const FORGET_US: u64 = 60_000_000;

/// One of the objects.
#[durable_object(fetch)]
#[derive(Debug)]
pub struct Limiter {
    sql: SqlStorage,
    callers: RefCell<Callers>,
    /// When what is written down was last read; zero if this life has not read it yet.
    read_us: Cell<u64>,
}

/// Callers in their order, and the moment until which what was let in of each is paced out.
#[derive(Debug, Default)]
struct Callers(Vec<(u64, u64)>);

impl DurableObject for Limiter {
    fn new(state: State, _env: Env) -> Self {
        let sql = state.storage().sql();
        Self { sql, callers: RefCell::default(), read_us: Cell::new(0) }
    }

    /// Answers how many seconds the caller has to wait, zero for none.
    async fn fetch(&self, request: Request) -> Result<Response> {
        let url = request.inner().url();
        let mut parts = url.rsplit('/').map(str::parse::<u64>);
        let (Some(Ok(per_minute)), Some(Ok(caller))) = (parts.next(), parts.next()) else {
            return Response::empty().map(|response| response.with_status(400));
        };
        let rate = Rate::per_minute(u32::try_from(per_minute).unwrap_or(u32::MAX));
        let wait_s = self.judge(rate, caller, now_us())?;
        Response::from_bytes(wait_s.to_string().into_bytes())
    }
}

impl Limiter {
    fn judge(&self, rate: Rate, caller: u64, now_us: u64) -> Result<u64> {
        if now_us.saturating_sub(self.read_us.get()) >= FORGET_US {
            *self.callers.borrow_mut() = self.read(now_us)?;
            self.read_us.set(now_us);
        }
        let (wait_s, remember) = self.callers.borrow_mut().judge(rate, caller, now_us);
        if let Some(paced_until_us) = remember {
            let row = vec![sql::text(&caller.to_string()), micros(paced_until_us)];
            let statement = "INSERT INTO callers (caller, paced_until_us) VALUES (?, ?)
                ON CONFLICT (caller) DO UPDATE SET paced_until_us = excluded.paced_until_us";
            sql::all(&self.sql, statement, row)?;
        }
        Ok(wait_s)
    }

    /// What is written down, without those that have been paced out.
    fn read(&self, now_us: u64) -> Result<Callers> {
        let table = "CREATE TABLE IF NOT EXISTS callers (
            caller TEXT PRIMARY KEY, paced_until_us INTEGER NOT NULL) STRICT, WITHOUT ROWID";
        sql::all(&self.sql, table, vec![])?;
        let statement = "DELETE FROM callers WHERE paced_until_us <= ?";
        sql::all(&self.sql, statement, vec![micros(now_us)])?;
        let mut callers = Vec::new();
        for row in sql::all(&self.sql, "SELECT caller, paced_until_us FROM callers", vec![])? {
            let caller = sql::string(&row, 0)?.parse().map_err(|_| Error::BadEncoding)?;
            callers.push((caller, sql::count(&row, 1)?));
        }
        callers.sort_unstable_by_key(|(caller, _)| *caller);
        Ok(Callers(callers))
    }
}

impl Callers {
    /// How many seconds a caller has to wait, and what is to be remembered of it, if anything is.
    fn judge(&mut self, rate: Rate, caller: u64, now_us: u64) -> (u64, Option<u64>) {
        let Self(callers) = self;
        let place = callers.binary_search_by_key(&caller, |(caller, _)| *caller);
        let before = place.ok().and_then(|at| callers.get(at)).map_or(0, |(_, until)| *until);
        match (rate.admit(before, now_us), place) {
            (Admission::Wait { seconds }, _) => (seconds, None),
            (Admission::Go { paced_until_us }, Ok(at)) => {
                callers[at].1 = paced_until_us;
                (0, Some(paced_until_us))
            }
            (Admission::Go { paced_until_us }, Err(at)) if callers.len() < CALLERS_MAX => {
                callers.insert(at, (caller, paced_until_us));
                (0, Some(paced_until_us))
            }
            (Admission::Go { .. }, Err(_)) => (0, None),
        }
    }
}

/// A moment for a table; none of ours is past what its numbers can say.
fn micros(moment_us: u64) -> sql::Value {
    sql::integer(i64::try_from(moment_us).unwrap_or(i64::MAX))
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
    wait.ok_or_else(|| Error::RustError("no number".to_owned()))
}

fn now_us() -> u64 {
    u64::try_from(ambient::now().ms()).unwrap_or(0).saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_remembers_no_more_than_it_can() {
        let mut callers = Callers::default();
        let (rate, now) = (Rate::per_minute(2), 1_795_000_000_000_000);
        let mut judge = |caller| callers.judge(rate, caller, now);
        let each = 30_000_000;
        let taken: Vec<_> = (0..4).map(|_| judge(7)).collect();
        assert_eq!(
            taken,
            [(0, Some(now + each)), (0, Some(now + 2 * each)), (30, None), (30, None)]
        );
        let remembered =
            (100..100 + 2 * 20_000).filter(|caller| judge(*caller).1.is_some()).count();
        assert_eq!(remembered, CALLERS_MAX - 1);
        assert_eq!(judge(7), (30, None), "who is known stays known");
        assert_eq!(callers.0.len(), CALLERS_MAX);
    }
}
