//! What all parts of a run share: the processes, the store and the network they share, the clock,
//! the log that is hashed, and what was counted.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use farthing_acquirer::Simulator;
use farthing_core::time::TimestampMs;
use farthing_server::acquirers::{Acquirer, Connection, Connections};
use farthing_server::rehearsal;
use farthing_server::setup::{self, Kind, RootSource};
use farthing_server::wire::Renderer;
use farthing_store::Store;
use tempfile::TempDir;
use tokio::time::Instant;

use super::chance::Chance;
use super::hooks::Hooks;
use super::plan::{Disk, Plan};
use super::process::Process;

/// The root key of every run.
pub(crate) const ROOT: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
/// When every run begins: in 2026.
const START_MS: i64 = 1_790_000_000_000;

/// What a client was answered for good under a key.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// The key.
    pub(crate) key: String,
    /// The path it was used on.
    pub(crate) path: String,
    /// The status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: String,
}

/// How often something was done, or went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts(pub(crate) BTreeMap<&'static str, u64>);

impl Counts {
    pub(crate) fn add(&mut self, what: &'static str, count: u64) {
        *self.0.entry(what).or_default() += count;
    }

    pub(crate) fn of(&self, what: &str) -> u64 {
        self.0.get(what).copied().unwrap_or_default()
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (what, count) in &other.0 {
            self.add(what, *count);
        }
    }

    /// Everything that went wrong on purpose.
    pub(crate) fn faults(&self) -> u64 {
        self.0.iter().filter(|(what, _)| what.starts_with("fault: ")).map(|(_, count)| count).sum()
    }
}

/// One run's world.
pub(crate) struct World {
    pub(crate) plan: Plan,
    store: Mutex<Store>,
    dir: Option<TempDir>,
    pub(crate) networks: Vec<Simulator>,
    pub(crate) hooks: Hooks,
    processes: Mutex<Vec<Process>>,
    chance: Mutex<Chance>,
    told: Mutex<Vec<Told>>,
    counts: Mutex<Counts>,
    flaws: Mutex<Vec<String>>,
    log: Mutex<DefaultHasher>,
    skipped_ms: Arc<AtomicI64>,
    began: Instant,
    /// Nothing goes wrong any more.
    calm: std::sync::atomic::AtomicBool,
    pub(crate) orders: AtomicU64,
}

impl World {
    /// An empty installation. To be called within the run's runtime, on its thread.
    pub(crate) fn new(plan: Plan) -> Arc<Self> {
        rehearsal::begin(plan.seed, TimestampMs::from_ms(START_MS));
        let skipped_ms = Arc::new(AtomicI64::new(0));
        let began = Instant::now();
        rehearsal::tell_time({
            let skipped_ms = Arc::clone(&skipped_ms);
            move || wall(began, &skipped_ms)
        });
        let dir = (plan.disk == Disk::Sqlite).then(|| TempDir::new().unwrap());
        let store = match &dir {
            None => Store::manual_memory(renderer()),
            Some(dir) => Store::manual_sqlite(&dir.path().join("0"), renderer()).unwrap(),
        };
        let vault = setup::open_vault(&store, RootSource::Given(ROOT.to_owned())).unwrap();
        setup::claim(&store, &vault, Kind::Dev).unwrap();
        let network = |number: usize| {
            // Of a fault that is named twice the last counts: each has chance of its own.
            let own = format!("{},seed={}", plan.network, plan.seed + number as u64 * 1_000_003);
            let faults = own.parse().expect("the network's faults can be read");
            Simulator::by_hand(faults).unwrap()
        };
        let networks = (0..plan.acquirers).map(network).collect();
        Arc::new(Self {
            chance: Mutex::new(Chance::of(plan.seed, 2)),
            plan,
            store: Mutex::new(store),
            dir,
            networks,
            hooks: Hooks::default(),
            processes: Mutex::default(),
            told: Mutex::default(),
            counts: Mutex::default(),
            flaws: Mutex::default(),
            log: Mutex::new(DefaultHasher::new()),
            skipped_ms,
            began,
            calm: false.into(),
            orders: AtomicU64::new(0),
        })
    }

    /// The ways to the networks, for a process.
    pub(crate) fn connections(&self) -> Connections {
        let connection = |(acquirer, network): (Acquirer, &Simulator)| Connection {
            acquirer,
            name: format!("network-{acquirer}"),
            network: network.clone().into(),
        };
        Connections(Acquirer::ALL.into_iter().zip(&self.networks).map(connection).collect())
    }

    /// What is stored, as it is now.
    pub(crate) fn store(&self) -> Store {
        self.store.lock().unwrap().clone()
    }

    /// The power fails: what is on the disk is all there is, and that is what was synced, with
    /// something after it that was being written.
    pub(crate) fn cut_power(&self) {
        let Some(dir) = &self.dir else { return };
        let number = std::fs::read_dir(dir.path()).unwrap().count();
        let (from, to) =
            (dir.path().join((number - 1).to_string()), dir.path().join(number.to_string()));
        std::fs::create_dir(&to).unwrap();
        let synced = self.store().syncs().unwrap();
        for file in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
            let name = file.file_name().into_string().unwrap();
            if name == "lock" || name.ends_with("-shm") {
                continue;
            }
            let mut bytes = std::fs::read(file.path()).unwrap();
            if name.ends_with("-wal") {
                if !synced {
                    let kept = self.draw(|chance| chance.below(bytes.len() as u64 + 1));
                    bytes.truncate(usize::try_from(kept).unwrap());
                }
                let garbage = self.draw(|chance| chance.below(6_000));
                bytes.extend((0..garbage).map(|_| self.draw(|chance| chance.below(256)) as u8));
            }
            std::fs::write(to.join(name), bytes).unwrap();
        }
        *self.store.lock().unwrap() = Store::manual_sqlite(&to, renderer()).unwrap();
    }

    /// Wall time.
    pub(crate) fn now(&self) -> TimestampMs {
        wall(self.began, &self.skipped_ms)
    }

    /// How long the run has lasted, in wall time.
    pub(crate) fn lasted_ms(&self) -> i64 {
        self.now().ms() - START_MS
    }

    /// Time in which nothing would happen goes by at once.
    pub(crate) fn skip_ms(&self, ms: i64) {
        self.skipped_ms.fetch_add(ms.max(0), Ordering::Relaxed);
        self.count("time skipped", 1);
    }

    /// A number that the seed gives.
    pub(crate) fn draw<T>(&self, with: impl FnOnce(&mut Chance) -> T) -> T {
        with(&mut self.chance.lock().unwrap())
    }

    /// Whether something goes wrong; if it does, it is counted.
    pub(crate) fn strikes(&self, per_mille: u64, fault: &'static str) -> bool {
        let struck = !self.is_calm() && self.draw(|chance| chance.strikes(per_mille));
        if struck {
            self.count(fault, 1);
        }
        struck
    }

    /// Waits for somewhere within both ends.
    pub(crate) async fn pause(&self, from_ms: u64, to_ms: u64) {
        let ms = self.draw(|chance| chance.between(from_ms, to_ms));
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    /// From now on nothing goes wrong any more.
    pub(crate) fn calm_down(&self) {
        self.calm.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    pub(crate) fn count(&self, what: &'static str, count: u64) {
        self.counts.lock().unwrap().add(what, count);
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts.lock().unwrap().clone()
    }

    /// Writes into the run's history.
    pub(crate) fn note(&self, what: &str, bytes: &[u8]) {
        let mut log = self.log.lock().unwrap();
        (self.began.elapsed().as_millis(), what, bytes).hash(&mut *log);
    }

    /// The history so far, as a number.
    pub(crate) fn history(&self) -> u64 {
        self.log.lock().unwrap().finish()
    }

    /// A promise was broken.
    pub(crate) fn flaw(&self, what: String) {
        let mut flaws = self.flaws.lock().unwrap();
        if flaws.len() < 20 {
            flaws.push(what);
        }
    }

    pub(crate) fn flaws(&self) -> Vec<String> {
        self.flaws.lock().unwrap().clone()
    }

    /// A client was answered for good.
    pub(crate) fn tell(&self, told: Told) {
        self.told.lock().unwrap().push(told);
    }

    pub(crate) fn told(&self) -> MutexGuard<'_, Vec<Told>> {
        self.told.lock().unwrap()
    }

    pub(crate) fn processes(&self) -> MutexGuard<'_, Vec<Process>> {
        self.processes.lock().unwrap()
    }
}

fn renderer() -> Arc<Renderer> {
    Arc::new(Renderer::new("http://pay.test"))
}

fn wall(began: Instant, skipped_ms: &AtomicI64) -> TimestampMs {
    let lasted = i64::try_from(began.elapsed().as_millis()).expect("a run is short");
    TimestampMs::from_ms(START_MS + lasted + skipped_ms.load(Ordering::Relaxed))
}
