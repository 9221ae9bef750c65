//! The Durable Object: one shard of a source's inbox.
//!
//! The runtime holds back an answer until everything written before it is on disk, and drops the
//! answer when that fails; so an acknowledgement always means *stored*. The alarm is set after the
//! row and in the same turn, so both become durable together. If the alarm is lost all the same,
//! the first request of the object's next life and the cron trigger set it again.

#![expect(missing_docs, reason = "the attribute macro makes public methods without documentation")]

use std::cell::Cell;

use farthing_core::inbox::after_try_on;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use worker::url::form_urlencoded;
use worker::{
    DurableObject, Env, Error, Request, Response, Result, State, console_error, durable_object,
    wasm_bindgen,
};

use super::shelf::{Due, Shelf};
use super::{Accepted, ROWS_MAX, forward, frame};
use crate::address::Address;
use crate::ambient;
use crate::config::Config;

/// Rows one alarm takes: with the longest time limit and none answering, still well under the
/// quarter of an hour that an alarm may last.
const ALARM_ROWS: i64 = 120;
/// Calls at once: the runtime holds back the seventh connection of a request.
const ALARM_CALLS: usize = 6;
/// How long to wait when nothing can be forwarded at all (the settings do not name an address any
/// more, the table cannot be written): somebody has to mend it first.
const TROUBLE_WAIT_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// One shard of one source.
#[durable_object]
#[derive(Debug)]
pub struct Inbox {
    state: State,
    env: Env,
    shelf: Shelf,
    /// Whether this life has looked at the table and set the alarm.
    ready: Cell<bool>,
    /// Whether this life has seen to the source's name being in the table.
    named: Cell<bool>,
    /// When the alarm is set for, as far as this life knows.
    armed_ms: Cell<Option<i64>>,
}

impl DurableObject for Inbox {
    fn new(state: State, env: Env) -> Self {
        let shelf = Shelf::new(state.storage().sql());
        Self {
            state,
            env,
            shelf,
            ready: Cell::new(false),
            named: Cell::new(false),
            armed_ms: Cell::new(None),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        self.make_ready().await?;
        let url = request.inner().url();
        let address = Address::parse(&url).ok_or(Error::BadEncoding)?;
        let number = |name: &str| {
            let mut pairs = form_urlencoded::parse(address.query.as_bytes());
            pairs.find(|(key, _)| key == name).and_then(|(_, value)| value.parse().ok())
        };
        match address.path {
            "/accept" => json(&self.accept(&request.bytes().await?).await?),
            "/counts" => json(&self.shelf.counts()?),
            "/rows" => {
                let limit = number("limit").and_then(|limit: i64| u32::try_from(limit).ok());
                let limit = limit.unwrap_or(ROWS_MAX).clamp(1, ROWS_MAX);
                json(&self.shelf.page(number("after").unwrap_or(0), limit)?)
            }
            "/unpark" => {
                let count = self.shelf.unpark(ambient::now().ms())?;
                self.rearm(0).await?;
                json(&count)
            }
            "/sweep" => {
                self.sweep().await?;
                json(&true)
            }
            _ => Response::error("no such path", 404),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        self.armed_ms.set(None);
        self.make_ready().await?;
        let wait_ms = match self.forward_due().await {
            Ok(()) => 0,
            Err(error) => {
                console_error!("forwarding stopped: {error}");
                TROUBLE_WAIT_MS
            }
        };
        self.rearm(wait_ms).await?;
        Response::empty()
    }
}

impl Inbox {
    /// Once per life: the table is there and the alarm is set for its earliest due row.
    async fn make_ready(&self) -> Result<()> {
        if self.ready.get() {
            return Ok(());
        }
        self.shelf.migrate()?;
        self.rearm(0).await?;
        self.ready.set(true);
        Ok(())
    }

    /// Stores an arrival once, then sees to the alarm.
    async fn accept(&self, framed: &[u8]) -> Result<Accepted> {
        let (arrival, body) =
            frame::split(framed).ok_or_else(|| Error::RustError("a broken frame".into()))?;
        let now = ambient::now().ms();
        let config =
            ambient::config(&self.env).map_err(|error| Error::RustError(error.to_string()))?;
        let forwards = config.sources.get(&arrival.source).is_some_and(|s| s.forward.is_some());
        let due = forwards.then_some(now);
        if !self.named.get() {
            self.shelf.name_source(&arrival.source)?;
            self.named.set(true);
        }
        if !self.shelf.put(&arrival, body, now, due)? {
            self.shelf.count_duplicate()?;
            return Ok(Accepted::Duplicate);
        }
        if let Some(due) = due {
            self.arm(due, now).await?;
        }
        Ok(Accepted::New)
    }

    /// The cron trigger: the alarm is set, and what is long done is forgotten.
    async fn sweep(&self) -> Result<()> {
        if let Ok(config) = ambient::config(&self.env) {
            let kept_ms = i64::from(config.keep_days).saturating_mul(DAY_MS);
            self.shelf.prune(ambient::now().ms().saturating_sub(kept_ms))?;
        }
        self.rearm(0).await
    }

    async fn forward_due(&self) -> Result<()> {
        let Some(source) = self.shelf.source()? else { return Ok(()) };
        let config =
            ambient::config(&self.env).map_err(|error| Error::RustError(error.to_string()))?;
        // A source or its address taken out of the settings: the rows wait, visibly.
        let url = config.sources.get(&source).and_then(|source| source.forward.as_deref());
        let Some(url) = url else {
            return Err(Error::RustError("the source has no forward".into()));
        };
        let due = self.shelf.due(ambient::now().ms(), ALARM_ROWS)?;
        let lines = due.iter().map(|line| self.try_line(&config, url, &source, line));
        let mut running = stream::iter(lines).buffer_unordered(ALARM_CALLS);
        while let Some(outcome) = running.next().await {
            outcome?;
        }
        Ok(())
    }

    /// Tries the events of one object one after the other, so that as long as the origin takes them
    /// it sees them in order. One that fails does not hold up those after it.
    async fn try_line(&self, config: &Config, url: &str, source: &str, line: &[Due]) -> Result<()> {
        for row in line {
            self.try_one(config, url, source, row).await?;
        }
        Ok(())
    }

    /// Tries one row and writes down what came of it before anything else happens to it. A crash
    /// between the two sends it again: at least once, never not at all.
    async fn try_one(&self, config: &Config, url: &str, source: &str, row: &Due) -> Result<()> {
        let (class, status) = forward::send(config, url, source, row, ambient::now()).await;
        let now = ambient::now();
        let next = after_try_on(&config.schedule, row.item, class, (now, ambient::spread()));
        self.shelf.settle(row.seq, next, status, now.ms())
    }

    /// Sets the alarm for the earliest due row, whatever was believed before, but not sooner than
    /// after `wait_ms`.
    async fn rearm(&self, wait_ms: i64) -> Result<()> {
        self.armed_ms.set(None);
        let Some(due) = self.shelf.earliest()? else { return Ok(()) };
        let now = ambient::now().ms();
        self.arm(due.max(now.saturating_add(wait_ms)), now).await
    }

    /// Sets the alarm unless it already rings by then.
    async fn arm(&self, due: i64, now: i64) -> Result<()> {
        if self.armed_ms.get().is_some_and(|armed| armed <= due) {
            return Ok(());
        }
        self.armed_ms.set(Some(due));
        let set = self.state.storage().set_alarm(due.saturating_sub(now).max(0)).await;
        if set.is_err() {
            self.ready.set(false); // The next request sets it from the table.
        }
        set
    }
}

fn json<T: Serialize>(value: &T) -> Result<Response> {
    Response::from_json(value)
}
