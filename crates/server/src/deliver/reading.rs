//! Where reading stands: forward along what has become due, and endpoint by endpoint for those that
//! had more than their lanes could hold.
//!
//! What a reading forward has passed is held, or is of an endpoint that was cut, and is read for that
//! endpoint alone. So no reading passes over a backlog twice, however long it is; now and then one
//! begins at the beginning all the same, for what was committed later than its moment says.

use std::collections::{BTreeSet, VecDeque};

use farthing_core::id::EndpointId;
use farthing_core::time::TimestampMs;
use farthing_domain::delivery::{Delivery, DeliveryState};

use super::limits::{LATE_MS, SCAN_GAP_MS, SCAN_IDLE_MS, STORE_PAUSE_MS, SWEEP_MS, SWEEP_SHARE};
use super::machine::Name;

const EPOCH: TimestampMs = TimestampMs::from_ms(0);

/// What a reading was of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// What is due by then, so much of it at most.
    Forward {
        /// Up to when.
        due_by: TimestampMs,
        /// How many rows at most.
        limit: usize,
    },
    /// What is due to endpoints that were cut, so much to each.
    Refill(Vec<(EndpointId, usize)>),
}

/// Where reading stands.
#[derive(Debug)]
pub(super) struct Reading {
    /// What is being read, since when.
    running: Option<(Asked, TimestampMs)>,
    /// When to read next, if there is no other reason.
    pub(super) due: TimestampMs,
    /// Not before.
    pub(super) not_before: TimestampMs,
    /// The last one forward came back full: there is more.
    pub(super) more: bool,
    /// Let go while a reading was running, which may have found them before.
    stale: BTreeSet<Name>,
    /// What is due before this is held, or of an endpoint that was cut.
    floor: TimestampMs,
    /// That is no longer so.
    anew: bool,
    /// Reading from the beginning, since when.
    sweeping: Option<TimestampMs>,
    /// When to begin at the beginning again.
    sweep_at: TimestampMs,
    /// Endpoints that were cut and have room.
    pub(super) thin: VecDeque<EndpointId>,
    /// Whose turn it is when both are wanted.
    pub(super) refilled: bool,
}

impl Reading {
    pub(super) fn new() -> Self {
        Self {
            running: None,
            due: EPOCH,
            not_before: EPOCH,
            more: false,
            stale: BTreeSet::new(),
            floor: EPOCH,
            anew: false,
            sweeping: None,
            sweep_at: EPOCH,
            thin: VecDeque::new(),
            refilled: false,
        }
    }

    /// Whether a reading is under way.
    pub(super) fn runs(&self) -> bool {
        self.running.is_some()
    }

    /// Begins to read.
    pub(super) fn begin(&mut self, asked: Asked, now: TimestampMs) {
        self.refilled = matches!(asked, Asked::Refill(_));
        if !self.refilled {
            self.due = TimestampMs::from_ms(i64::MAX);
        }
        self.running = Some((asked, now));
    }

    /// From when on the next reading forward reads.
    pub(super) fn since(&mut self, now: TimestampMs) -> TimestampMs {
        if now >= self.sweep_at && self.sweeping.is_none() {
            self.sweeping = Some(now);
            self.anew = true;
        }
        if std::mem::take(&mut self.anew) {
            self.floor = EPOCH;
        }
        // The clock may have stepped back.
        self.floor.min(now.plus_ms(-LATE_MS))
    }

    /// Everything is to be read again.
    pub(super) fn anew(&mut self, now: TimestampMs) {
        self.anew = true;
        self.due = self.due.min(now);
    }

    /// Something was let go whose row a reading that is under way may have found before.
    pub(super) fn let_go(&mut self, name: Name) {
        if self.runs() {
            self.stale.insert(name);
        }
    }

    /// Takes in that a reading has ended; what it was of, and what it may have found too late.
    pub(super) fn ended(
        &mut self,
        now: TimestampMs,
        rows: &[Delivery],
    ) -> (Option<Asked>, BTreeSet<Name>) {
        let asked = self.running.take().map(|(asked, _)| asked);
        self.not_before = now.plus_ms(SCAN_GAP_MS);
        self.due = self.due.min(now.plus_ms(SCAN_IDLE_MS));
        if let Some(Asked::Forward { due_by, limit }) = &asked {
            self.more = rows.len() >= *limit;
            let last = rows.last().and_then(|last| match last.state {
                DeliveryState::Due { at } => Some(at),
                DeliveryState::Delivered { .. } | DeliveryState::GivenUp { .. } => None,
            });
            if let Some(last) = last.filter(|_| self.more) {
                self.floor = self.floor.max(last);
            } else {
                self.floor = due_by.plus_ms(-LATE_MS);
                if let Some(began) = self.sweeping.take() {
                    let pause = now.since(began).saturating_mul(SWEEP_SHARE).max(SWEEP_MS);
                    self.sweep_at = now.plus_ms(pause);
                }
            }
        }
        (asked, std::mem::take(&mut self.stale))
    }

    /// Takes in that the store could not be read.
    pub(super) fn failed(&mut self, now: TimestampMs) {
        if let Some((Asked::Refill(endpoints), _)) = self.running.take() {
            self.thin.extend(endpoints.into_iter().map(|(endpoint, _)| endpoint));
        }
        self.not_before = now.plus_ms(STORE_PAUSE_MS);
        self.due = now;
    }
}
