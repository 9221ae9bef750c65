//! The acquirers of an installation, in the order in which they are asked, each with its breakers and
//! how far its news was heard.
//!
//! Which one is asked, and what follows, are the domain's rules ([`farthing_domain::acquirer`]); here
//! is who they are and what is known of each. What must stay true: a number means one acquirer for
//! ever, because the names of calls carry it.

use std::collections::BTreeMap;
use std::sync::Arc;

use farthing_acquirer::{Network, Simulator};
use farthing_core::time::TimestampMs;
use farthing_domain::acquirer::{self, Candidate};
use farthing_domain::attempt::Attempt;
use farthing_domain::command::Ask;
use farthing_domain::network::Outcome;
use farthing_store::{Store, StoreError};
use tokio::sync::Semaphore;

pub use farthing_domain::acquirer::Acquirer;

use crate::breaker::{Breakers, Operation, Settings};
use crate::news::Feed;
use crate::recover::Turns;
use crate::setup::SetupError;
use crate::timers;

/// An acquirer as a process is told of it.
#[derive(Debug)]
pub struct Connection {
    /// Its number.
    pub acquirer: Acquirer,
    /// What the operator calls it.
    pub name: String,
    /// The way there.
    pub network: Network,
}

/// All that a process is told of, in the order in which they are asked.
#[derive(Debug)]
pub struct Connections(pub Vec<Connection>);

/// What an installation's only acquirer is called, unless somebody names it.
pub const ONLY: &str = "network";

impl From<Simulator> for Connections {
    fn from(simulator: Simulator) -> Self {
        let network = Network::Here(simulator);
        let (acquirer, name) = (Acquirer::FIRST, ONLY.to_owned());
        Self(vec![Connection { acquirer, name, network }])
    }
}

/// Where the name of each acquirer is kept.
fn setting(acquirer: Acquirer) -> String {
    format!("acquirer_{acquirer}")
}

/// The names that acquirers have in a store, by number.
///
/// # Errors
/// [`StoreError`] if they cannot be read.
pub fn registered(
    read: impl Fn(&str) -> Result<Option<Vec<u8>>, StoreError>,
) -> Result<BTreeMap<Acquirer, String>, StoreError> {
    let mut names = BTreeMap::new();
    for acquirer in Acquirer::ALL {
        if let Some(name) = read(&setting(acquirer))? {
            names.insert(acquirer, String::from_utf8_lossy(&name).into_owned());
        }
    }
    Ok(names)
}

/// The numbers of acquirers of these names. A new name gets the next number, and keeps it for ever.
///
/// # Errors
/// [`SetupError`] if a name that was given before is not among them, or one is there twice, or there
/// are too many; or what the store could not do.
pub fn register(store: &Store, names: &[&str]) -> Result<Vec<Acquirer>, SetupError> {
    let known = registered(|name| store.setting(name))?;
    if let Some(missing) = known.values().find(|name| !names.contains(&name.as_str())) {
        return Err(SetupError::AcquirerMissing(missing.clone()));
    }
    let mut free = Acquirer::ALL.into_iter().filter(|acquirer| !known.contains_key(acquirer));
    let mut numbers = Vec::new();
    for (place, name) in names.iter().enumerate() {
        if names[..place].contains(name) {
            return Err(SetupError::AcquirersMany);
        }
        let of_before = known.iter().find(|(_, it)| it == name).map(|(acquirer, _)| *acquirer);
        let number = of_before.or_else(|| free.next()).ok_or(SetupError::AcquirersMany)?;
        if of_before.is_none() {
            store.set_setting(&setting(number), name.as_bytes())?;
        }
        numbers.push(number);
    }
    Ok(numbers)
}

/// An acquirer at work.
#[derive(Debug)]
pub struct Way {
    /// Its number.
    pub acquirer: Acquirer,
    /// What the operator calls it.
    pub name: String,
    /// The way there.
    pub network: Network,
    /// Whether calls to it are held back.
    pub breakers: Breakers,
    /// How far its news was heard by this process.
    pub(crate) feed: Feed,
    /// Turns of those who find out what became of calls.
    pub(crate) turns: Turns,
    /// Turns of those who release what lapsed.
    pub(crate) lapses: Arc<Semaphore>,
}

impl Way {
    /// Keeps every turn but those of attempts that somebody waits for, until it is dropped: for tests.
    pub fn take_turns(&self) -> impl Sized + use<> {
        self.turns.take()
    }
}

/// All of them.
#[derive(Debug)]
pub struct Acquirers {
    ways: Vec<Way>,
}

impl Acquirers {
    /// Nobody was asked anything yet.
    ///
    /// # Panics
    /// If there is none, or a number stands for two.
    pub fn new(connections: Connections, breakers: Settings) -> Self {
        let way = |Connection { acquirer, name, network }| Way {
            breakers: Breakers::new(breakers, &name),
            feed: Feed::default(),
            turns: Turns::default(),
            lapses: Arc::new(Semaphore::new(timers::CALLS_MAX)),
            acquirer,
            name,
            network,
        };
        let ways: Vec<Way> = connections.0.into_iter().map(way).collect();
        assert!(!ways.is_empty(), "somebody has to be asked");
        let alone = |way: &Way| ways.iter().filter(|it| it.acquirer == way.acquirer).count() == 1;
        assert!(ways.iter().all(alone), "a number means one acquirer");
        Self { ways }
    }

    /// The acquirer of this number, if this process was told of it.
    pub fn at(&self, acquirer: Acquirer) -> Option<&Way> {
        self.ways.iter().find(|way| way.acquirer == acquirer)
    }

    /// The one that is asked first.
    pub fn principal(&self) -> &Way {
        &self.ways[0]
    }

    /// All, in the order in which they are asked.
    pub fn iter(&self) -> impl Iterator<Item = &Way> {
        self.ways.iter()
    }

    /// Where a new call of this kind goes, where it may go to any.
    pub fn first(&self, operation: Operation, now: TimestampMs) -> Acquirer {
        acquirer::first(&self.order(operation, now))
    }

    /// What follows from the outcome of an attempt's call.
    pub fn follows(&self, attempt: &Attempt, outcome: Outcome, now: TimestampMs) -> Ask {
        let order = self.order(Operation::of(&attempt.call), now);
        acquirer::follows(attempt, outcome, &order)
    }

    fn order(&self, operation: Operation, now: TimestampMs) -> Vec<Candidate> {
        let candidate = |way: &Way| Candidate {
            acquirer: way.acquirer,
            readiness: way.breakers.readiness(operation, now),
        };
        self.ways.iter().map(candidate).collect()
    }
}
