//! How often one address may ask the checkout for something.
//!
//! By the platform's own rate limit where the binding `RATE_LIMIT` is there: it costs nothing, and
//! counts in each of its places by itself. Else by at most 64 objects that remember who has asked
//! lately. Each also writes it down, one row for every request that is let in: the runtime ends an
//! object after seconds of idleness, long before its callers have been paced out. A limit that cannot
//! be asked lets everybody in: it saves money, it guards none.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use farthing_core::limit::{Admission, Rate, caller};
use farthing_core::print::Digits;
use worker::js_sys::{Array, Object, Promise, Reflect};
use worker::wasm_bindgen::{self, JsValue, prelude::wasm_bindgen};

use crate::ambient;
use crate::body;
use crate::calls;
use crate::host::{self, Env, Fault, Headers, Request, Response, Result, Sql, State};
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
#[wasm_bindgen(wasm_bindgen = worker::wasm_bindgen)]
#[derive(Debug)]
pub struct Limiter(Rc<Limit>);

#[derive(Debug)]
struct Limit {
    sql: Sql,
    callers: RefCell<Callers>,
    /// When what is written down was last read; zero if this life has not read it yet.
    read_us: Cell<u64>,
}

/// Callers in their order, and the moment until which what was let in of each is paced out.
#[derive(Debug, Default)]
struct Callers(Vec<(u64, u64)>);

#[wasm_bindgen(wasm_bindgen = worker::wasm_bindgen)]
impl Limiter {
    /// An object, made by the runtime.
    #[wasm_bindgen(constructor)]
    pub fn new(state: &State, _env: Env) -> Self {
        let sql = state.store().sql();
        Self(Rc::new(Limit { sql, callers: RefCell::default(), read_us: Cell::new(0) }))
    }

    /// Answers how many seconds the caller has to wait, zero for none.
    pub fn fetch(&self, request: Request) -> Promise {
        let limit = Rc::clone(&self.0);
        host::promise(async move { limit.answer(&request.url()) })
    }
}

impl Limit {
    fn answer(&self, url: &str) -> Result<Response> {
        let mut parts = url.rsplit('/').map(str::parse::<u64>);
        let (Some(Ok(per_minute)), Some(Ok(caller))) = (parts.next(), parts.next()) else {
            return host::response(400, &[], &[]);
        };
        let rate = Rate::per_minute(u32::try_from(per_minute).unwrap_or(u32::MAX));
        let wait_s = self.judge(rate, caller, now_us())?;
        host::response(200, Digits::of(wait_s).as_str().as_bytes(), &[])
    }

    fn judge(&self, rate: Rate, caller: u64, now_us: u64) -> Result<u64> {
        if now_us.saturating_sub(self.read_us.get()) >= FORGET_US {
            *self.callers.borrow_mut() = self.read(now_us)?;
            self.read_us.set(now_us);
        }
        let (wait_s, remember) = self.callers.borrow_mut().judge(rate, caller, now_us);
        if let Some(paced_until_us) = remember {
            let row = vec![sql::text(Digits::of(caller).as_str()), micros(paced_until_us)];
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
        // Numbers as texts, since the runtime's numbers have 53 bits: the shorter is the smaller.
        let statement =
            "SELECT caller, paced_until_us FROM callers ORDER BY length(caller), caller";
        for row in sql::all(&self.sql, statement, vec![])? {
            let caller = sql::string(&row, 0)?.parse();
            let caller = caller.map_err(|_| Fault::new("a caller is no number"))?;
            callers.push((caller, sql::count(&row, 1)?));
        }
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
) -> std::result::Result<(), Box<Problem>> {
    if per_minute == 0 {
        return Ok(());
    }
    // The platform sets this header, whatever the caller has put there.
    let address = headers.get("cf-connecting-ip").ok().flatten().unwrap_or_default();
    let caller = caller(&address);
    let platform = env.get(PLATFORM_BINDING);
    let asked = if platform.is_object() {
        ask_platform(&platform, caller).await
    } else {
        ask(env, per_minute, caller).await
    };
    match asked {
        Ok(0) => Ok(()),
        Ok(retry_after_s) => Err(Problem::TooMany { retry_after_s }.into()),
        Err(error) => {
            host::log_fault(&["the rate limit did not answer, so that there is none"], &error);
            Ok(())
        }
    }
}

/// Calls `limit({ key })`, and reads `success` of what it resolves to.
async fn ask_platform(limit: &JsValue, caller: u64) -> Result<u64> {
    let options = Object::new();
    Reflect::set(&options, &"key".into(), &Digits::of(caller).as_str().into())?;
    let outcome = host::call(limit, "limit", &Array::of1(&options)).await?;
    let success = host::property(&outcome, "success").as_bool();
    Ok(if success == Some(false) { PLATFORM_WAIT_S } else { 0 })
}

async fn ask(env: &Env, per_minute: u32, caller: u64) -> Result<u64> {
    let object = caller.checked_rem(OBJECTS).unwrap_or(0);
    let objects = env.objects(BINDING).ok_or_else(|| Fault::new("no limiter is bound"))?;
    let (caller, per_minute) = (Digits::of(caller), Digits::of(per_minute.into()));
    let url = ["https://limiter/", caller.as_str(), "/", per_minute.as_str()].concat();
    let answer = objects.ask(Digits::of(object).as_str(), &calls::request(&url, None)?).await?;
    let wait = body::read_answer(&answer).await?;
    let wait = std::str::from_utf8(&wait).ok().and_then(|wait| wait.parse().ok());
    wait.ok_or_else(|| Fault::new("no number"))
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
