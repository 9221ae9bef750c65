//! The graph of what was walked: every state, what was asked in it, and what became of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use farthing_domain::decide::batch::Write as Written;
use farthing_domain::reply::Reply;
use farthing_domain::view::Key;

use super::alphabet::Letter;
use super::machine::place;
use super::state::{State, Step};
use crate::world::Shelf as _;

/// Where nothing is yet.
pub(crate) const NOTHING: &str = "-";

/// One edge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    pub(crate) from: String,
    pub(crate) command: &'static str,
    pub(crate) answer: String,
    pub(crate) to: String,
}

/// Edges by machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Graph {
    pub(crate) machines: BTreeMap<&'static str, BTreeSet<Edge>>,
}

impl Graph {
    /// Adds what one step did to the object it was about, and to every other.
    pub(crate) fn add(
        &mut self,
        before: &State,
        letter: &Letter,
        about: Option<&Key>,
        step: &Step,
    ) {
        let answer = answer(&step.submitted.reply);
        if step.writes.is_empty() {
            let Some(place) = about.and_then(|key| before.one(key)).and_then(place) else { return };
            let (from, to) = (place.name(), place.name());
            self.edge(place.machine, Edge { from, command: letter.name, answer, to });
            return;
        }
        for (key, write) in step.writes.iter() {
            let (Written::Insert(row) | Written::Update(row)) = write else { continue };
            let Some(now) = place(row) else { continue };
            let was = before.one(key).and_then(place);
            let from = was.map_or_else(|| NOTHING.to_owned(), |was| was.name());
            let to = now.name();
            // A row that was written again in passing is no news.
            if from != to || about == Some(key) {
                let answer = answer.clone();
                self.edge(now.machine, Edge { from, command: letter.name, answer, to });
            }
        }
    }

    fn edge(&mut self, machine: &'static str, edge: Edge) {
        self.machines.entry(machine).or_default().insert(edge);
    }

    /// Adds what another part of the walk found.
    pub(crate) fn join(&mut self, other: Self) {
        for (machine, edges) in other.machines {
            self.machines.entry(machine).or_default().extend(edges);
        }
    }

    /// As JSON, an edge to a line.
    pub(crate) fn json(&self) -> String {
        let mut out = String::from("{\n  \"machines\": {");
        for (at, (machine, edges)) in self.machines.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let mut states: BTreeSet<&str> = BTreeSet::new();
            for edge in edges {
                states.extend([&*edge.from, &*edge.to]);
            }
            states.remove(NOTHING);
            let states: Vec<String> = states.iter().map(|state| format!("\"{state}\"")).collect();
            write!(out, "{comma}\n    \"{machine}\": {{\n      \"states\": [").unwrap();
            write!(out, "{}],\n      \"edges\": [", states.join(", ")).unwrap();
            for (at, edge) in edges.iter().enumerate() {
                let comma = if at == 0 { "" } else { "," };
                let Edge { from, command, answer, to } = edge;
                write!(
                    out,
                    "{comma}\n        {{\"from\": \"{from}\", \"command\": \"{command}\", \"answer\": \"{answer}\", \"to\": \"{to}\"}}"
                )
                .unwrap();
            }
            out.push_str("\n      ]\n    }");
        }
        out.push_str("\n  }\n}\n");
        out
    }
}

/// The class of a reply.
fn answer(reply: &Reply) -> String {
    match reply {
        Reply::Refused(refusal) => format!("refused: {}", refusal.code()),
        Reply::Begun(_) => String::from("begun"),
        Reply::Declined(_) => String::from("declined"),
        Reply::NetworkRefused(_) => String::from("refused by the network"),
        Reply::Unresolved(_) => String::from("unresolved"),
        Reply::Done => String::from("done"),
        _ => String::from("ok"),
    }
}
