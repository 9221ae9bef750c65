//! The graph as a page for people: a picture of each machine, and what is refused where.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::graph::{Edge, Graph, NOTHING};

const HEAD: &str = "\
# State machines

Written by `cargo xtask codegen` from what the exhaustive checker has walked (`crates/domain/tests/it/model`): do not edit. The same as data is in [domain/states.json](domain/states.json). The one authority is the `match` in `domain::decide`.

After a comma stands what is under way at the network. Commands that leave the state as it is are not drawn. `approved`, `declined`, `must authenticate`, `never happened` and `no answer` are what comes of a call to the network; `taken, not done` is a refund that the network has taken and will finish later.
";

/// The page.
pub(crate) fn page(graph: &Graph) -> String {
    let mut out = String::from(HEAD);
    for (machine, edges) in &graph.machines {
        write!(out, "\n## `{machine}`\n\n").unwrap();
        picture(&mut out, edges);
        refusals(&mut out, edges);
    }
    out
}

fn picture(out: &mut String, edges: &BTreeSet<Edge>) {
    let mut states: BTreeSet<&str> = BTreeSet::new();
    let mut arrows: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for edge in edges {
        states.extend([&*edge.from, &*edge.to]);
        if edge.from != edge.to {
            arrows.entry((&edge.from, &edge.to)).or_default().insert(edge.command);
        }
    }
    out.push_str("```mermaid\nstateDiagram-v2\n");
    let states: Vec<&str> = states.into_iter().filter(|state| *state != NOTHING).collect();
    let name = |state: &str| match states.iter().position(|one| *one == state) {
        Some(place) => format!("s{place}"),
        None => "[*]".to_owned(),
    };
    for state in &states {
        writeln!(out, "  state \"{state}\" as {}", name(state)).unwrap();
    }
    for ((from, to), commands) in &arrows {
        let commands: Vec<&str> = commands.iter().copied().collect();
        writeln!(out, "  {} --> {} : {}", name(from), name(to), commands.join(" / ")).unwrap();
    }
    for state in &states {
        if !arrows.keys().any(|(from, _)| from == state) {
            writeln!(out, "  {} --> [*]", name(state)).unwrap();
        }
    }
    out.push_str("```\n");
}

fn refusals(out: &mut String, edges: &BTreeSet<Edge>) {
    let mut refused: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for edge in edges {
        if let Some(code) = edge.answer.strip_prefix("refused: ") {
            refused.entry((&edge.from, code)).or_default().insert(edge.command);
        }
    }
    if refused.is_empty() {
        return;
    }
    out.push_str("\n| in the state | refused as | commands |\n| --- | --- | --- |\n");
    for ((state, code), commands) in refused {
        let commands: Vec<&str> = commands.into_iter().collect();
        writeln!(out, "| {state} | `{code}` | {} |", commands.join("; ")).unwrap();
    }
}
