//! One run: so many connections, each sending its next payment when the last is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::client::{Connection, Target};
use crate::failure::Failure;

/// What is to be done.
pub(super) struct Load {
    pub(super) connections: usize,
    pub(super) warm_up: Duration,
    pub(super) measured: Duration,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) connections: usize,
    pub(super) payments: usize,
    pub(super) failed: usize,
    pub(super) seconds: f64,
    /// The first answer that was no payment.
    pub(super) first_failure: Option<String>,
    latencies_us: Vec<u64>,
}

const WARMING: u8 = 0;
const MEASURING: u8 = 1;
const OVER: u8 = 2;

#[derive(Default)]
struct Seen {
    latencies_us: Vec<u64>,
    failed: usize,
    first_failure: Option<String>,
}

impl Load {
    pub(super) async fn run(&self, target: &Target) -> Result<Run, Failure> {
        let phase = Arc::new(AtomicU8::new(WARMING));
        let mut workers = JoinSet::new();
        for number in 0..self.connections {
            let connection = Connection::open(target).await?;
            let name = format!("bench-{}-{}-{number}", std::process::id(), self.connections);
            workers.spawn(worker(connection, name, Arc::clone(&phase)));
        }
        tokio::time::sleep(self.warm_up).await;
        phase.store(MEASURING, Ordering::Relaxed);
        let begin = Instant::now();
        tokio::time::sleep(self.measured).await;
        phase.store(OVER, Ordering::Relaxed);
        let seconds = begin.elapsed().as_secs_f64();
        let mut all = Seen::default();
        while let Some(seen) = workers.join_next().await {
            let seen = seen.map_err(|error| Failure::system("A worker died", &error))??;
            all.latencies_us.extend(seen.latencies_us);
            all.failed += seen.failed;
            all.first_failure = all.first_failure.or(seen.first_failure);
        }
        all.latencies_us.sort_unstable();
        Ok(Run {
            connections: self.connections,
            payments: all.latencies_us.len(),
            failed: all.failed,
            seconds,
            first_failure: all.first_failure,
            latencies_us: all.latencies_us,
        })
    }
}

async fn worker(
    mut connection: Connection,
    name: String,
    phase: Arc<AtomicU8>,
) -> Result<Seen, Failure> {
    let mut seen = Seen::default();
    let mut number = 0_u64;
    loop {
        let phase = phase.load(Ordering::Relaxed);
        if phase == OVER {
            return Ok(seen);
        }
        number += 1;
        let begin = Instant::now();
        let (status, body) = connection.pay(&format!("{name}-{number}")).await?;
        let took = begin.elapsed();
        if status.as_u16() != 200 {
            seen.failed += 1;
            let text = || format!("{status}: {}", String::from_utf8_lossy(&body));
            seen.first_failure.get_or_insert_with(text);
        } else if phase == MEASURING {
            seen.latencies_us.push(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        }
    }
}

impl Run {
    pub(super) fn per_second(&self) -> f64 {
        f64::from(u32::try_from(self.payments).unwrap_or(u32::MAX)) / self.seconds
    }

    /// The latency below which so many of a thousand answers stayed, in milliseconds.
    pub(super) fn latency_ms(&self, per_mille: usize) -> f64 {
        let last = self.latencies_us.len().saturating_sub(1);
        let at = (self.latencies_us.len() * per_mille / 1_000).min(last);
        let us = self.latencies_us.get(at).copied().unwrap_or_default();
        f64::from(u32::try_from(us).unwrap_or(u32::MAX)) / 1_000.0
    }
}
