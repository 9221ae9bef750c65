//! Bugs that are put in on purpose, one at a time, and what finds each.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use farthing_core::planted::choose;

use crate::sim::{self, Plan};

/// No bug may take longer to be found.
const LIMIT: Duration = Duration::from_mins(1);
/// Orders and days of the worlds in which bugs are looked for.
const WORLD: (u64, u64) = (50, 12);

/// What finds a bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// The simulation, from this seed on.
    World(u64),
    /// The simulation on a disk that loses power, from this seed on.
    Disk(u64),
    /// Counting comparisons.
    Count,
}

/// Every bug, and what finds it. `crates/PROOF.md` says what each is.
const BUGS: &[(&str, By)] = &[
    ("no_lock", By::World(1)),
    ("no_idempotency", By::World(1)),
    ("no_fingerprint", By::World(1)),
    ("progress_forgotten", By::World(1)),
    ("failure_not_kept", By::World(1)),
    ("purged_at_once", By::World(1)),
    ("float_amounts", By::World(148)),
    ("wrong_rounding", By::World(1)),
    ("lost_update", By::World(1)),
    ("posted_twice", By::World(1)),
    ("refund_uncharged", By::World(2)),
    ("refund_above", By::World(1)),
    ("no_reservation", By::World(1)),
    ("no_release", By::World(1)),
    ("capture_above", By::World(1)),
    ("capture_all", By::World(1)),
    ("no_void", By::World(1)),
    ("no_timer", By::World(2)),
    ("time_out_is_refusal", By::World(1)),
    ("fresh_reference", By::World(1)),
    ("fail_over_unknown", By::World(3)),
    ("no_reference", By::World(1)),
    ("no_reversal", By::World(2)),
    ("no_recovery", By::World(1)),
    ("cursor_first", By::World(36)),
    ("recorded_before_sent", By::World(1)),
    ("any_answer_will_do", By::World(1)),
    ("given_up_early", By::World(1)),
    ("one_endpoint", By::World(1)),
    ("stale_signature", By::World(1)),
    ("no_window", By::World(1)),
    ("no_unique", By::World(1)),
    ("early_exit", By::Count),
    ("no_sync", By::Disk(2)),
    ("answered_first", By::Disk(23)),
];

/// Plants every bug, or the one that is named; each must be found, and nothing without one.
pub(crate) fn run(only: Option<&str>) -> ExitCode {
    let (mut found, mut planted) = (0, 0);
    for (name, by) in BUGS {
        if only.is_some_and(|only| only != *name) {
            continue;
        }
        planted += 1;
        choose("none of them");
        let before = look(*by);
        choose(name);
        let began = Instant::now();
        let after = search(*by, began);
        match (before, after) {
            (None, Some((seed, flaw))) => {
                found += 1;
                let seconds = began.elapsed().as_secs_f64();
                let flaw: String = flaw.chars().take(90).collect();
                println!("{name:<22} {seed:<9} {seconds:>5.1} s  {flaw}");
            }
            (Some(flaw), _) => println!("{name:<22} FOUND WITHOUT IT: {flaw}"),
            (None, None) => println!("{name:<22} NOT FOUND"),
        }
    }
    println!("\n{found} caught / {planted} planted");
    if found == planted && planted > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Looks for a bug from its known seed on.
fn search(by: By, began: Instant) -> Option<(String, String)> {
    for further in 0.. {
        let here = match by {
            By::World(seed) => By::World(seed + further),
            By::Disk(seed) => By::Disk(seed + further),
            By::Count => By::Count,
        };
        if let Some(flaw) = look(here) {
            return Some((format!("{here:?}"), flaw));
        }
        if began.elapsed() > LIMIT || by == By::Count {
            return None;
        }
    }
    None
}

/// The first thing that is wrong.
fn look(by: By) -> Option<String> {
    let plan = |seed| Plan::of(seed, WORLD.0, WORLD.1).audited();
    let flaws = match by {
        By::World(seed) => sim::run(plan(seed)).flaws,
        By::Disk(seed) => sim::run(plan(seed).on_disk()).flaws,
        By::Count => sim::comparisons(),
    };
    flaws.into_iter().next()
}
