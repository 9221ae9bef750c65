//! What keys have used, counted by several processes in common: on a Redis server, by one script,
//! with that server's time, so that all of them agree.
//!
//! The script is the rule of [`Cell::take`](super::Cell::take) written a second time, because it must
//! run where the number is; a property test holds the two against each other. What must stay true:
//! nobody waits for the server longer than [`WAIT`], nobody is turned away because it is not there
//! (each process counts for itself meanwhile), and it learns nothing but hashes of keys.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError};
use tokio::time::timeout;

use super::class::Class;
use super::rate::Rate;
use crate::ops;

/// How long a request waits for the server: many times what it takes, and little beside a payment.
const WAIT: Duration = Duration::from_millis(50);
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_millis(500);
/// How often the server is asked whether it is there, and looked for when it is not.
const ROUND: Duration = Duration::from_secs(1);
/// Requests that wait to be written to the connection; more wait in line, within [`WAIT`].
const WAITING: usize = 1_024;
/// The server's time, in microseconds, before the rule.
const TIME: &str = "local time = redis.call('TIME')\nlocal now = tonumber(time[1]) * 1000000 + tonumber(time[2])\n";
const RULE: &str = include_str!("rate.lua");
/// Before the hash of a key.
const PREFIX: &str = "farthing:limit:";

/// Where the limits of several processes are counted. Never shown: its URL may hold a password.
#[derive(Clone)]
pub struct Place(Client);

/// A URL that is none of a Redis server without TLS. Nothing of it is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaceError;

impl Place {
    /// Reads `redis://user:password@host:port/number`, or `redis+unix:///path`.
    ///
    /// # Errors
    /// [`PlaceError`].
    pub fn parse(url: &str) -> Result<Self, PlaceError> {
        Client::open(url).map(Self).map_err(|_| PlaceError)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Place([redacted])")
    }
}

impl fmt::Display for PlaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Limits are counted on a Redis server: redis://[user:password@]host[:port][/number], without TLS.")
    }
}

impl std::error::Error for PlaceError {}

/// The limits that are counted there.
pub(super) struct Common {
    client: Client,
    script: String,
    link: Mutex<Link>,
    /// Connections made.
    made: AtomicU64,
}

/// Whether the server is there.
enum Link {
    /// Nobody has looked yet.
    New,
    Up(Session),
    Down,
}

#[derive(Clone)]
struct Session {
    connection: MultiplexedConnection,
    /// The script's name on the server.
    name: Arc<str>,
    number: u64,
}

impl Common {
    pub(super) fn new(place: Place) -> Self {
        Self::with(place, format!("{TIME}{RULE}"))
    }

    fn with(Place(client): Place, script: String) -> Self {
        metrics::gauge!("farthing_limits_common").set(0.0);
        Self { client, script, link: Mutex::new(Link::New), made: AtomicU64::new(0) }
    }

    /// Counts one request, or says how long to wait; none if the server does not say.
    pub(super) async fn take(
        &self,
        key: &[u8; 32],
        (rate, class): (Rate, Class),
    ) -> Option<Result<(), Duration>> {
        let asked = match self.session() {
            Some(session) => self.ask(session, key, (rate, class)).await,
            None => None,
        };
        if asked.is_none() {
            metrics::counter!("farthing_requests_counted_alone_total").increment(1);
        }
        asked
    }

    async fn ask(
        &self,
        mut session: Session,
        key: &[u8; 32],
        (rate, class): (Rate, Class),
    ) -> Option<Result<(), Duration>> {
        let mut command = redis::cmd("EVALSHA");
        command.arg(&*session.name).arg(1).arg(name_of(key));
        command.arg(rate.interval_us());
        command.arg(rate.tolerance_us(class)).arg(rate.tolerance_us(Class::Money));
        match timeout(WAIT, command.query_async::<u64>(&mut session.connection)).await {
            Ok(Ok(0)) => Some(Ok(())),
            Ok(Ok(early_us)) => Some(Err(Duration::from_micros(early_us))),
            Ok(Err(error)) => {
                self.lose(&session, &error);
                None
            }
            Err(_) => {
                self.lose(&session, &"no answer in time");
                None
            }
        }
    }

    /// Looks after the connection. Runs until dropped.
    pub(super) async fn keep(&self) {
        loop {
            tokio::time::sleep(ROUND).await;
            self.tend().await;
        }
    }

    /// Asks the server whether it is there, or looks for it.
    pub(super) async fn tend(&self) {
        let Some(mut session) = self.session() else { return self.join().await };
        // A connection that nobody uses would be closed by some servers, and missed by a request.
        let ping = redis::cmd("PING");
        match timeout(WAIT, ping.query_async::<()>(&mut session.connection)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.lose(&session, &error),
            Err(_) => self.lose(&session, &"no answer in time"),
        }
    }

    async fn join(&self) {
        let joined = timeout(CONNECT, self.connect()).await;
        let cause = match joined {
            Ok(Ok(session)) => {
                tracing::info!("limits are counted in common");
                *self.link() = Link::Up(session);
                metrics::gauge!("farthing_limits_common").set(1.0);
                return;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no connection in time".to_owned(),
        };
        let before = std::mem::replace(&mut *self.link(), Link::Down);
        match before {
            Link::New | Link::Up(_) => alert(&cause),
            Link::Down => tracing::debug!(%cause, "limits are still counted alone"),
        }
    }

    async fn connect(&self) -> Result<Session, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(CONNECT))
            .set_pipeline_buffer_size(WAITING);
        let mut connection =
            self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let mut load = redis::cmd("SCRIPT");
        load.arg("LOAD").arg(&self.script);
        let name: String = load.query_async(&mut connection).await?;
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        Ok(Session { connection, name: name.into(), number })
    }

    fn session(&self) -> Option<Session> {
        match &*self.link() {
            Link::Up(session) => Some(session.clone()),
            Link::New | Link::Down => None,
        }
    }

    /// The server did not answer as it should: until it is found again nobody waits for it.
    fn lose(&self, lost: &Session, cause: &dyn fmt::Display) {
        let mut link = self.link();
        if matches!(&*link, Link::Up(session) if session.number == lost.number) {
            *link = Link::Down;
            drop(link);
            alert(cause);
        }
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Common {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Common").finish_non_exhaustive()
    }
}

fn alert(cause: &dyn fmt::Display) {
    metrics::gauge!("farthing_limits_common").set(0.0);
    ops::alert("each process counts limits for itself", &"limits", cause);
}

/// The name of a key's number: the keyed hash by which the store knows the key, in hexadecimal.
fn name_of(key: &[u8; 32]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = key.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    PREFIX.chars().chain(digits.map(|digit| char::from(DIGITS[usize::from(digit)]))).collect()
}

#[cfg(test)]
#[path = "common_tests.rs"]
mod tests;
