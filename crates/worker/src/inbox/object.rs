//! The Durable Object: one shard of a source's inbox.
//!
//! The runtime holds back an answer until everything written before it is on disk, and drops the
//! answer when that fails; so an acknowledgement always means *stored*. The alarm is set after the
//! row and in the same turn, so both become durable together. A shard that has lost its alarm all
//! the same sets it again at the first call of its next life: the cron trigger and the first request
//! to the Worker make that call.

use std::cell::Cell;
use std::rc::Rc;

use farthing_core::print::Digits;
use farthing_core::webhook::VerifyError;
use worker::js_sys::Promise;
use worker::wasm_bindgen::{self, JsValue, prelude::wasm_bindgen};

use super::bell::Bell;
use super::client::Rejected;
use super::drive::{self, Drive, Stored};
use super::errand::{self, Cause};
use super::shelf::Shelf;
use super::{Accepted, ROWS_MAX, frame};
use crate::address::Address;
use crate::ambient;
use crate::body;
use crate::config::Config;
use crate::host::{self, Env, Fault, Request, Response, Result, State, Storage};
use crate::join::Together;
use crate::json::Json;
use crate::query::Query;
use crate::reply;

/// Lines that move at once: the runtime holds back the seventh connection of a request.
const LINES_AT_ONCE: usize = 6;
/// How long one alarm works before it hands over to the next, as soon as nothing is running: a try
/// that takes its time keeps no other line from moving meanwhile.
const ALARM_WORKS_MS: i64 = 60_000;
/// How long one alarm starts tries at most: the runtime grants a quarter of an hour.
const ALARM_WORKS_MAX_MS: i64 = 600_000;
/// When an alarm that was at work must be dead, for it would have ended by itself.
const ALARM_DEAD_MS: i64 = 900_000;
/// When the next alarm rings if this one dies at work.
const SAFETY_MS: i64 = 15_000;
/// How long to wait when the tables cannot be written.
const TROUBLE_WAIT_MS: i64 = 60_000;
/// How long to wait for a source to be in the settings again, in which nobody looks for it.
const GONE_WAIT_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// One shard of one source.
#[wasm_bindgen(wasm_bindgen = worker::wasm_bindgen)]
#[derive(Debug)]
pub struct Inbox(Rc<Shard>);

#[derive(Debug)]
struct Shard {
    storage: Storage,
    env: Env,
    shelf: Shelf,
    /// Whether this life has looked at the tables and set the alarm.
    ready: Cell<bool>,
    /// Whether this life has seen to the source's name being in the tables.
    named: Cell<bool>,
    /// When the alarm is set for, as far as this life knows.
    armed_ms: Cell<Option<i64>>,
    /// Since when an alarm is at work, which sets the next one itself.
    working: Cell<Option<i64>>,
    /// Tells that alarm of something new.
    bell: Bell,
    /// Failed signatures of a minute: the minute, and how many.
    failures: Cell<(i64, u64)>,
}

#[wasm_bindgen(wasm_bindgen = worker::wasm_bindgen)]
impl Inbox {
    /// A shard, made by the runtime.
    #[wasm_bindgen(constructor)]
    pub fn new(state: &State, env: Env) -> Self {
        Self(Rc::new(Shard::new(state.store(), env)))
    }

    /// What the Worker asks.
    pub fn fetch(&self, request: Request) -> Promise {
        let shard = Rc::clone(&self.0);
        host::promise(async move { shard.serve(request).await })
    }

    /// The alarm.
    pub fn alarm(&self) -> Promise {
        let shard = Rc::clone(&self.0);
        host::promise(async move {
            shard.ring().await;
            Ok(JsValue::UNDEFINED)
        })
    }
}

impl Shard {
    fn new(storage: Storage, env: Env) -> Self {
        let shelf = Shelf::new(storage.sql());
        Self {
            storage,
            env,
            shelf,
            ready: Cell::new(false),
            named: Cell::new(false),
            armed_ms: Cell::new(None),
            working: Cell::new(None),
            bell: Bell::default(),
            failures: Cell::new((0, 0)),
        }
    }

    async fn serve(&self, request: Request) -> Result<Response> {
        self.make_ready().await?;
        let url = request.url();
        let address = Address::parse(&url).ok_or_else(|| Fault::new("no address"))?;
        let query = Query::parse(address.query);
        let limit = query.number("limit").unwrap_or(ROWS_MAX).clamp(1, ROWS_MAX);
        let after = query.number("after").unwrap_or(0);
        match address.path {
            "/accept" => json(self.accept(&bytes(&request).await?).await?.to_json()),
            "/spread" => {
                let spread = self.shelf.spread(query.number("wanted").unwrap_or(1))?;
                json(Digits::signed(spread).as_str())
            }
            "/counts" => json(&self.shelf.counts(ambient::now().ms())?),
            "/event" => {
                let row = self.shelf.event(query.text("id").unwrap_or_default())?;
                json(row.as_deref().unwrap_or("null"))
            }
            "/gaps" => json(&self.shelf.gaps()?),
            "/redrive" => {
                let count = self.shelf.redrive(query.text("id"), ambient::now().ms())?;
                self.rearm(0).await?;
                json(Digits::of(count).as_str())
            }
            "/reject" => {
                self.reject(&bytes(&request).await?).await?;
                json("true")
            }
            "/sweep" => {
                self.sweep().await?;
                json("true")
            }
            listing => match self.shelf.page(listing, after, limit)? {
                Some(page) => json(&page),
                None => host::response(404, b"no such path", &[]),
            },
        }
    }

    /// Never fails: a handler that throws six times has no alarm any more.
    async fn ring(&self) {
        self.armed_ms.set(None);
        let now = ambient::now().ms();
        if self.at_work(now) {
            // One is enough. This one looks again, whatever becomes of that one.
            self.bell.ring();
            self.set_alarm(now.saturating_add(SAFETY_MS), now).await.ok();
            return;
        }
        self.working.set(Some(now));
        let worked = self.work(now).await;
        self.working.set(None);
        let wait_ms = match worked {
            Ok(wait_ms) => wait_ms,
            Err(fault) => {
                host::log_fault(&["a shard could not work"], &fault);
                TROUBLE_WAIT_MS
            }
        };
        self.armed_ms.set(None);
        if let Err(fault) = self.rearm(wait_ms).await {
            host::log_fault(&["a shard could not set its alarm"], &fault);
        }
    }

    /// Once per life: the tables are there and the alarm is set for the earliest line.
    async fn make_ready(&self) -> Result<()> {
        if self.ready.get() {
            return Ok(());
        }
        self.shelf.migrate()?;
        let waits = match (self.shelf.source()?, self.config()) {
            (Some(name), Ok(config)) => config.sources.get(&name).map(drive::waits),
            _ => None,
        };
        self.shelf.wake_waiting(waits.as_deref(), ambient::now().ms())?;
        self.ready.set(true);
        self.rearm(0).await
    }

    /// Stores an arrival once, then sees to the alarm.
    async fn accept(&self, framed: &[u8]) -> Result<Accepted> {
        let (arrival, body) = frame::split(framed).ok_or_else(|| Fault::new("a broken frame"))?;
        let config = self.config()?;
        let source =
            config.sources.get(&arrival.source).ok_or_else(|| Fault::new("no such source"))?;
        if !self.named.get() {
            self.shelf.name_source(&arrival.source)?;
            self.named.set(true);
        }
        let drive = Drive { env: &self.env, shelf: &self.shelf, config, source };
        let stored = drive.accept(&arrival, body, ambient::now().ms())?;
        // A copy comes again perhaps because the alarm of the first could not be set.
        if stored != Stored::Handed || source.fulfil.is_some() {
            self.rearm(0).await?;
        }
        Ok(if stored == Stored::Before { Accepted::Duplicate } else { Accepted::New })
    }

    /// The cron trigger: the alarm is set, and what is long done is forgotten.
    async fn sweep(&self) -> Result<()> {
        if let Ok(config) = self.config() {
            let before = |days: u32| {
                ambient::now().ms().saturating_sub(i64::from(days).saturating_mul(DAY_MS))
            };
            self.shelf.purge_bodies(before(config.keep_body_days))?;
            self.shelf.purge_ids(before(config.keep_id_days))?;
        }
        self.armed_ms.set(None);
        self.rearm(0).await
    }

    /// Counts refused requests, and tells somebody when too many signatures fail.
    async fn reject(&self, counted: &[u8]) -> Result<()> {
        let counted = Json::parse(counted).ok().as_ref().and_then(Rejected::from_json);
        let counted = counted.ok_or_else(|| Fault::new("no counts"))?;
        let now = ambient::now().ms();
        let minute = now.div_euclid(MINUTE_MS);
        let mut failed = 0_u64;
        for (reason, count) in &counted.reasons {
            self.shelf.reject(reason, i64::try_from(*count).unwrap_or(i64::MAX))?;
            if VerifyError::is_code(reason) {
                failed = failed.saturating_add(*count);
            }
        }
        let (last, so_far) = self.failures.get();
        let sum = if last == minute { so_far.saturating_add(failed) } else { failed };
        self.failures.set((minute, sum));
        let config = self.config()?;
        let most = config.alert.as_ref().map_or(u64::MAX, |alert| alert.failures_per_minute.into());
        if sum <= most {
            return Ok(());
        }
        self.shelf.name_source(&counted.source)?;
        let cause = Cause::Failures { count: sum, minute };
        errand::alert(&self.shelf, config, &counted.source, cause, now)?;
        self.rearm(0).await
    }

    /// Moves every line that is due, some at once, until none is or the alarm's time is up. Answers
    /// how long to wait at least before the next alarm.
    async fn work(&self, started: i64) -> Result<i64> {
        self.make_ready().await?;
        let Some(name) = self.shelf.source()? else { return Ok(0) };
        let config = self.config()?;
        let Some(source) = config.sources.get(&name) else {
            host::log(&["a shard of ", &name, " has work, and that is not in SOURCES any more"]);
            return Ok(GONE_WAIT_MS); // Its rows wait.
        };
        let drive = Drive { env: &self.env, shelf: &self.shelf, config, source };
        self.set_alarm(started.saturating_add(SAFETY_MS), started).await?;
        let mut lines = Together::new();
        let mut failed = Ok(0);
        loop {
            let worked = ambient::now().ms().saturating_sub(started);
            let most = if lines.count() == 0 { ALARM_WORKS_MS } else { ALARM_WORKS_MAX_MS };
            if failed.is_ok() && worked < most {
                failed = self.start_due(&mut lines, drive);
            }
            if lines.count() == 0 {
                return failed;
            }
            // Whatever comes first: a line that has moved, or something new for another one.
            let Some(moved) = lines.next_or(self.bell.rung()).await else { continue };
            // After a failure nothing new starts, but what is running runs to its end: it would be
            // sent again while it is still on its way.
            let after = self.after_move(moved, started).await;
            failed = failed.and_then(|wait_ms| after.map(|()| wait_ms));
        }
    }

    /// Lets the lines that are due run, as many as may.
    fn start_due<'d>(&self, lines: &mut Together<'d, Result<()>>, drive: Drive<'d>) -> Result<i64> {
        if lines.count() < LINES_AT_ONCE {
            let most = LINES_AT_ONCE.saturating_add(lines.count());
            for line in self.shelf.due_lines(ambient::now().ms(), most)? {
                if lines.count() < LINES_AT_ONCE && !lines.has(&line) {
                    let moves = line.clone();
                    lines.start(line, async move { drive.step(&moves).await });
                }
            }
        }
        Ok(0)
    }

    async fn after_move(&self, (line, outcome): (String, Result<()>), started: i64) -> Result<()> {
        let now = ambient::now().ms();
        if let Err(error) = outcome {
            host::log_fault(&["a line could not move"], &error);
            self.shelf.sleep(&line, Some(now.saturating_add(TROUBLE_WAIT_MS)))?;
        }
        if now.saturating_sub(started) > SAFETY_MS.div_euclid(2) {
            self.set_alarm(now.saturating_add(SAFETY_MS), now).await?;
        }
        Ok(())
    }

    /// Whether an alarm is at work and alive.
    fn at_work(&self, now: i64) -> bool {
        self.working.get().is_some_and(|since| now.saturating_sub(since) < ALARM_DEAD_MS)
    }

    fn config(&self) -> Result<&'static Config> {
        ambient::config(&self.env).map_err(|error| Fault::new(&error.sentence()))
    }

    /// Sets the alarm for the earliest line, but not sooner than after `wait_ms`. An alarm at work
    /// sees to that itself.
    async fn rearm(&self, wait_ms: i64) -> Result<()> {
        let now = ambient::now().ms();
        if self.at_work(now) {
            self.bell.ring();
            return Ok(());
        }
        let Some(due) = self.shelf.earliest()? else { return Ok(()) };
        let due = due.max(now.saturating_add(wait_ms));
        if self.armed_ms.get().is_some_and(|armed| armed <= due) {
            return Ok(());
        }
        self.set_alarm(due, now).await
    }

    async fn set_alarm(&self, due: i64, now: i64) -> Result<()> {
        self.armed_ms.set(Some(due));
        let set = self.storage.alarm_at(due.max(now)).await;
        if set.is_err() {
            self.armed_ms.set(None); // The next request sets it from the tables.
        }
        set
    }
}

async fn bytes(request: &Request) -> Result<Vec<u8>> {
    let read = body::read(request, usize::MAX).await;
    read.map_err(|_| Fault::new("the request broke off"))
}

fn json(body: &str) -> Result<Response> {
    reply::json(200, body, &[])
}
