//! The exhaustive checker: every sequence of commands, answers and news to a depth, two calls to the
//! network in flight, and the promises of the design after every step.
//!
//! [`alphabet`] says what can happen, [`promises`] what must hold, [`canon`] which states are one and
//! the same, [`walk`] goes everywhere, and [`graph`] is what it saw: the state machine's one picture,
//! kept as `crates/domain/states.json`, and for people as `crates/STATES.md`.

mod alphabet;
mod canon;
mod graph;
mod long;
mod machine;
mod page;
mod promises;
mod state;
mod walk;

use std::path::Path;

use farthing_core::time::TimestampMs;

use graph::Graph;
use walk::Bounds;

/// Wall time stands still: what goes on is the tenant's clock.
const NOW: TimestampMs = TimestampMs::from_seconds(1_800_000_000);
/// Two payments, one between the steps of the other.
const TWO: Bounds = Bounds { depth: 6, payments: 2 };
/// One payment, as deep as it takes to see every edge of the graph.
const ONE: Bounds = Bounds { depth: 8, payments: 1 };

#[test]
fn every_sequence_of_two_payments_keeps_the_promises() {
    keeps_the_promises(TWO);
}

#[test]
fn every_sequence_of_one_payment_keeps_the_promises_and_the_graph() {
    let graph = keeps_the_promises(ONE);
    let crates = Path::new(env!("CARGO_MANIFEST_DIR"));
    compare(&crates.join("states.json"), &graph.json());
    compare(&crates.join("../STATES.md"), &page::page(&graph));
}

/// `FARTHING_WALK_DEEPER` makes every sequence longer by so many commands.
fn keeps_the_promises(bounds: Bounds) -> Graph {
    let deeper = set("FARTHING_WALK_DEEPER").map_or(0, |text| text.parse().unwrap());
    let walked = walk::walk(Bounds { depth: bounds.depth + deeper, ..bounds });
    println!("{bounds:?} and {deeper} more: {} states, {} steps", walked.states, walked.steps);
    assert_eq!(walked.broken, None, "a sequence breaks a promise");
    walked.graph
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
