//! Circuit breakers: one for each acquirer and operation. While the network leaves call after call
//! without an answer, further calls are not made: each would keep a payer waiting for the time limit,
//! and leave one more outcome to be found out.
//!
//! Here: a state machine without a clock, and the set of them. A call that is held back was never
//! made and never will be under its reference, so its outcome is known at once: absent. What must stay
//! true: look-ups and reversals are never held back, for they end what is unknown.

use std::sync::{Mutex, MutexGuard, PoisonError};

use farthing_core::time::TimestampMs;
use farthing_domain::acquirer::Readiness;
use farthing_domain::attempt::Call;

use crate::ops;

/// When a breaker opens, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Calls without an answer, one after the other, that open it; 0 never does.
    pub failures: u32,
    /// How long it holds calls back before it tries one, in milliseconds.
    pub open_ms: i64,
}

impl Default for Settings {
    /// Ten calls one after the other are no accident; ten seconds are the network's own time limit.
    fn default() -> Self {
        Self { failures: 10, open_ms: 10_000 }
    }
}

/// What is asked of the network, as far as breakers tell it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Reserve or take funds, or ask whether a card is good.
    Authorize,
    /// Take reserved funds.
    Capture,
    /// Reserve more.
    Increment,
    /// Release reserved funds.
    Void,
    /// Give funds back.
    Refund,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Authorize, Self::Capture, Self::Increment, Self::Void, Self::Refund];

    /// What a call is.
    pub fn of(call: &Call) -> Self {
        match call {
            Call::Authorize { .. } | Call::Verify { .. } => Self::Authorize,
            Call::Capture { .. } => Self::Capture,
            Call::Increment { .. } => Self::Increment,
            Call::Void { .. } => Self::Void,
            Call::Refund { .. } => Self::Refund,
        }
    }

    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Capture => "capture",
            Self::Increment => "increment",
            Self::Void => "void",
            Self::Refund => "refund",
        }
    }

    fn place(self) -> usize {
        match self {
            Self::Authorize => 0,
            Self::Capture => 1,
            Self::Increment => 2,
            Self::Void => 3,
            Self::Refund => 4,
        }
    }
}

/// What a breaker is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Calls are made.
    Closed {
        /// Calls without an answer since the last answer.
        failures: u32,
    },
    /// Calls are held back.
    Open {
        /// Until then.
        until: TimestampMs,
    },
    /// One call is being made, to see; others are held back.
    HalfOpen {
        /// If nothing is heard of it by then, another is made.
        until: TimestampMs,
    },
}

impl State {
    /// For metrics: how far it is open.
    pub fn number(self) -> u8 {
        match self {
            Self::Closed { .. } => 0,
            Self::HalfOpen { .. } => 1,
            Self::Open { .. } => 2,
        }
    }

    /// Whether a call may be made, and the state that follows.
    #[must_use]
    pub fn ask(self, settings: Settings, now: TimestampMs) -> (bool, Self) {
        match self {
            Self::Closed { .. } => (true, self),
            Self::Open { until } | Self::HalfOpen { until } => {
                let left_ms = until.since(now);
                // A clock that was set back must not hold calls back for longer than was meant.
                if left_ms <= 0 || left_ms > settings.open_ms {
                    (true, Self::HalfOpen { until: now.plus_ms(settings.open_ms) })
                } else {
                    (false, self)
                }
            }
        }
    }

    /// The state after a call that was made: one definite answer closes it, whatever it says.
    #[must_use]
    pub fn heard(self, settings: Settings, answered: Answered, now: TimestampMs) -> Self {
        let open = Self::Open { until: now.plus_ms(settings.open_ms) };
        match (answered, self) {
            (Answered::Yes, _) => Self::Closed { failures: 0 },
            (Answered::No, Self::Closed { failures }) => {
                let failures = failures.saturating_add(1);
                let opens = settings.failures > 0 && failures >= settings.failures;
                if opens { open } else { Self::Closed { failures } }
            }
            (Answered::No, Self::HalfOpen { .. }) => open,
            // It was begun before: the breaker has opened without it.
            (Answered::No, Self::Open { .. }) => self,
        }
    }
}

/// Whether the network said anything definite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// An approval, a decline, a refusal.
    Yes,
    /// Nothing in time, or nothing that tells the outcome.
    No,
}

/// The breakers of one acquirer.
#[derive(Debug)]
pub struct Breakers {
    settings: Settings,
    acquirer: String,
    states: Mutex<[State; Operation::ALL.len()]>,
}

impl Breakers {
    /// All closed, of the acquirer of this name.
    pub fn new(settings: Settings, acquirer: &str) -> Self {
        let states = [State::Closed { failures: 0 }; Operation::ALL.len()];
        Self { settings, acquirer: acquirer.to_owned(), states: Mutex::new(states) }
    }

    /// Whether a call would be made now. Nothing follows from asking.
    pub fn readiness(&self, operation: Operation, now: TimestampMs) -> Readiness {
        let (may, _) = self.lock()[operation.place()].ask(self.settings, now);
        if may { Readiness::Ready } else { Readiness::HeldBack }
    }

    /// Whether a call may be made now. Who is let through says afterwards what was heard.
    pub fn may_call(&self, operation: Operation, now: TimestampMs) -> bool {
        let (may, _) = self.step(operation, |state, settings| state.ask(settings, now));
        if !may {
            let name = operation.name();
            let acquirer = self.acquirer.clone();
            metrics::counter!(
                "farthing_calls_held_back_total", "acquirer" => acquirer, "operation" => name
            )
            .increment(1);
        }
        may
    }

    /// What came of a call.
    pub fn heard(&self, operation: Operation, answered: Answered, now: TimestampMs) {
        let heard = |state: State, settings| ((), state.heard(settings, answered, now));
        let ((), (before, after)) = self.step(operation, heard);
        let name = operation.name();
        match (before, after) {
            (State::Closed { .. } | State::HalfOpen { .. }, State::Open { .. }) => {
                let cause = "calls in a row had no answer; they are held back for a while";
                let which = format!("{} {name}", self.acquirer);
                ops::alert("the network does not answer", &which, &cause);
            }
            (State::Open { .. } | State::HalfOpen { .. }, State::Closed { .. }) => {
                let acquirer = &self.acquirer;
                tracing::warn!(acquirer, operation = name, "the network answers again");
            }
            _ => {}
        }
    }

    /// The state of each, by operation.
    pub fn states(&self) -> [State; Operation::ALL.len()] {
        *self.lock()
    }

    fn step<T>(
        &self,
        operation: Operation,
        step: impl FnOnce(State, Settings) -> (T, State),
    ) -> (T, (State, State)) {
        let mut states = self.lock();
        let state = &mut states[operation.place()];
        let before = *state;
        let (answer, after) = step(before, self.settings);
        *state = after;
        drop(states);
        if before.number() != after.number() {
            let name = operation.name();
            let acquirer = self.acquirer.clone();
            metrics::gauge!(
                "farthing_breaker_open", "acquirer" => acquirer, "operation" => name
            )
            .set(f64::from(after.number()));
        }
        (answer, (before, after))
    }

    fn lock(&self) -> MutexGuard<'_, [State; Operation::ALL.len()]> {
        // Nothing under this lock can leave the states half changed.
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Settings = Settings { failures: 3, open_ms: 1_000 };

    /// One line per rule: what happened at which millisecond, and the state after it.
    fn check(lines: &str) {
        let mut state = State::Closed { failures: 0 };
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [at, what, "=>", after @ ..] = words.as_slice() else { panic!("{line}") };
            let now = TimestampMs::from_ms(at.parse().unwrap());
            let said = match *what {
                "ask" => {
                    let (may, after) = state.ask(SETTINGS, now);
                    state = after;
                    if may { "call " } else { "held " }
                }
                "answer" => {
                    state = state.heard(SETTINGS, Answered::Yes, now);
                    ""
                }
                "silence" => {
                    state = state.heard(SETTINGS, Answered::No, now);
                    ""
                }
                other => panic!("{other}"),
            };
            let shown = match state {
                State::Closed { failures } => format!("closed {failures}"),
                State::Open { until } => format!("open {}", until.ms()),
                State::HalfOpen { until } => format!("half {}", until.ms()),
            };
            assert_eq!(format!("{said}{shown}"), after.join(" "), "{line}");
        }
    }

    #[test]
    fn it_opens_after_so_many_and_tries_one() {
        check(
            "
            5000 ask     => call closed 0
            5000 silence => closed 1
            5001 answer  => closed 0
            5002 silence => closed 1
            5003 silence => closed 2
            5004 ask     => call closed 2
            5004 silence => open 6004
            5005 ask     => held open 6004
            5006 silence => open 6004
            6003 ask     => held open 6004
            6004 ask     => call half 7004
            6005 ask     => held half 7004
            6500 silence => open 7500
            7499 ask     => held open 7500
            7500 ask     => call half 8500
            7501 answer  => closed 0
            7502 ask     => call closed 0
            ",
        );
    }

    #[test]
    fn a_try_that_nobody_hears_of_is_made_again() {
        check(
            "
            5000 silence => closed 1
            5000 silence => closed 2
            5000 silence => open 6000
            6000 ask     => call half 7000
            6999 ask     => held half 7000
            7000 ask     => call half 8000
            ",
        );
    }

    #[test]
    fn an_answer_that_comes_late_closes_it_and_a_clock_set_back_does_not_keep_it_open() {
        check(
            "
            5000 silence => closed 1
            5000 silence => closed 2
            5000 silence => open 6000
            5001 answer  => closed 0
            5002 silence => closed 1
            5002 silence => closed 2
            5002 silence => open 6002
            1000 ask     => call half 2000
            ",
        );
    }

    #[test]
    fn zero_never_opens() {
        let settings = Settings { failures: 0, ..SETTINGS };
        let now = TimestampMs::from_ms(5_000);
        let silent = |state: State, _| state.heard(settings, Answered::No, now);
        let state = (0..100).fold(State::Closed { failures: 0 }, silent);
        assert_eq!(state, State::Closed { failures: 100 });
    }
}
