//! What waits for one endpoint, and how much of it may be in the air.

use std::collections::VecDeque;

use farthing_domain::delivery::Delivery;

use super::limits::{LANE_FLYING_MAX, LANE_HELD};

/// One endpoint's deliveries.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) waiting: VecDeque<Delivery>,
    /// In the air.
    pub(super) flying: usize,
    /// Answered, and not yet recorded.
    pub(super) unrecorded: usize,
    /// How many may be in the air: one until the endpoint has answered, then doubling.
    allowed: usize,
    /// Its last try failed or was slow.
    pub(super) suspect: bool,
    /// Where those of its deliveries are that it does not hold.
    pub(super) rest: Rest,
    /// It stands in one of the queues for its turn.
    pub(super) queued: bool,
}

/// Where an endpoint's deliveries are that its lane does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// Where reading has not come yet.
    Ahead,
    /// A reading has passed over some: they are read for this endpoint alone.
    Behind,
    /// The same, and it has room and stands in the queue to be read for.
    Wanted,
}

impl Lane {
    pub(super) fn new() -> Self {
        Self {
            waiting: VecDeque::new(),
            flying: 0,
            unrecorded: 0,
            allowed: 1,
            suspect: false,
            rest: Rest::Ahead,
            queued: false,
        }
    }

    /// A try can begin.
    pub(super) fn can_start(&self) -> bool {
        self.flying < self.allowed && !self.waiting.is_empty()
    }

    /// No more are to be read for it. A suspect holds only what is in the air.
    pub(super) fn full(&self) -> bool {
        self.held() >= self.room()
    }

    fn room(&self) -> usize {
        if self.suspect { 1 } else { self.allowed * LANE_HELD }
    }

    /// How many rows to read for it: what it holds already, and what it has room for.
    pub(super) fn wants(&self) -> usize {
        self.room().max(self.held() + 1)
    }

    /// Enough have gone that more may be read.
    pub(super) fn low(&self) -> bool {
        self.held() <= if self.suspect { 0 } else { self.allowed }
    }

    /// It is to be read for by itself.
    pub(super) fn behind(&self) -> bool {
        self.rest != Rest::Ahead
    }

    /// A reading passes over some of its deliveries.
    pub(super) fn passed_over(&mut self) {
        if self.rest == Rest::Ahead {
            self.rest = Rest::Behind;
        }
    }

    /// Nothing is known of it that would be missed.
    pub(super) fn idle(&self) -> bool {
        self.held() == 0 && !self.behind()
    }

    fn held(&self) -> usize {
        self.waiting.len() + self.flying + self.unrecorded
    }

    pub(super) fn answered(&mut self) {
        self.suspect = false;
        self.allowed = (self.allowed * 2).min(LANE_FLYING_MAX);
    }

    pub(super) fn failed(&mut self) {
        self.suspect = true;
        self.allowed = 1;
    }
}
