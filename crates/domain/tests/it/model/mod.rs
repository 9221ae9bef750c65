//! The exhaustive checker: every sequence of commands, answers and news to a depth, two calls to the
//! network in flight, and the promises of the design after every step.
//!
//! [`alphabet`] says what can happen, [`promises`] what must hold, [`canon`] which states are one and
//! the same, [`walk`] goes everywhere, and [`graph`] is what it saw: the state machine's one picture,
//! kept as `crates/domain/states.json`, and for people as `crates/STATES.md`.

mod alphabet;
mod canon;
mod funds;
mod graph;
mod later;
mod long;
mod machine;
mod page;
mod promises;
mod state;
mod walk;

use std::path::Path;

use farthing_core::time::TimestampMs;

use alphabet::LETTERS;
use funds::FUNDS;
use graph::Graph;
use later::LATER;
use state::State;
use walk::Bounds;

/// Wall time stands still: what goes on is the tenant's clock.
const NOW: TimestampMs = TimestampMs::from_seconds(1_800_000_000);
/// Two payments, one between the steps of the other.
const TWO: Bounds = Bounds { letters: LETTERS, start: State::new, depth: 6, payments: 2 };
/// One payment, as deep as it takes to see every edge of the graph.
const ONE: Bounds = Bounds { depth: 8, payments: 1, ..TWO };
/// One payment that settles in another currency.
const CONVERTED: Bounds = Bounds { start: State::converting, depth: 6, ..ONE };
/// Two payouts by hand, and those of a schedule.
const PAYOUTS: Bounds = Bounds { letters: FUNDS, start: State::funded, depth: 8, payments: 2 };
/// Two payments whose funds come later.
const DELAYED: Bounds = Bounds { letters: LATER, ..TWO };

#[test]
fn every_sequence_of_two_payments_keeps_the_promises() {
    keeps_the_promises(TWO);
}

#[test]
fn every_sequence_of_one_payment_keeps_the_promises_and_the_graph() {
    let mut graph = keeps_the_promises(ONE);
    graph.join(keeps_the_promises(PAYOUTS));
    graph.join(keeps_the_promises(DELAYED));
    let crates = Path::new(env!("CARGO_MANIFEST_DIR"));
    compare(&crates.join("states.json"), &graph.json());
    compare(&crates.join("../STATES.md"), &page::page(&graph));
}

#[test]
fn every_sequence_of_one_payment_that_is_converted_keeps_the_promises() {
    keeps_the_promises(CONVERTED);
}

/// What one test may use of the processors, in seconds. All walks together take 34 where this was
/// written, on two cores 17 by the clock. Whoever needs more makes a walk smaller, or two of it.
const CPU_S: u64 = 60;

/// `FARTHING_WALK_DEEPER` makes every sequence longer by so many commands.
fn keeps_the_promises(bounds: Bounds) -> Graph {
    let deeper = set("FARTHING_WALK_DEEPER").map_or(0, |text| text.parse().unwrap());
    let walked = walk::walk(Bounds { depth: bounds.depth + deeper, ..bounds });
    let cpu_s = cpu_s();
    let Bounds { depth, payments, .. } = bounds;
    let (states, steps) = (walked.states, walked.steps);
    println!(
        "{payments} at {depth} and {deeper} more: {states} states, {steps} steps; {cpu_s:?} s of CPU so far"
    );
    assert!(deeper > 0 || cpu_s.is_none_or(|cpu_s| cpu_s <= CPU_S), "the walks take too long");
    assert_eq!(walked.broken, None, "a sequence breaks a promise");
    walked.graph
}

/// What this process has used of all processors, where that can be had: each test is a process.
fn cpu_s() -> Option<u64> {
    let said = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the name, which may hold anything: user and system time are the twelfth and thirteenth.
    let (_, after) = said.rsplit_once(')')?;
    let ticks = after.split_whitespace().skip(11).take(2);
    Some(ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() / 100)
}

/// Holds what is kept against what was walked, or keeps that.
fn compare(file: &Path, walked: &str) {
    if set("FARTHING_CODEGEN").is_some() {
        return std::fs::write(file, walked).unwrap();
    }
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    let differing = kept.lines().zip(walked.lines()).find(|(kept, walked)| kept != walked);
    assert!(
        kept == walked,
        "{} is not what was walked, from {differing:?} on; if that is meant, `cargo xtask codegen`",
        file.display()
    );
}

fn set(variable: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "how deep, and whether to write, is told by the caller"
    )]
    std::env::var(variable).ok()
}
