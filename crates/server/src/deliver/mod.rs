//! Sending events to webhook endpoints (promise 5).
//!
//! The judgement is in [`machine`]; here are the tasks that do as it says. Endpoints fall into groups,
//! and a group is one process's at a time ([`lease`](crate::lease)), which claims deliveries in
//! memory: a crash sends them again, which receivers are ready for by the event's id.

mod lane;
mod limits;
pub mod machine;
mod prepare;
mod reading;
mod send;

use std::sync::Arc;
use std::time::Duration;

use farthing_core::planted;
use farthing_core::time::TimestampMs;
use farthing_domain::command::{Ask, Try};
use farthing_domain::delivery::Delivery;
use farthing_domain::query::Scan;
use farthing_domain::view::Row;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::app::Shared;
use crate::{entropy, flow, ops};
use machine::{Action, Answer, Input, Machine};
use prepare::Prepared;
use send::Sender;

/// How often what is due is looked for where other processes commit too.
const POLL: Duration = Duration::from_millis(200);

/// What the tasks share.
#[derive(Clone)]
struct Tasks {
    app: Shared,
    sender: Arc<Sender>,
    /// Unbounded, yet short: every message answers an action, and the machine bounds those.
    tell: UnboundedSender<Input>,
}

/// Sends whatever is due. Runs until dropped.
pub async fn run(app: Shared) {
    let (tell, mut told) = unbounded_channel();
    let sender = Arc::new(Sender::new(app.config.reach(), app.config.delivery_timeout));
    let mut commits = app.store.commits();
    let mut machine = Machine::new(app.config.delivery_schedule(), app.delivers());
    let tasks = Tasks { app, sender, tell };
    let poll = if tasks.app.config.alone { Duration::MAX } else { POLL };
    let mut input = Input::Tick;
    loop {
        let (now, groups) = (tasks.app.clock.now(), tasks.app.delivers());
        let mut regrouped = Vec::new();
        if groups != machine.groups() {
            (regrouped, _) = machine.step(now, 0, Input::Groups(groups));
        }
        let (actions, wake_at) = machine.step(now, entropy::jitter(), input);
        for action in regrouped.into_iter().chain(actions) {
            tasks.start(action);
        }
        tasks.app.lease.uses(machine.groups(), machine.in_air());
        metrics::gauge!("farthing_deliveries_in_flight").set(to_gauge(machine.flying()));
        // In this order, so that a rehearsal repeats: a commit only sets when to look, and is soon
        // taken in, so what was told is not kept waiting.
        input = tokio::select! {
            biased;
            () = commits.changed() => Input::Committed,
            Some(input) = told.recv() => input,
            () = tokio::time::sleep(until(now, wake_at).min(poll)) => {
                // Others' commits tick nothing here.
                if tasks.app.config.alone { Input::Tick } else { Input::Committed }
            }
        };
    }
}

impl Tasks {
    fn start(&self, action: Action) {
        let tasks = self.clone();
        match action {
            Action::Scan(scan) => drop(self.app.spawn(async move { tasks.scan(scan).await })),
            Action::Send(due) => drop(self.app.spawn(async move { tasks.send(due).await })),
            Action::Record(tries) => {
                drop(self.app.spawn(async move { tasks.record(tries).await }));
            }
        }
    }

    /// The receiver is gone only when the whole process stops.
    fn tell(&self, input: Input) {
        self.tell.send(input).ok();
    }

    async fn scan(&self, scan: Scan) {
        self.tell(match self.app.store.scan(scan).await {
            Ok(rows) => Input::Scanned(rows.into_iter().filter_map(delivery_of).collect()),
            Err(error) => {
                ops::alert("due deliveries cannot be listed", &"deliver", &error);
                Input::ScanFailed
            }
        });
    }

    async fn send(&self, due: Vec<Delivery>) {
        for (delivery, prepared) in prepare::all(&self.app, due).await {
            if !self.app.may_send(delivery.endpoint) {
                self.tell(Input::Lost((delivery.event, delivery.endpoint)));
                continue;
            }
            match prepared {
                Prepared::Request(request) => {
                    let tasks = self.clone();
                    let early = planted!("recorded_before_sent");
                    if early {
                        self.tried(delivery.clone(), Answer::Status(200));
                    }
                    self.app.spawn(async move {
                        let answer = tasks.sender.send(*request).await;
                        if !early {
                            tasks.tried(delivery, answer);
                        }
                    });
                }
                Prepared::Gone => self.tried(delivery, Answer::Gone),
                Prepared::NotNow => self.tried(delivery, Answer::Nobody),
            }
        }
    }

    fn tried(&self, delivery: Delivery, answer: Answer) {
        let result = match answer {
            Answer::Status(200..=299) => "accepted",
            Answer::Status(_) => "refused",
            Answer::Nobody => "unanswered",
            Answer::Gone => "gone",
        };
        metrics::counter!("farthing_delivery_tries_total", "result" => result).increment(1);
        self.tell(Input::Tried(delivery, answer));
    }

    async fn record(&self, tries: Vec<Try>) {
        let Some(tenant) = tries.first().map(|first| first.tenant) else { return };
        let command = flow::own(&self.app, tenant, Ask::RecordTries(tries.clone()));
        self.tell(match self.app.store.submit(command).await {
            Ok(_) => {
                Input::Recorded(tries.iter().map(|each| (each.event, each.endpoint)).collect())
            }
            Err(error) => {
                ops::alert("results of deliveries are not stored yet", &"deliver", &error);
                Input::RecordFailed(tries)
            }
        });
    }
}

fn until(now: TimestampMs, wake_at: TimestampMs) -> Duration {
    Duration::from_millis(u64::try_from(wake_at.since(now)).unwrap_or_default())
}

fn delivery_of(row: Row) -> Option<Delivery> {
    match row {
        Row::Delivery(delivery) => Some(delivery),
        _ => None, // A scan of deliveries gives nothing else.
    }
}

fn to_gauge(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
