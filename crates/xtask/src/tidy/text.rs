//! Rules about any file: its length, its first line, and what must not be left in it.

use super::{Finding, Source, Tree};

const LINES_AT_MOST: usize = 500;
const GENERATED: &str = "tests/vectors/generated";
const CODE: [&str; 7] = ["rs", "ts", "mts", "tsx", "js", "mjs", "py"];

pub(crate) fn length(tree: &Tree<'_>) -> Vec<Finding> {
    let long = |source: &&Source| {
        !source.path.starts_with(GENERATED) && source.text.lines().count() > LINES_AT_MOST
    };
    let told = |source: &Source| {
        let lines = source.text.lines().count();
        let what = format!("{lines} lines, of {LINES_AT_MOST} at most; split it by idea");
        Finding::new(&source.path, LINES_AT_MOST + 1, what)
    };
    tree.with_extension(&CODE).filter(long).map(told).collect()
}

pub(crate) fn opening(tree: &Tree<'_>) -> Vec<Finding> {
    let bare = |source: &&Source| {
        // Attributes of the crate may stand first.
        let mut lines = source.text.lines().map(str::trim_start);
        let first = lines.find(|line| !line.is_empty() && !line.starts_with("#!["));
        !first.is_some_and(|line| line.starts_with("//!"))
    };
    let what = "no module documentation; begin with `//!` and what is here, what is not, and what \
                must stay true";
    let told = |source: &Source| Finding::new(&source.path, 1, what);
    tree.with_extension(&["rs"]).filter(bare).map(told).collect()
}

/// Marks of unfinished work, spelled in pieces, so that this file is no finding.
const MACROS: [&str; 4] = [
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("#[", "ignore"),
    concat!("#[should", "_panic"),
];
const WORDS: [&str; 4] =
    [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX"), concat!("HA", "CK")];

pub(crate) fn left_overs(tree: &Tree<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in
        tree.with_extension(&["rs", "ts", "mts", "tsx", "js", "mjs", "py", "toml", "md", "html"])
    {
        for (number, line) in source.lines() {
            let mark =
                MACROS.iter().find(|mark| source.has_extension(&["rs"]) && line.contains(**mark));
            let word = WORDS.iter().find(|word| stands_alone(line, word));
            if let Some(found) = mark.or(word) {
                let what = format!("`{found}` is left over; finish it, or say it in DECISIONS.md");
                findings.push(Finding::new(&source.path, number, what));
            }
        }
    }
    findings
}

/// As a word of its own and not quoted: `"XXX"` is a currency code.
fn stands_alone(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        let part = |c: char| c.is_alphanumeric() || "_-\"'`".contains(c);
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

/// Folders that exist on one machine only, spelled in pieces.
const MACHINE: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/tmp/", "spec")];

pub(crate) fn machine_paths(tree: &Tree<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        for (number, line) in source.lines() {
            if let Some(path) = MACHINE.iter().find(|path| begins_a_path(line, path)) {
                let what = format!(
                    "`{path}` exists on one machine only; name it from the root of the tree"
                );
                findings.push(Finding::new(&source.path, number, what));
            }
        }
    }
    findings
}

/// `crates/work/` is no such path: a name stands in front of it.
fn begins_a_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(start, _)| {
        !line[..start].chars().next_back().is_some_and(|c| c.is_alphanumeric() || "._-".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::super::planted::places;
    use super::*;

    #[test]
    fn the_line_after_the_last_allowed_is_found() {
        let (fits, long) = ("//! x\n".repeat(LINES_AT_MOST), "//! x\n".repeat(LINES_AT_MOST + 1));
        let files = [
            ("a.rs", fits.as_str()),
            ("b.rs", long.as_str()),
            ("c.ts", long.as_str()),
            ("d.json", long.as_str()),
            ("tests/vectors/generated/e.rs", long.as_str()),
        ];
        assert_eq!(places(length, &files), ["b.rs:501", "c.ts:501"]);
    }

    #[test]
    fn a_bare_opening_is_found() {
        let files = [
            ("a.rs", "//! What it is.\n"),
            ("b.rs", "#![no_std]\n\n//! What it is.\n"),
            ("c.rs", "use std::fs;\n//! Too late.\n"),
            ("d.rs", "// Not a module's documentation.\n"),
            ("e.rs", ""),
        ];
        assert_eq!(places(opening, &files), ["c.rs:1", "d.rs:1", "e.rs:1"]);
    }

    #[test]
    fn left_overs_are_found_and_currencies_are_not() {
        let files = [
            ("a.rs", concat!("fn f() { to", "do!() }")),
            ("b.rs", concat!("\n#[ign", "ore = \"slow\"]")),
            ("c.ts", concat!("// FIX", "ME: later")),
            ("d.rs", concat!("(\"X", "XX\", 999), AUX", "XX, hack, `X", "XX`")),
            ("e.md", concat!("a HA", "CK")),
        ];
        assert_eq!(places(left_overs, &files), ["a.rs:1", "b.rs:2", "c.ts:1", "e.md:1"]);
    }

    #[test]
    fn a_machines_path_is_found_in_any_file() {
        let files = [
            ("README.md", concat!("see /wo", "rk/shared")),
            ("package-lock.json", concat!("\"file:///ro", "ot/x\"")),
            ("b.rs", concat!("crates/wo", "rk/src, https://example.com/ro", "ot/x")),
        ];
        assert_eq!(places(machine_paths, &files), ["README.md:1", "package-lock.json:1"]);
    }
}
