//! Every test suite there is, in one table, and what it takes to run and count them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use crate::cardscan::{self, Expect};
use crate::counts::{self, Dialect, Tally};
use crate::exec::{self, Job};
use crate::failure::Failure;
use crate::fuzz::{self, Record};
use crate::needs::{self, Need, Needs};
use crate::repo::Repo;
use crate::report::Report;
use crate::setup::environment;
use crate::term;
use crate::testdir;

/// A word of `cargo xtask test <word>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    Rust,
    Doc,
    Wasm,
    Js,
    Worker,
    Sdk,
    Planted,
    Fuzz,
}

impl Group {
    pub(crate) const ALL: [Self; 8] = [
        Self::Rust,
        Self::Doc,
        Self::Wasm,
        Self::Js,
        Self::Worker,
        Self::Sdk,
        Self::Planted,
        Self::Fuzz,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Doc => "doc",
            Self::Wasm => "wasm",
            Self::Js => "js",
            Self::Worker => "worker",
            Self::Sdk => "sdk",
            Self::Planted => "planted",
            Self::Fuzz => "fuzz",
        }
    }
}

/// One suite: a row of the table below.
struct Suite {
    group: Group,
    name: &'static str,
    /// Where it is run, relative to the root.
    folder: &'static str,
    command: &'static [&'static str],
    dialect: Dialect,
    needs: fn() -> Vec<Need>,
    limit: Duration,
}

const SUITES: &[Suite] = &[
    Suite {
        group: Group::Rust,
        name: "Rust",
        folder: ".",
        command: &["cargo", "nextest", "run", "--workspace"],
        dialect: Dialect::Nextest,
        needs: || vec![Need::Nextest, Need::Backend, Need::Postgres, Need::Redis],
        limit: Duration::from_mins(25),
    },
    Suite {
        group: Group::Rust,
        name: "HTTP, on PostgreSQL",
        folder: ".",
        // What money passes through; the rest of the list runs on memory.
        command: &[
            "env",
            "FARTHING_TEST_ENGINE=postgres",
            "cargo",
            "nextest",
            "run",
            "--workspace",
            "-E",
            "package(farthing-tests) & test(/http::(payment_intents|refunds|idempotency|disputes|holds|ledger|lists|search|customers|settlement|tenancy|payouts|balance|method_types)::/)",
        ],
        dialect: Dialect::NextestChosen,
        needs: || vec![Need::Nextest, Need::Backend, Need::Postgres],
        limit: Duration::from_mins(10),
    },
    Suite {
        group: Group::Doc,
        name: "Rust examples in documentation",
        folder: ".",
        command: &["cargo", "test", "--doc", "--workspace", "--no-fail-fast"],
        dialect: Dialect::Libtest,
        needs: || vec![Need::JsPackage],
        limit: Duration::from_mins(15),
    },
    Suite {
        group: Group::Wasm,
        name: "core as wasm, in Node",
        folder: ".",
        command: &["wasm-pack", "test", "--node", "--mode", "no-install", "crates/core"],
        dialect: Dialect::Libtest,
        needs: || vec![Need::WasmPack, Need::Node],
        limit: Duration::from_mins(15),
    },
    Suite {
        group: Group::Js,
        name: "npm package, in every runtime",
        folder: "js",
        command: &["npm", "test", "--silent"],
        dialect: Dialect::Node,
        needs: || needs::of_the_js_tests(&Repo::here()),
        limit: Duration::from_mins(20),
    },
    Suite {
        group: Group::Js,
        name: "card element and checkout, in Firefox",
        folder: "js",
        command: &["npm", "run", "test:firefox", "--silent"],
        dialect: Dialect::Node,
        needs: || vec![Need::JsPackage, Need::Backend, Need::Firefox],
        limit: Duration::from_mins(8),
    },
    Suite {
        group: Group::Worker,
        name: "Worker, in workerd",
        folder: "crates/worker",
        command: &["npm", "test", "--silent"],
        dialect: Dialect::Node,
        needs: || vec![Need::WorkerBundle],
        limit: Duration::from_mins(10),
    },
    Suite {
        group: Group::Sdk,
        name: "Node clients against the server",
        folder: "tests/js",
        command: &["npm", "test", "--silent"],
        dialect: Dialect::Node,
        needs: || {
            vec![
                Need::npm("tests/js"),
                Need::npm("examples/merchant-node"),
                Need::JsPackage,
                Need::WorkerBundle,
                Need::Backend,
                Need::Chromium,
                // Both clients take the same walk, side by side.
                Need::Python,
            ]
        },
        limit: Duration::from_mins(10),
    },
    Suite {
        group: Group::Sdk,
        name: "Python client against the server",
        folder: ".",
        command: &["target/venv/bin/python", "-m", "unittest", "discover", "-s", "tests/python"],
        dialect: Dialect::Unittest,
        needs: || vec![Need::Python, Need::Backend],
        limit: Duration::from_mins(10),
    },
    Suite {
        group: Group::Sdk,
        name: "API by its document",
        folder: ".",
        command: &["target/venv/bin/python", "-m", "unittest", "discover", "-s", "tests/openapi"],
        dialect: Dialect::Unittest,
        needs: || vec![Need::Python, Need::Backend],
        limit: Duration::from_mins(3),
    },
    Suite {
        group: Group::Planted,
        name: "Planted bugs",
        folder: ".",
        command: &["cargo", "xtask", "planted"],
        dialect: Dialect::Planted,
        needs: || vec![],
        limit: Duration::from_mins(15), // Of which all but two are an extra build.
    },
];

/// `cargo xtask test`: set-up, the suites that were asked for, the card scan, and the sum.
pub(crate) fn test(repo: &Repo, groups: &[Group]) -> ExitCode {
    let mut report = Report::default();
    run_into(repo, groups, &mut Needs::new(repo), &mut report);
    report.conclude()
}

/// The same, for a caller with results of its own. Nothing here is an error: what goes wrong is
/// counted, so that the last line of output is always the sum.
pub(crate) fn run_into(repo: &Repo, groups: &[Group], needs: &mut Needs<'_>, report: &mut Report) {
    let suites: Vec<&Suite> =
        SUITES.iter().filter(|suite| groups.is_empty() || groups.contains(&suite.group)).collect();
    set_up(repo, groups, &suites, needs, report);
    let folder = match testdir::fresh(repo) {
        Ok(folder) => folder,
        Err(failure) => {
            term::failed("the folder for what tests write", &failure.to_string());
            report.add("Folder for the tests", Tally::ONE_FAILED, Duration::ZERO);
            return;
        }
    };
    for suite in suites {
        term::heading(suite.name);
        let needs_met = (suite.needs)().iter().try_for_each(|need| needs.meet(need));
        match needs_met.and_then(|()| run(repo, suite, &folder)) {
            Ok((tally, took)) => report.add(suite.name, tally, took),
            Err(failure) => {
                term::failed(suite.group.name(), &failure.to_string());
                report.add(suite.name, Tally::ONE_FAILED, Duration::ZERO);
            }
        }
    }
    if groups.is_empty() || groups.contains(&Group::Fuzz) {
        term::heading("Fuzzing");
        let started = Instant::now();
        let tally = fuzz::run(repo, fuzz::RUNS_IN_CI, Record::No);
        report.add("Fuzz targets", tally, started.elapsed());
    }
    term::heading("Card scan");
    let expect = if groups.is_empty() { Expect::Something } else { Expect::Anything };
    let (tally, took) = cardscan::run(repo, &folder, expect);
    report.add("Card scan", tally, took);
}

/// Meets every need of the suites, and for a whole run every need there is, with a count of those
/// that could not be met.
fn set_up(
    repo: &Repo,
    groups: &[Group],
    suites: &[&Suite],
    needs: &mut Needs<'_>,
    report: &mut Report,
) {
    term::heading("Set-up");
    let started = Instant::now();
    let all = if groups.is_empty() { needs::everything_to_install(repo) } else { vec![] };
    let mut wanted: Vec<Need> =
        all.into_iter().chain(suites.iter().flat_map(|suite| (suite.needs)())).collect();
    let mut seen = BTreeSet::new();
    wanted.retain(|need| seen.insert(need.clone()));
    let mut tally = Tally::default();
    for need in &wanted {
        tally.failed += u64::from(needs.meet(need).is_err());
    }
    report.add("Set-up and builds", tally, started.elapsed());
}

fn run(repo: &Repo, suite: &Suite, folder: &Path) -> Result<(Tally, Duration), Failure> {
    let (program, args) =
        suite.command.split_first().ok_or_else(|| Failure::new("an empty row"))?;
    let workdir = repo.path(suite.folder);
    if !workdir.is_dir() {
        return Err(Failure::new(format!("{} does not exist", suite.folder)));
    }
    let variables = match suite.group {
        Group::Wasm | Group::Worker => environment::wasm_variables(repo),
        Group::Rust | Group::Doc | Group::Js | Group::Sdk | Group::Planted | Group::Fuzz => {
            environment::variables(repo)
        }
    };
    let mut command = Command::new(program_path(repo, program));
    command.args(args).current_dir(workdir).envs(variables).env(testdir::VARIABLE, folder);
    // Not below the folder that is searched: a runner prints the names of tests, and the name of a
    // test may well be the number that it is about.
    let log = repo.log(suite.name);
    let line = suite.command.join(" ");
    let name: String = line.chars().take(40).collect();
    let ended =
        exec::run(Job { name: &name, hint: "", command, log: log.clone(), limit: suite.limit })?;
    let (tally, why) = counts::verdict(counts::count(suite.dialect, &ended.output), ended.ending);
    let remark = format!("{}, in {}", tally.told(), term::took(ended.took));
    if tally.failed == 0 {
        term::done(&name, &remark);
    } else {
        term::failed(&name, &remark);
        if let Some(why) = why {
            term::note(&format!("Counted as failed: {why}."));
        }
        term::excerpt(&ended.output, 120, &log);
    }
    Ok((tally, ended.took))
}

/// A program of the table: one under the root, one of our tools, or one on the path.
fn program_path(repo: &Repo, program: &str) -> std::path::PathBuf {
    if program.contains('/') {
        return repo.path(program);
    }
    let ours = repo.tools().join("bin").join(program);
    if ours.is_file() { ours } else { program.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_has_a_suite_and_every_suite_a_log_of_its_own() {
        for group in Group::ALL {
            let is_known = SUITES.iter().any(|suite| suite.group == group);
            assert!(is_known || group == Group::Fuzz, "{}", group.name());
        }
        let repo = Repo::here();
        let mut logs: Vec<_> = SUITES.iter().map(|suite| repo.log(suite.name)).collect();
        logs.sort();
        logs.dedup();
        assert_eq!(logs.len(), SUITES.len());
    }
}
