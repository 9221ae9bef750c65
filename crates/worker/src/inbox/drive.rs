//! What a shard does for one line of events: whose turn it is, one try, and what came of it.
//!
//! A try is the only thing that waits. What is known of the line is read anew after it, because
//! events arrive meanwhile; and what came of it is written before anything else happens to the
//! line. A crash between the two tries again: at least once, never not at all.

use farthing_core::inbox::{
    Gap, Line, Mark, Outcome, Patience, Place, Step, Waiting, after_try, next,
};
use farthing_core::print::Digits;
use farthing_core::time::TimestampMs;

use super::Arrival;
use super::errand::{self, Cause};
use super::hand_on::{self, About, Way};
use super::missing;
use super::shelf::{New, Queue, Shelf, Target};
use crate::ambient;
use crate::config::{Alert, Config, HandOn, Hook, Source};
use crate::host::{self, Env, Fault, Result};
use crate::planted;

/// How long to wait before a backend that did not answer is asked again for missing events.
const ASK_AGAIN_MS: i64 = 30_000;

/// A shard at work.
#[derive(Clone, Copy)]
pub(super) struct Drive<'a> {
    pub(super) env: &'a Env,
    pub(super) shelf: &'a Shelf,
    pub(super) config: &'a Config,
    pub(super) source: &'a Source,
}

/// What became of an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// It is there to be read.
    Handed,
    /// It waits for its turn, or for its first try.
    Waiting,
    /// It was there already.
    Before,
}

/// What to do for a line now, once its marks are written.
enum Turn {
    /// It sleeps.
    Asleep,
    /// Events are missing that can be asked for.
    Missing { gap: Gap, until: i64 },
    /// A try.
    Try { queue: Queue, index: usize },
}

impl Drive<'_> {
    /// Stores an arrival once, with what follows from its kind. Nothing here waits. After each of the
    /// statements the instance may die: what is stored is whole then, and what is not done yet is done
    /// when the sender comes again.
    pub(super) fn accept(&self, arrival: &Arrival, body: &[u8], now: i64) -> Result<Stored> {
        errand::fulfil(self.shelf, self.source, arrival, body, now)?;
        planted::panic_point("fulfil");
        let line = match &arrival.object {
            Some(object) => ["o:", object].concat(),
            None => ["e:", &arrival.id].concat(),
        };
        let new = New {
            id: &arrival.id,
            target: Target::HandOn,
            line: &line,
            kind: arrival.kind.as_deref(),
            object: arrival.object.as_deref(),
            created_s: arrival.created_s,
            sequence: arrival.sequence,
            before: if is_remembered(&line) { arrival.before } else { Some(0) },
            headers: &arrival.headers,
            body,
        };
        let stored = match self.source.hand_on {
            HandOn::Pull => self.accept_to_read(&new, now)?,
            HandOn::Origin { .. } | HandOn::Queue { .. } => {
                if self.shelf.put(&new, now)? {
                    Stored::Waiting
                } else {
                    Stored::Before
                }
            }
        };
        planted::panic_point("accept");
        if let Waiting { place: Place { sequence: Some(sequence), .. }, before, .. } =
            new.as_waiting(now)
        {
            self.shelf.fill(&line, sequence, before)?;
        }
        if stored == Stored::Before {
            self.shelf.count_duplicate()?;
        }
        Ok(stored)
    }

    /// By pull an event is handed on when it may be read: at once, if it is its turn and nothing of
    /// its object waits.
    fn accept_to_read(&self, new: &New<'_>, now: i64) -> Result<Stored> {
        let handed = |stored| if stored { Stored::Handed } else { Stored::Before };
        if !is_remembered(new.line) {
            return self.shelf.put_handed(new, now).map(handed);
        }
        let Queue { line, waiting, .. } =
            self.shelf.queue(new.line, self.source.patience.hold_ms, now)?;
        let event = new.as_waiting(now);
        let moment = TimestampMs::from_ms(now);
        let events = std::slice::from_ref(&event);
        let go = Step::Send { index: 0, marks: [None, None], gap: None };
        if waiting.is_empty() && next(&line, events, self.source.patience, moment) == go {
            return self.shelf.put_handed(new, now).map(handed);
        }
        if !self.shelf.put(new, now)? {
            return Ok(Stored::Before);
        }
        self.lay_out(new.line)?;
        Ok(Stored::Waiting)
    }

    /// Moves one line on by at most one try.
    pub(super) async fn step(&self, name: &str) -> Result<()> {
        match self.turn(name)? {
            Turn::Asleep => Ok(()),
            Turn::Missing { gap, until } => self.ask_for(name, gap, until).await,
            Turn::Try { queue, index } => self.try_one(name, queue, index).await,
        }
    }

    /// By pull nothing is sent: what may go is laid out to be read, and all of it at once.
    fn lay_out(&self, name: &str) -> Result<()> {
        while let Turn::Try { queue, index } = self.turn(name)? {
            self.handed_on(name, &queue, index, None)?;
        }
        Ok(())
    }

    /// Whose turn it is; and if it is nobody's, the line goes to sleep.
    fn turn(&self, name: &str) -> Result<Turn> {
        let now = ambient::now();
        let queue = self.shelf.queue(name, self.source.patience.hold_ms, now.ms())?;
        match next(&queue.line, &queue.waiting, self.source.patience, now) {
            Step::Rest if queue.later.is_none() => {
                self.rest(name, &queue.line)?;
                Ok(Turn::Asleep)
            }
            Step::Rest => {
                self.shelf.sleep(name, queue.later)?;
                Ok(Turn::Asleep)
            }
            Step::Until { moment, gap: None } => {
                self.shelf.sleep(name, Some(queue.no_later_than(moment.ms())))?;
                Ok(Turn::Asleep)
            }
            Step::Until { moment, gap: Some(gap) } => {
                let asked = self.shelf.open_gap(name, gap, now.ms())?;
                let again = asked.map_or(now.ms(), |asked| asked.saturating_add(ASK_AGAIN_MS));
                let until = queue.no_later_than(moment.ms());
                if self.source.fetch.is_some() && again <= now.ms() {
                    return Ok(Turn::Missing { gap, until });
                }
                let ask = self.source.fetch.is_some().then_some(again);
                self.shelf.sleep(name, Some(ask.map_or(until, |ask| ask.min(until))))?;
                Ok(Turn::Asleep)
            }
            Step::Send { index, marks, gap } => {
                let Some(seq) = queue.seq(index) else { return Ok(Turn::Asleep) };
                let missing = gap.map(|gap| {
                    [Digits::of(gap.from).as_str(), "-", Digits::of(gap.to).as_str()].concat()
                });
                self.shelf.mark(seq, marks, missing.as_deref())?;
                if let (Some(gap), Some(missing)) = (gap, &missing) {
                    self.give_up(name, gap, missing, now.ms())?;
                }
                if self.source.drop_stale && marks.contains(&Some(Mark::Stale)) {
                    self.shelf.drop_stale(seq, now.ms())?;
                    self.shelf.sleep(name, Some(now.ms()))?;
                    return Ok(Turn::Asleep);
                }
                Ok(Turn::Try { queue, index })
            }
        }
    }

    fn rest(&self, name: &str, line: &Line) -> Result<()> {
        if is_remembered(name) || line.parked {
            self.shelf.sleep(name, None)
        } else {
            self.shelf.forget_line(name)
        }
    }

    fn give_up(&self, name: &str, gap: Gap, missing: &str, now: i64) -> Result<()> {
        // First the alert, whose id makes it one: should the instance die in between, somebody is told.
        let cause = Cause::Gap { line: name, missing };
        errand::alert(self.shelf, self.config, &self.source.name, cause, now)?;
        self.shelf.give_up(name, gap, now)
    }

    /// One try, and what came of it.
    async fn try_one(&self, name: &str, queue: Queue, index: usize) -> Result<()> {
        let Some(&candidate) = queue.candidates.get(index) else { return Ok(()) };
        let Some(way) = self.way(candidate.target) else {
            // By pull there is nothing to try. An errand has lost its address: it is kept to be seen,
            // until somebody has it tried again.
            if matches!(self.source.hand_on, HandOn::Pull) && candidate.target == Target::HandOn {
                return self.handed_on(name, &queue, index, None);
            }
            return self.give_up_on(name, &queue, index, None);
        };
        let Some(body) = self.shelf.body(candidate.seq)? else {
            return Err(Fault::new("a row that waits has no body"));
        };
        let started = ambient::now();
        let try_number = candidate.tries.saturating_add(1);
        let about = About { source: &self.source.name, try_number, now: started };
        let said = hand_on::send(self.env, self.config, way, about, &body).await;
        let answer = (said.answer, said.retry_after_s);
        let now = ambient::now();
        match after_try(&self.config.schedule, try_number, answer, now, ambient::spread()) {
            Outcome::Handed => self.handed_on(name, &queue, index, said.status),
            Outcome::Again { due } => {
                // Its line is due as it was, and is looked at next.
                self.shelf.postpone(candidate.seq, due.ms(), said.status, started.ms())
            }
            Outcome::Parked => self.give_up_on(name, &queue, index, said.status),
        }
    }

    fn handed_on(
        &self,
        name: &str,
        queue: &Queue,
        index: usize,
        status: Option<u16>,
    ) -> Result<()> {
        let (Some(event), Some(seq)) = (queue.waiting.get(index), queue.seq(index)) else {
            return Ok(());
        };
        let now = ambient::now().ms();
        if !is_remembered(name) {
            self.shelf.finish(seq, status, now)?;
            return self.shelf.forget_line(name);
        }
        // What is known of the line may have changed while the try lasted. It is written first: should
        // the instance die in between, the event goes once more, and nobody waits for it.
        let mut line = self.shelf.line(name, now)?;
        line.hand_on(&event.place);
        line.parked = line.parked && self.shelf.has_parked(name)?;
        self.shelf.keep_line(name, &line, Some(now), now)?;
        self.shelf.finish(seq, status, now)
    }

    fn give_up_on(
        &self,
        name: &str,
        queue: &Queue,
        index: usize,
        status: Option<u16>,
    ) -> Result<()> {
        let (Some(event), Some(candidate)) =
            (queue.waiting.get(index), queue.candidates.get(index))
        else {
            return Ok(());
        };
        let now = ambient::now().ms();
        if candidate.target == Target::Alert {
            // News of days ago is none, and there may be some of every minute.
            self.shelf.drop_errand(candidate.seq, now)?;
            return self.shelf.forget_line(name);
        }
        // The line first: should the instance die in between, the event is tried once more.
        let mut line = self.shelf.line(name, now)?;
        line.pass(&event.place);
        line.parked = true;
        self.shelf.keep_line(name, &line, Some(now), now)?;
        self.shelf.park(candidate.seq, status, now)?;
        host::log(&[&event.place.id, " was given up on and is parked"]);
        let cause = Cause::Parked { event: &event.place.id };
        errand::alert(self.shelf, self.config, &self.source.name, cause, now).map(drop)
    }

    /// Asks the backend for what is missing. Whether it has it or not, the line is looked at again.
    async fn ask_for(&self, name: &str, gap: Gap, until: i64) -> Result<()> {
        let (Some(from), Some(object)) = (&self.source.fetch, name.strip_prefix("o:")) else {
            return self.shelf.sleep(name, Some(until));
        };
        self.shelf.asked_for(name, gap, ambient::now().ms())?;
        let found = missing::fetch(from, &self.source.name, object, gap).await;
        let now = ambient::now().ms();
        match found {
            Ok(found) => {
                for (arrival, body) in &found {
                    self.accept(arrival, body, now)?;
                }
            }
            Err(fault) => host::log_fault(&["missing events could not be fetched"], &fault),
        }
        self.shelf.sleep(name, Some(now))
    }

    fn way(&self, target: Target) -> Option<Way<'_>> {
        match target {
            Target::HandOn => match &self.source.hand_on {
                HandOn::Origin { url, secret } => Some(Way::Post { url, secret }),
                HandOn::Queue { binding } => Some(Way::Queue { binding }),
                HandOn::Pull => None,
            },
            Target::Fulfil => {
                self.source.fulfil.as_ref().map(|Hook { url, secret }| Way::Post { url, secret })
            }
            Target::Alert => self
                .config
                .alert
                .as_ref()
                .map(|Alert { url, secret, .. }| Way::Post { url, secret }),
        }
    }
}

/// What the waits of a source go by, in one word: a life that finds another wakes what waits.
pub(super) fn waits(source: &Source) -> String {
    let Patience { gap_ms, baseline_ms, reorder_ms, hold_ms } = source.patience;
    let to = match source.hand_on {
        HandOn::Origin { .. } => 0,
        HandOn::Queue { .. } => 1,
        HandOn::Pull => 2,
    };
    let has = |it| i64::from(it);
    let more = [to, has(source.gapless), has(source.fetch.is_some()), has(source.fulfil.is_some())];
    let mut all = String::new();
    for number in [gap_ms, baseline_ms, reorder_ms, hold_ms].into_iter().chain(more) {
        all.push_str(Digits::signed(number).as_str());
        all.push(' ');
    }
    all
}

/// Whether a line outlives what waits in it: that of an object does, that of a single event does not.
fn is_remembered(name: &str) -> bool {
    name.starts_with("o:")
}

impl Queue {
    fn no_later_than(&self, moment: i64) -> i64 {
        self.later.map_or(moment, |later| later.min(moment))
    }

    fn seq(&self, index: usize) -> Option<i64> {
        self.candidates.get(index).map(|candidate| candidate.seq)
    }
}
