//! The sender's judgement, without a clock, a socket or a task: what to read, what to send, what
//! to write down, and when to be asked again.
//!
//! A delivery is held by the machine from the scan that found it until its result is stored, so
//! it is in the air at most once. Each endpoint has a lane of its own; a try that becomes slow
//! gives its place back, so an endpoint that hangs holds up nobody else.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use farthing_core::id::{EndpointId, EventId};
use farthing_core::planted;
use farthing_core::retry::{AnswerClass, Schedule, status_class};
use farthing_core::time::TimestampMs;
use farthing_domain::command::{AfterTry, Try};
use farthing_domain::delivery::{Delivery, DeliveryState, GROUPS, Groups};
use farthing_domain::limits::RESULTS_PER_COMMAND;
use farthing_domain::query::Scan;

use super::lane::{Lane, Rest};
use super::limits::{
    FLYING_MAX, HELD_MAX, LANES_MAX, RECORDS_MAX, REFILLS, SCAN_IDLE_MS, SCAN_ROWS, SLOW_MS,
    STORE_PAUSE_MS, SUSPECTS_MAX, YOUNG_MAX,
};
use super::reading::{Asked, Reading};

/// One delivery's name.
pub type Name = (EventId, EndpointId);

/// What the machine is told.
#[derive(Debug)]
pub enum Input {
    /// Time has passed.
    Tick,
    /// Something due was committed.
    Committed,
    /// What a scan found.
    Scanned(Vec<Delivery>),
    /// A scan failed.
    ScanFailed,
    /// What became of a try.
    Tried(Delivery, Answer),
    /// Results were stored.
    Recorded(Vec<Name>),
    /// Results could not be stored.
    RecordFailed(Vec<Try>),
    /// These groups of endpoints are ours from now on, and no others.
    Groups(Groups),
    /// A try was not made, because its group is somebody else's by now.
    Lost(Name),
}

/// What an endpoint answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A status.
    Status(u16),
    /// Nobody answered, or not in time.
    Nobody,
    /// The endpoint is disabled or gone.
    Gone,
}

/// What the shell is to do.
#[derive(Debug)]
pub enum Action {
    /// Read this.
    Scan(Scan),
    /// Try these.
    Send(Vec<Delivery>),
    /// Store these; all are of one tenant.
    Record(Vec<Try>),
}

/// The machine.
#[derive(Debug)]
pub struct Machine {
    schedule: Schedule,
    lanes: BTreeMap<EndpointId, Lane>,
    /// Everything held: waiting, in the air, or not yet recorded.
    held: BTreeSet<Name>,
    flights: BTreeMap<Name, Flight>,
    by_start: VecDeque<(TimestampMs, Name)>,
    young: usize,
    ready: VecDeque<EndpointId>,
    suspects: VecDeque<EndpointId>,
    results: Vec<Try>,
    records: usize,
    records_after: TimestampMs,
    reading: Reading,
    /// So long after its moment a delivery is given up, if its endpoint fails.
    overdue_ms: i64,
    /// The groups of endpoints that are ours.
    groups: Groups,
    /// Of each group, tries in the air or not yet recorded.
    air: [usize; GROUPS],
}

/// A try in the air.
#[derive(Clone, Copy, Debug)]
struct Flight {
    start: TimestampMs,
    slow: bool,
}

impl Machine {
    /// A machine that retries on this schedule, and sends to endpoints of these groups.
    pub fn new(schedule: Schedule, groups: Groups) -> Self {
        let epoch = TimestampMs::from_ms(0);
        let overdue_ms = i64::try_from(schedule.whole_ms()).unwrap_or(i64::MAX);
        Self {
            schedule,
            lanes: BTreeMap::new(),
            held: BTreeSet::new(),
            flights: BTreeMap::new(),
            by_start: VecDeque::new(),
            young: 0,
            ready: VecDeque::new(),
            suspects: VecDeque::new(),
            results: Vec::new(),
            records: 0,
            records_after: epoch,
            reading: Reading::new(),
            overdue_ms,
            groups,
            air: [0; GROUPS],
        }
    }

    /// Takes one input; says what to do, and when to ask again if nothing else happens.
    pub fn step(
        &mut self,
        now: TimestampMs,
        entropy: u32,
        input: Input,
    ) -> (Vec<Action>, TimestampMs) {
        match input {
            Input::Tick => {}
            Input::Committed => self.reading.due = self.reading.due.min(now),
            Input::Scanned(rows) => self.scanned(now, rows),
            Input::ScanFailed => self.reading.failed(now),
            Input::Tried(delivery, answer) => self.tried((now, entropy), &delivery, answer),
            Input::Recorded(names) => self.recorded(names),
            Input::RecordFailed(mut tries) => {
                self.records -= 1;
                self.records_after = now.plus_ms(STORE_PAUSE_MS);
                self.results.append(&mut tries);
            }
            Input::Groups(groups) => self.regroup(now, groups),
            Input::Lost(name) => self.lost(name),
        }
        self.age(now);
        let mut actions = Vec::new();
        self.record(now, &mut actions);
        self.launch(now, &mut actions);
        self.read(now, &mut actions);
        (actions, self.wake_at(now))
    }

    /// Tries in the air.
    pub fn flying(&self) -> usize {
        self.flights.len()
    }

    /// The groups that are ours.
    pub fn groups(&self) -> Groups {
        self.groups
    }

    /// The groups of which something is in the air, or not yet recorded.
    pub fn in_air(&self) -> Groups {
        Groups::of((0..GROUPS).filter(|group| self.air[*group] > 0))
    }

    /// Lets go of what waits for endpoints that are no longer ours; somebody else reads it.
    fn regroup(&mut self, now: TimestampMs, groups: Groups) {
        self.groups = groups;
        for (endpoint, lane) in &mut self.lanes {
            if !groups.hold(*endpoint) {
                for delivery in lane.waiting.drain(..) {
                    self.held.remove(&(delivery.event, delivery.endpoint));
                }
                lane.rest = Rest::Ahead;
            }
        }
        self.reading.anew(now);
    }

    fn lost(&mut self, name: Name) {
        let flight = self.flights.remove(&name).expect("what is lost was in the air");
        if !flight.slow {
            self.young -= 1;
        }
        self.held.remove(&name);
        self.air[Groups::group_of(name.1)] -= 1;
        let lane = self.lanes.get_mut(&name.1).expect("a try in the air has a lane");
        lane.flying -= 1;
        // Should the endpoint still be ours, what was let go is read again.
        lane.passed_over();
        self.thin(name.1);
        self.queue(name.1);
    }

    fn scanned(&mut self, now: TimestampMs, rows: Vec<Delivery>) {
        let (asked, stale) = self.reading.ended(now, &rows);
        let refilled = match asked {
            Some(Asked::Refill(endpoints)) => self.refilled(endpoints, &rows),
            Some(Asked::Forward { .. }) | None => Vec::new(),
        };
        for delivery in rows {
            let name = (delivery.event, delivery.endpoint);
            let ours = self.groups.hold(delivery.endpoint);
            if !ours || stale.contains(&name) || self.held.contains(&name) {
                continue;
            }
            let overdue = self.overdue(now, &delivery);
            let lane = self.lanes.entry(delivery.endpoint).or_insert_with(Lane::new);
            if lane.full() {
                lane.passed_over(); // It stays due, and is read for this endpoint alone.
                continue;
            }
            self.held.insert(name);
            if lane.suspect && overdue {
                self.give_up(&delivery);
            } else {
                lane.waiting.push_back(delivery);
                self.queue(name.1);
            }
        }
        for endpoint in refilled {
            self.thin(endpoint);
        }
        if self.lanes.len() > LANES_MAX {
            self.lanes.retain(|_, lane| !lane.idle());
        }
    }

    /// Takes in that endpoints were read for: of whom not all that was asked for is there, all is.
    fn refilled(
        &mut self,
        endpoints: Vec<(EndpointId, usize)>,
        rows: &[Delivery],
    ) -> Vec<EndpointId> {
        let mut found = BTreeMap::<EndpointId, usize>::new();
        for row in rows {
            *found.entry(row.endpoint).or_default() += 1;
        }
        for (endpoint, limit) in &endpoints {
            if let Some(lane) = self.lanes.get_mut(endpoint) {
                let more = found.get(endpoint).is_some_and(|found| found >= limit);
                lane.rest = if more { Rest::Behind } else { Rest::Ahead };
            }
        }
        endpoints.into_iter().map(|(endpoint, _)| endpoint).collect()
    }

    /// An endpoint that was cut and has room again is read for.
    fn thin(&mut self, endpoint: EndpointId) {
        let Some(lane) = self.lanes.get_mut(&endpoint) else { return };
        if lane.rest == Rest::Behind && lane.low() {
            lane.rest = Rest::Wanted;
            self.reading.thin.push_back(endpoint);
        }
    }

    /// Whether all tries of a delivery would be over by now, had its endpoint let them begin.
    fn overdue(&self, now: TimestampMs, delivery: &Delivery) -> bool {
        match delivery.state {
            DeliveryState::Due { at } => now.since(at) > self.overdue_ms,
            DeliveryState::Delivered { .. } | DeliveryState::GivenUp { .. } => false,
        }
    }

    /// Behind an endpoint that fails: given up as visibly as after a last try.
    fn give_up(&mut self, delivery: &Delivery) {
        let Delivery { tenant, event, endpoint, .. } = *delivery;
        self.air[Groups::group_of(endpoint)] += 1;
        if let Some(lane) = self.lanes.get_mut(&endpoint) {
            lane.unrecorded += 1;
        }
        self.results.push(Try { tenant, event, endpoint, status: None, then: AfterTry::GiveUp });
    }

    fn tried(&mut self, (now, entropy): (TimestampMs, u32), delivery: &Delivery, answer: Answer) {
        let name = (delivery.event, delivery.endpoint);
        let flight = self.flights.remove(&name).expect("a result is of a try in the air");
        if !flight.slow {
            self.young -= 1;
        }
        let status = match answer {
            Answer::Status(status) => Some(status),
            Answer::Nobody | Answer::Gone => None,
        };
        let then = self.follows((now, entropy), delivery.tries, answer);
        let lane = self.lanes.get_mut(&name.1).expect("a try in the air has a lane");
        lane.flying -= 1;
        lane.unrecorded += 1;
        match then {
            AfterTry::Delivered if !flight.slow => lane.answered(),
            AfterTry::Delivered => lane.suspect = false,
            AfterTry::Again(_) | AfterTry::GiveUp => lane.failed(),
        }
        self.queue(name.1);
        let (tenant, (event, endpoint)) = (delivery.tenant, name);
        self.results.push(Try { tenant, event, endpoint, status, then });
    }

    fn follows(&self, (now, entropy): (TimestampMs, u32), tries: u32, answer: Answer) -> AfterTry {
        let class = match answer {
            Answer::Status(_) if planted!("any_answer_will_do") => AnswerClass::Success,
            Answer::Status(status) => status_class(status),
            Answer::Nobody => AnswerClass::Retry,
            Answer::Gone => AnswerClass::Permanent,
        };
        match class {
            AnswerClass::Success => AfterTry::Delivered,
            AnswerClass::Permanent => AfterTry::GiveUp,
            AnswerClass::Retry if planted!("given_up_early") => AfterTry::GiveUp,
            AnswerClass::Retry => match self.schedule.delay_ms(tries.saturating_add(1), entropy) {
                Some(ms) => AfterTry::Again(now.plus_ms(i64::try_from(ms).unwrap_or(i64::MAX))),
                None => AfterTry::GiveUp,
            },
        }
    }

    fn recorded(&mut self, names: Vec<Name>) {
        self.records -= 1;
        for name in names {
            self.held.remove(&name);
            self.air[Groups::group_of(name.1)] -= 1;
            self.reading.let_go(name);
            let lane = self.lanes.get_mut(&name.1).expect("what is recorded had a lane");
            lane.unrecorded -= 1;
            self.thin(name.1);
        }
    }

    /// Tries that have become slow give their place back, and their endpoints lose their credit.
    fn age(&mut self, now: TimestampMs) {
        while let Some((start, name)) = self.by_start.front().copied() {
            let over = match self.flights.get_mut(&name) {
                None => true,
                Some(flight) if flight.start != start => true, // A later try of the same delivery.
                Some(flight) if now.since(start) >= SLOW_MS => {
                    flight.slow = true;
                    self.young -= 1;
                    if let Some(lane) = self.lanes.get_mut(&name.1) {
                        lane.failed();
                    }
                    true
                }
                Some(_) => false,
            };
            if !over {
                return;
            }
            self.by_start.pop_front();
        }
    }

    fn record(&mut self, now: TimestampMs, actions: &mut Vec<Action>) {
        while self.records < RECORDS_MAX && now >= self.records_after {
            let Some(tenant) = self.results.first().map(|first| first.tenant) else { return };
            let mut batch = Vec::new();
            self.results.retain(|result| {
                let take = result.tenant == tenant && batch.len() < RESULTS_PER_COMMAND;
                if take {
                    batch.push(*result);
                }
                !take
            });
            self.records += 1;
            actions.push(Action::Record(batch));
        }
    }

    fn launch(&mut self, now: TimestampMs, actions: &mut Vec<Action>) {
        let mut sends = Vec::new();
        while self.young < YOUNG_MAX && self.flights.len() < FLYING_MAX {
            let Some(endpoint) = self.ready.pop_front() else { break };
            sends.extend(self.start(now, endpoint));
        }
        while self.young < YOUNG_MAX && self.flights.len() < SUSPECTS_MAX {
            let Some(endpoint) = self.suspects.pop_front() else { break };
            sends.extend(self.start(now, endpoint));
        }
        if !sends.is_empty() {
            actions.push(Action::Send(sends));
        }
    }

    /// Starts one try of a lane whose turn it is, and queues it again behind the others.
    fn start(&mut self, now: TimestampMs, endpoint: EndpointId) -> Option<Delivery> {
        let lane = self.lanes.get_mut(&endpoint)?;
        lane.queued = false;
        if !lane.can_start() {
            return None;
        }
        let delivery = lane.waiting.pop_front()?;
        lane.flying += 1;
        let name = (delivery.event, delivery.endpoint);
        self.flights.insert(name, Flight { start: now, slow: false });
        self.by_start.push_back((now, name));
        self.air[Groups::group_of(endpoint)] += 1;
        self.young += 1;
        self.queue(endpoint);
        Some(delivery)
    }

    fn queue(&mut self, endpoint: EndpointId) {
        let Some(lane) = self.lanes.get_mut(&endpoint) else { return };
        if lane.queued || !lane.can_start() {
            return;
        }
        lane.queued = true;
        if lane.suspect { &mut self.suspects } else { &mut self.ready }.push_back(endpoint);
    }

    fn read(&mut self, now: TimestampMs, actions: &mut Vec<Action>) {
        let slow = self.flights.len() - self.young;
        let held = self.held.len() - slow;
        if self.reading.more && held < HELD_MAX / 2 {
            self.reading.due = self.reading.due.min(now);
        }
        if self.reading.runs() || now < self.reading.not_before || held >= HELD_MAX {
            return;
        }
        let forward = now >= self.reading.due;
        let refill = !self.reading.thin.is_empty();
        if refill && (!forward || !self.reading.refilled) {
            self.refill(now, actions);
        } else if forward && self.groups == Groups::NONE {
            self.reading.due = now.plus_ms(SCAN_IDLE_MS);
        } else if forward {
            self.forward(now, held, actions);
        }
    }

    /// Reads on along what has become due; those who were cut are read for by themselves.
    fn forward(&mut self, now: TimestampMs, held: usize, actions: &mut Vec<Action>) {
        let mut except = Vec::new();
        for (endpoint, lane) in &mut self.lanes {
            if lane.full() {
                lane.passed_over();
            }
            if lane.behind() {
                except.push(*endpoint);
            }
        }
        let (since, limit) = (self.reading.since(now), held + SCAN_ROWS);
        self.reading.begin(Asked::Forward { due_by: now, limit }, now);
        let groups = self.groups;
        actions.push(Action::Scan(Scan::Deliveries { since, due_by: now, limit, groups, except }));
    }

    /// Reads for some of those that were cut and have room.
    fn refill(&mut self, now: TimestampMs, actions: &mut Vec<Action>) {
        let mut endpoints = Vec::new();
        while endpoints.len() < REFILLS {
            let Some(endpoint) = self.reading.thin.pop_front() else { break };
            let Some(lane) = self.lanes.get_mut(&endpoint) else { continue };
            if lane.rest != Rest::Wanted {
                continue;
            }
            lane.rest = Rest::Behind;
            if lane.low() && self.groups.hold(endpoint) {
                endpoints.push((endpoint, lane.wants()));
            }
        }
        if endpoints.is_empty() {
            return;
        }
        self.reading.begin(Asked::Refill(endpoints.clone()), now);
        actions.push(Action::Scan(Scan::DeliveriesTo { due_by: now, endpoints }));
    }

    fn wake_at(&self, now: TimestampMs) -> TimestampMs {
        let mut wake = now.plus_ms(SCAN_IDLE_MS);
        if !self.reading.runs() {
            let thin = if self.reading.thin.is_empty() { self.reading.due } else { now };
            wake = wake.min(self.reading.due.min(thin).max(self.reading.not_before));
        }
        if let Some((start, _)) = self.by_start.front() {
            wake = wake.min(start.plus_ms(SLOW_MS));
        }
        if !self.results.is_empty() && self.records < RECORDS_MAX {
            wake = wake.min(self.records_after);
        }
        // The clock may have stepped; never spin.
        wake.max(now.plus_ms(1))
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
