//! The walk: from nothing, breadth first, every letter in every state, each state once.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use farthing_core::id::AttemptId;
use farthing_domain::command::Ask;
use farthing_domain::view::{Key, Row};

use super::alphabet::{From, Letter};
use super::graph::Graph;
use super::promises::{self, Kept};
use super::state::{State, claim};
use crate::world::Shelf as _;

/// The fingerprint of every request of the walk.
pub(crate) const SAME: u8 = 1;
/// Calls to the network that are open at a time.
const IN_FLIGHT: usize = 2;
/// The walk is shared out to as many threads.
const THREADS: usize = 2;

/// A state that was reached, and how.
#[derive(Clone, Debug)]
struct Reached {
    state: State,
    path: Vec<&'static str>,
}

/// What a walk found.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// States that differ.
    pub(crate) states: usize,
    /// Steps taken.
    pub(crate) steps: u64,
    /// The graph.
    pub(crate) graph: Graph,
    /// The shortest way to a broken promise.
    pub(crate) broken: Option<String>,
}

/// What one thread found in one round.
#[derive(Default)]
struct Found {
    reached: Vec<(u64, Reached)>,
    steps: u64,
    graph: Graph,
    broken: Option<String>,
}

/// How far a walk goes.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    /// What can happen.
    pub(crate) letters: &'static [Letter],
    /// What there is at first, with room for so many payments.
    pub(crate) start: fn(usize) -> State,
    /// Commands in a sequence.
    pub(crate) depth: usize,
    /// Payments at the most: with two, one may come between the steps of the other.
    pub(crate) payments: usize,
}

/// Walks. At the end every open call is answered in every way once more: none
/// may be left that cannot be.
pub(crate) fn walk(bounds: Bounds) -> Walk {
    let Bounds { letters, start, depth, payments } = bounds;
    let mut walk = Walk { states: 1, ..Walk::default() };
    let mut seen: HashSet<u64> = HashSet::new();
    let mut frontier = vec![Reached { state: start(payments), path: Vec::new() }];
    seen.insert(frontier[0].state.canonical());
    for round in 0..=depth {
        let answers_only = round == depth;
        let part = frontier.len().div_ceil(THREADS).max(1);
        let seen_before = &seen;
        let found: Vec<Found> = std::thread::scope(|scope| {
            let threads: Vec<_> = frontier
                .chunks(part)
                .map(|part| scope.spawn(move || expand((part, letters), seen_before, answers_only)))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        frontier = Vec::new();
        for found in found {
            walk.steps += found.steps;
            walk.graph.join(found.graph);
            walk.broken = walk.broken.or(found.broken);
            let fresh = found.reached.into_iter().filter(|(print, _)| seen.insert(*print));
            frontier.extend(fresh.map(|(_, reached)| reached));
        }
        walk.states = seen.len();
        if walk.broken.is_some() {
            break;
        }
    }
    walk
}

fn expand(
    (part, letters): (&[Reached], &'static [Letter]),
    seen: &HashSet<u64>,
    answers_only: bool,
) -> Found {
    let mut found = Found::default();
    let mut own: HashSet<u64> = HashSet::new();
    for from in part {
        for letter in letters.iter().filter(|one| !answers_only || one.from == From::Answer) {
            for (about, ask) in (letter.asks)(&from.state) {
                found.steps += 1;
                let took = catch_unwind(AssertUnwindSafe(|| {
                    take(&mut found, &mut own, seen, (from, letter, about, &ask))
                }));
                let kept = took.unwrap_or_else(|panic| Err(said(&*panic)));
                if let Err(why) = kept {
                    let path = from.path.join(" > ");
                    found.broken = Some(format!("{path} > {}: {why}", letter.name));
                    return found;
                }
            }
        }
    }
    found
}

fn take(
    found: &mut Found,
    own: &mut HashSet<u64>,
    seen: &HashSet<u64>,
    (from, letter, about, ask): (&Reached, &Letter, Option<Key>, &Ask),
) -> Kept {
    let before = &from.state;
    let key = (letter.from == From::Merchant).then(|| claim(before.steps + 1, SAME));
    let step = before.step(ask, key);
    promises::after_step(before, ask, &step)?;
    found.graph.add(before, letter, about.as_ref(), &step);
    if step.writes.is_empty() {
        return Ok(());
    }
    let print = step.after.canonical();
    if seen.contains(&print) || !own.insert(print) {
        return Ok(());
    }
    promises::of_state(&step)?;
    if open(&step.after).count() <= IN_FLIGHT {
        let path = from.path.iter().copied().chain([letter.name]).collect();
        found.reached.push((print, Reached { state: step.after, path }));
    }
    Ok(())
}

fn open(state: &State) -> impl Iterator<Item = AttemptId> {
    state.all().filter_map(|row| if let Row::Attempt(row) = row { Some(row.id) } else { None })
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("it stops: {}", text.unwrap_or("without a word"))
}
