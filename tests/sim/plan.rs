//! What one run is made of.

/// What goes wrong, and how often: each of a thousand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Odds {
    /// A request does not arrive.
    pub(crate) lost: u64,
    /// An answer does not arrive.
    pub(crate) unanswered: u64,
    /// A request arrives twice.
    pub(crate) twice: u64,
    /// The caller hangs up.
    pub(crate) hangs_up: u64,
    /// A process dies when a batch of commands is, or was, committed.
    pub(crate) dies: u64,
    /// An endpoint refuses, hangs, or answers what is not heard.
    pub(crate) hook: u64,
}

/// Where rows are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disk {
    /// In memory, shared by all processes.
    None,
    /// In a file of one process, on a disk that loses power.
    Sqlite,
}

/// One run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// All chance follows from it.
    pub(crate) seed: u64,
    /// How many orders are placed.
    pub(crate) orders: u64,
    /// How much wall time goes by, at least.
    pub(crate) days: u64,
    /// The network's faults, in its own words.
    pub(crate) network: String,
    /// How many acquirers there are, each with its own book and chance.
    pub(crate) acquirers: usize,
    /// Everybody else's.
    pub(crate) odds: Odds,
    /// How many processes there are.
    pub(crate) processes: usize,
    /// Where rows are kept.
    pub(crate) disk: Disk,
    /// How long between two looks at the books while customers are there, in milliseconds.
    pub(crate) audit_ms: u64,
}

impl Plan {
    /// The plan that follows from a seed: each seed has its own mixture of what goes wrong.
    pub(crate) fn of(seed: u64, orders: u64, days: u64) -> Self {
        let mut chance = crate::sim::chance::Chance::of(seed, 1);
        let mut at_most = |most: u64| chance.below(most + 1);
        let odds = Odds {
            lost: at_most(50),
            unanswered: at_most(60),
            twice: at_most(60),
            hangs_up: at_most(40),
            dies: at_most(12),
            hook: at_most(150),
        };
        let share = |tenths_of_percent: u64| {
            format!("{}.{:03}", tenths_of_percent / 1_000, tenths_of_percent % 1_000)
        };
        let network = format!(
            "seed={seed},lost_before={},lost_after={},late={},duplicate={},refused={},slow={},\
             slow_ms=20..{},lookup_lost={},notice_after_ms={}",
            share(at_most(30)),
            share(at_most(40)),
            share(at_most(30)),
            share(at_most(40)),
            share(at_most(15)),
            share(at_most(80)),
            200 + at_most(25_000),
            share(at_most(150)),
            at_most(5_000),
        );
        let processes = if at_most(3) == 0 { 1 } else { 2 };
        let (disk, audit_ms) = (Disk::None, 40_000);
        // Not drawn: a seed that was known before acquirers were several is the same world.
        let acquirers = if seed % 4 == 3 { 2 } else { 1 };
        Self { seed, orders, days, network, acquirers, odds, processes, disk, audit_ms }
    }

    /// The same on a disk that loses power.
    pub(crate) fn on_disk(self) -> Self {
        Self { disk: Disk::Sqlite, processes: 1, ..self }
    }

    /// The same, with the books looked at seldom: for long runs, of which they would be a quarter.
    #[cfg_attr(test, expect(dead_code, reason = "tests are short"))]
    pub(crate) fn seldom_audited(self) -> Self {
        Self { audit_ms: 200_000, ..self }
    }

    /// The same, with the books looked at often.
    pub(crate) fn audited(self) -> Self {
        Self { audit_ms: 4_000, ..self }
    }
}
