//! The rules of the house that no compiler checks: one table of rules over one reading of the tree.
//!
//! `cargo xtask tidy` prints what is wrong and how to put it right; a test at the end of this file
//! runs the same over the tree it was built from.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::counts::Tally;
use crate::failure::{Attempting, Failure};
use crate::repo::Repo;
use crate::term;

mod arrows;
mod documents;
mod sql;
mod text;
mod words;

/// Built, fetched or written by tests: not part of what is checked. Neither is what is being built
/// at this moment, in a folder that ends with `.part`.
const NOT_OURS: [&str; 10] = [
    ".git",
    "target",
    "node_modules",
    "dist",
    ".wrangler",
    "test-results",
    "js/wasm",
    "pkg",
    "crates/worker/build",
    "crates/worker/build-planted",
];
/// Larger files are data; every rule is about what people read.
const LARGEST: u64 = 2 << 20;

/// One text file of the tree.
#[derive(Debug)]
pub(crate) struct Source {
    /// Relative to the root, with `/` between its parts.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn has_extension(&self, extensions: &[&str]) -> bool {
        let extension = self.path.rsplit_once('.').map_or("", |(_, extension)| extension);
        extensions.contains(&extension)
    }

    /// Lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// One breach of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) line: usize,
    /// What is wrong and, after a semicolon, how to put it right.
    pub(crate) what: String,
}

impl Finding {
    pub(crate) fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

/// What every rule may look at.
pub(crate) struct Tree<'a> {
    pub(crate) repo: &'a Repo,
    pub(crate) sources: Vec<Source>,
}

impl Tree<'_> {
    pub(crate) fn source(&self, path: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.path == path)
    }

    pub(crate) fn with_extension<'t>(
        &'t self,
        extensions: &'t [&'t str],
    ) -> impl Iterator<Item = &'t Source> {
        self.sources.iter().filter(|source| source.has_extension(extensions))
    }
}

struct Rule {
    name: &'static str,
    check: fn(&Tree<'_>) -> Vec<Finding>,
}

const RULES: &[Rule] = &[
    Rule { name: "dependency arrows point inward", check: arrows::check },
    Rule { name: "SQL stays in the store", check: sql::check },
    Rule { name: "a file is one idea", check: text::length },
    Rule { name: "every Rust file opens with what it is", check: text::opening },
    Rule { name: "nothing is left over", check: text::left_overs },
    Rule { name: "no path of somebody's machine", check: text::machine_paths },
    Rule { name: "words mean one thing", check: words::check },
    Rule { name: "the version has one heading", check: documents::changelog },
    Rule { name: "the npm package depends on nothing", check: documents::npm_package },
    Rule { name: "lock files name no host", check: documents::lock_files },
    Rule { name: "the map shows every crate", check: documents::map },
];

/// `cargo xtask tidy`.
pub(crate) fn task(repo: &Repo) -> ExitCode {
    term::heading("Tidy");
    let (tally, _) = check(repo);
    if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs every rule and prints a line for each, with its findings below.
pub(crate) fn check(repo: &Repo) -> (Tally, Duration) {
    let started = Instant::now();
    let mut tally = Tally::default();
    let tree = match read(repo) {
        Ok(tree) => tree,
        Err(failure) => {
            term::failed("tidy", &failure.to_string());
            return (Tally::ONE_FAILED, started.elapsed());
        }
    };
    for rule in RULES {
        let findings = (rule.check)(&tree);
        if findings.is_empty() {
            tally.passed += 1;
            term::done(rule.name, "");
        } else {
            tally.failed += 1;
            term::failed(rule.name, "");
        }
        for Finding { path, line, what } in findings {
            println!("    {path}:{line}: {what}");
        }
    }
    (tally, started.elapsed())
}

fn read(repo: &Repo) -> Result<Tree<'_>, Failure> {
    let mut sources = Vec::new();
    let mut folders = vec![repo.root().to_path_buf()];
    while let Some(folder) = folders.pop() {
        let told = format!("reading {}", folder.display());
        for entry in fs::read_dir(&folder).attempting(&told)? {
            let entry = entry.attempting(&told)?;
            let path = relative(repo.root(), &entry.path());
            let name = entry.file_name();
            let skipped = NOT_OURS.iter().any(|it| *it == path || name.to_str() == Some(it));
            let half_built = entry.path().extension().is_some_and(|it| it == "part");
            if skipped || half_built {
                continue;
            }
            let kind = entry.file_type().attempting(&told)?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file()
                && entry.metadata().attempting(&told)?.len() <= LARGEST
                && let Ok(text) = fs::read_to_string(entry.path())
            {
                sources.push(Source { path, text });
            }
        }
    }
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(Tree { repo, sources })
}

fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
pub(crate) mod planted {
    //! Trees made up for the tests of the rules.

    use super::*;

    /// The findings of one rule over made-up files, as "path:line".
    pub(crate) fn places(
        check: fn(&Tree<'_>) -> Vec<Finding>,
        files: &[(&str, &str)],
    ) -> Vec<String> {
        let repo = Repo::at("nowhere");
        let sources = files
            .iter()
            .map(|(path, text)| Source { path: (*path).to_owned(), text: (*text).to_owned() })
            .collect();
        let findings = check(&Tree { repo: &repo, sources });
        findings.into_iter().map(|finding| format!("{}:{}", finding.path, finding.line)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_tree_is_tidy() {
        let repo = Repo::here();
        let tree = read(&repo).unwrap();
        assert!(tree.source("Cargo.toml").is_some(), "the tree was not read");
        let found: Vec<String> = RULES
            .iter()
            .flat_map(|rule| (rule.check)(&tree))
            .map(|Finding { path, line, what }| format!("{path}:{line}: {what}"))
            .collect();
        assert!(found.is_empty(), "\n{}", found.join("\n"));
    }
}
