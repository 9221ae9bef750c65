//! Whose turn it is among the events of one object.
//!
//! Events of an object go on in its order, one after the other: by sequence where the sender
//! counts, else by time of creation and then by id. A sender that counts also says what it sent
//! before, so that a missing event is seen, waited for, and named when it does not come. An event
//! that its receiver does not take holds back its own object alone, and not for ever.

use alloc::string::String;

use super::head::Before;
use crate::time::TimestampMs;

/// Where an event stands among those of its object. Compared field by field.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The sender's number; `None` before every number.
    pub sequence: Option<u64>,
    /// When it happened, in seconds since the epoch.
    pub created_s: i64,
    /// The event's id, which settles whose turn it is among those that wait. It makes no event late.
    pub id: String,
}

/// What is remembered of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When its first event arrived here.
    pub first_seen: TimestampMs,
    /// The furthest event that was handed on.
    pub handed: Option<Place>,
    /// The greatest number that is accounted for: handed on, parked, passed by, or missing and
    /// given up on.
    pub accounted: Option<u64>,
    /// Whether one of its events is parked.
    pub parked: bool,
}

/// An event that is here and has not been handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Where it stands.
    pub place: Place,
    /// What the sender sent here before it.
    pub before: Before,
    /// When it arrived.
    pub arrived: TimestampMs,
    /// When it may be tried next.
    pub due: TimestampMs,
    /// When it was tried first, if it was.
    pub first_try: Option<TimestampMs>,
    /// Whether somebody asked for it to be tried again after it was parked.
    pub redriven: bool,
}

/// How long the events of a source wait for one another, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For an event that the sender says it sent, and that is not here.
    pub gap_ms: i64,
    /// For what came before the first event that is seen of an object, if the sender says that
    /// something did. It may have been sent before this inbox existed, so no gap is made of it.
    pub baseline_ms: i64,
    /// For an older event, where the sender does not say what it sent.
    pub reorder_ms: i64,
    /// For an event that its receiver does not take.
    pub hold_ms: i64,
}

/// Sequence numbers of one object that have not come. The last of them was sent here for certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Gap {
    /// The first that may be missing.
    pub from: u64,
    /// The last, which is.
    pub to: u64,
}

/// What whoever receives an event is told about its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// Events before it are missing, and were waited for.
    Gap,
    /// An event before it could not be handed on yet.
    AfterUnsent,
    /// It arrived after a later one had been handed on.
    Stale,
    /// It was here in time, but later ones overtook it while it could not be handed on, or it was
    /// parked and tried again.
    Late,
}

/// What to do for an object now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing waits.
    Rest,
    /// Hand on the event at this index.
    Send {
        /// Which of the waiting.
        index: usize,
        /// What to tell its receiver; at most one of each.
        marks: [Option<Mark>; 2],
        /// What is missing before it, and is given up on now.
        gap: Option<Gap>,
    },
    /// Nothing before this moment, unless something arrives.
    Until {
        /// The moment.
        moment: TimestampMs,
        /// What is being waited for, if it is an event that is missing.
        gap: Option<Gap>,
    },
}

/// Whether an event may go by its place alone.
enum Turn {
    Now { gap: Option<Gap> },
    At { moment: TimestampMs, gap: Option<Gap> },
}

/// Decides what to do for an object. `waiting` is in the order of the places.
pub fn next(line: &Line, waiting: &[Waiting], patience: Patience, now: TimestampMs) -> Step {
    let mut accounted = line.accounted;
    let mut overtaken = line.parked;
    let mut earliest: Option<TimestampMs> = None;
    for (index, event) in waiting.iter().enumerate() {
        let turn = turn(line, accounted, event, patience);
        let (gap, moment) = match turn {
            Turn::Now { gap } => (gap, event.due),
            Turn::At { moment, gap } if moment <= now => (gap, event.due),
            Turn::At { moment, gap } => {
                return Step::Until { moment: sooner(earliest, moment), gap };
            }
        };
        if moment <= now {
            return Step::Send { index, marks: marks(line, event, gap, overtaken), gap };
        }
        // It was tried in vain, and is tried again later. Those after it wait with it for a while.
        let held_until = event.first_try.unwrap_or(now).plus_ms(patience.hold_ms);
        if now < held_until {
            return Step::Until { moment: sooner(earliest, moment.min(held_until)), gap: None };
        }
        earliest = Some(sooner(earliest, moment));
        accounted = accounted.max(event.place.sequence);
        overtaken = true;
    }
    earliest.map_or(Step::Rest, |moment| Step::Until { moment, gap: None })
}

impl Line {
    /// An object that nothing is known of.
    pub fn new(first_seen: TimestampMs) -> Self {
        Self { first_seen, handed: None, accounted: None, parked: false }
    }

    /// After an event of it was handed on.
    pub fn hand_on(&mut self, place: &Place) {
        self.pass(place);
        if self.handed.as_ref().is_none_or(|handed| handed < place) {
            self.handed = Some(place.clone());
        }
    }

    /// After an event of it was parked, or is passed by: nobody waits for it any longer.
    pub fn pass(&mut self, place: &Place) {
        self.accounted = self.accounted.max(place.sequence);
    }
}

impl Gap {
    /// What is still missing when this event of the gap has come: what is below it, up to the number
    /// that was sent before it, and what is above it. The last number of either is missing for
    /// certain, as it was in the whole gap.
    pub fn without(self, sequence: u64, before: Before) -> [Option<Self>; 2] {
        if !(self.from..=self.to).contains(&sequence) {
            return [Some(self), None];
        }
        let part = |from, to| (from <= to).then_some(Self { from, to });
        let below = match before {
            Before::Sequence(before) => part(self.from, before),
            Before::Unsaid | Before::Nothing => None,
        };
        [below, sequence.checked_add(1).and_then(|next| part(next, self.to))]
    }
}

/// When an event's place lets it go. One that was let go before, or that is too late anyway, never
/// waits for others.
fn turn(line: &Line, accounted: Option<u64>, event: &Waiting, patience: Patience) -> Turn {
    let settled = event.first_try.is_some() || event.redriven || is_behind(line, event);
    let (from, to) = match (event.before, accounted) {
        _ if settled => return Turn::Now { gap: None },
        (Before::Nothing | Before::Sequence(0), _) => return Turn::Now { gap: None },
        (Before::Unsaid, _) => {
            return Turn::At { moment: event.arrived.plus_ms(patience.reorder_ms), gap: None };
        }
        (Before::Sequence(_), None) => {
            return Turn::At { moment: line.first_seen.plus_ms(patience.baseline_ms), gap: None };
        }
        (Before::Sequence(before), Some(accounted)) => (accounted.saturating_add(1), before),
    };
    if from > to {
        return Turn::Now { gap: None };
    }
    Turn::At { moment: event.arrived.plus_ms(patience.gap_ms), gap: Some(Gap { from, to }) }
}

/// Whether a later event went on already. Ids do not tell: of two events of one second, whichever
/// comes first is as good as the other.
fn is_behind(line: &Line, event: &Waiting) -> bool {
    line.handed.as_ref().is_some_and(|handed| {
        let counted = event.place.sequence.or(handed.sequence).is_some();
        if counted {
            event.place.sequence < handed.sequence
        } else {
            event.place.created_s < handed.created_s
        }
    })
}

fn marks(line: &Line, event: &Waiting, gap: Option<Gap>, overtaken: bool) -> [Option<Mark>; 2] {
    let behind = is_behind(line, event);
    let about_time = match gap {
        _ if event.redriven || (behind && event.first_try.is_some()) => Some(Mark::Late),
        _ if behind => Some(Mark::Stale),
        Some(_) => Some(Mark::Gap),
        None => None,
    };
    let after_unsent = overtaken && !behind && !event.redriven;
    [about_time, after_unsent.then_some(Mark::AfterUnsent)]
}

fn sooner(earliest: Option<TimestampMs>, moment: TimestampMs) -> TimestampMs {
    earliest.map_or(moment, |earliest| earliest.min(moment))
}
