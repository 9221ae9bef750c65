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
    /// The last scan left some of its deliveries out.
    pub(super) cut: bool,
    /// It stands in one of the queues for its turn.
    pub(super) queued: bool,
}

impl Lane {
    pub(super) fn new() -> Self {
        Self {
            waiting: VecDeque::new(),
            flying: 0,
            unrecorded: 0,
            allowed: 1,
            suspect: false,
            cut: false,
            queued: false,
        }
    }

    /// A try can begin.
    pub(super) fn can_start(&self) -> bool {
        self.flying < self.allowed && !self.waiting.is_empty()
    }

    /// No more are to be read for it. A suspect holds only what is in the air.
    pub(super) fn full(&self) -> bool {
        self.held() >= if self.suspect { 1 } else { self.allowed * LANE_HELD }
    }

    /// Enough have gone that more may be read.
    pub(super) fn low(&self) -> bool {
        self.held() <= if self.suspect { 0 } else { self.allowed }
    }

    /// Nothing is known of it that would be missed.
    pub(super) fn idle(&self) -> bool {
        self.held() == 0
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
