//! What a process was told at its start. The command line reads it; nothing here reads the environment.

use std::time::Duration;

use farthing_core::retry::Schedule;
use farthing_domain::limits::{KEY_RETENTION_MS, NETWORK_TIMEOUT_MS};

use crate::breaker::Settings;
use crate::gate::{Limits, Place};
use crate::serve::CONNECTIONS_MAX;
use crate::ssrf::Reach;

/// How long an endpoint may take to answer: between the ten and thirty seconds that receivers of
/// Stripe's webhooks report.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(20);

/// From the first byte of a request's head to its last one. What real clients send comes at once; a
/// connection on which nothing was sent is idle, which is no fault.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a body may take to arrive: a slow client must not hold a connection for ever.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// The settings of one process.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Config {
    /// A development process: well-known keys, loopback webhooks, short schedules (decision 10).
    pub dev: bool,
    /// Live keys work although the only acquirer is the simulator.
    pub simulate_live: bool,
    /// A proxy in front does TLS.
    pub behind_tls_proxy: bool,
    /// This process alone works on its store, so every attempt it finds open at its start was
    /// left by a process that is gone.
    pub alone: bool,
    /// The URL under which browsers reach this server, without a slash at its end.
    pub public_url: String,
    /// How long a call to the network may take before its outcome counts as unknown.
    pub network_timeout: Duration,
    /// How long an endpoint may take to answer.
    pub delivery_timeout: Duration,
    /// How long the head of a request may take, once it has begun.
    pub head_timeout: Duration,
    /// How long the body of a request may take.
    pub body_timeout: Duration,
    /// How much is let in.
    pub limits: Limits,
    /// Where processes count in common what keys use; none if each counts for itself.
    pub limits_at: Option<Place>,
    /// Connections at one time.
    pub connections: usize,
    /// When calls to a network that does not answer are held back.
    pub breaker: Settings,
    /// How long a kept answer is replayed at least, once it is final: a day or more.
    pub key_retention_ms: i64,
    /// Where to crash on purpose, for the tests of recovery.
    pub crash_at: Option<CrashPoint>,
}

/// A place to crash on purpose. Only a development process can be told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrashPoint {
    /// The network has answered, and nothing of it is on disk.
    BetweenAnswerAndCommit,
}

impl Config {
    /// The settings of a development process.
    pub fn dev() -> Self {
        Self { dev: true, ..Self::default() }
    }

    /// How far webhooks may reach.
    pub fn reach(&self) -> Reach {
        if self.dev { Reach::Loopback } else { Reach::Public }
    }

    /// When a failed delivery is tried again.
    pub fn delivery_schedule(&self) -> Schedule {
        if self.dev { Schedule::dev() } else { Schedule::deliveries() }
    }
}

impl Default for Config {
    fn default() -> Self {
        let network_timeout_ms = u64::try_from(NETWORK_TIMEOUT_MS).unwrap_or_default();
        Self {
            dev: false,
            simulate_live: false,
            behind_tls_proxy: false,
            alone: true,
            public_url: String::new(),
            network_timeout: Duration::from_millis(network_timeout_ms),
            delivery_timeout: DELIVERY_TIMEOUT,
            head_timeout: HEAD_TIMEOUT,
            body_timeout: BODY_TIMEOUT,
            limits: Limits::default(),
            limits_at: None,
            connections: CONNECTIONS_MAX,
            breaker: Settings::default(),
            key_retention_ms: KEY_RETENTION_MS,
            crash_at: None,
        }
    }
}
