//! `cargo xtask ci`: what continuous integration runs, in its order, all of it even after a failure.

use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::counts::Tally;
use crate::disk;
use crate::exec::{self, Job};
use crate::failure::Failure;
use crate::needs::{Need, Needs};
use crate::repo::Repo;
use crate::report::Report;
use crate::setup::{environment, wasm_target};
use crate::suites;
use crate::term;
use crate::tidy;

/// A target without a standard library: what compiles for it does no input, output or clock.
const BARE: &str = "wasm32v1-none";

/// One check that either holds or does not.
struct Check {
    name: &'static str,
    command: &'static [&'static str],
    compiles: Compiles,
    needs: &'static [Need],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Compiles {
    Natively,
    ToWasm,
}

const CHECKS: &[Check] = &[
    Check {
        name: "formatting",
        command: &["cargo", "fmt", "--all", "--check", "--", "--color", "never"],
        compiles: Compiles::Natively,
        needs: &[],
    },
    Check {
        name: "lints",
        command: &["cargo", "clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
        compiles: Compiles::Natively,
        // The server carries the browser package inside itself.
        needs: &[Need::JsPackage],
    },
    Check {
        name: "lints, for wasm",
        command: &[
            "cargo",
            "clippy",
            "-p",
            "farthing-core",
            "-p",
            "farthing-wasm",
            "-p",
            "farthing-edge",
            "--target",
            "wasm32-unknown-unknown",
            "--",
            "-D",
            "warnings",
        ],
        compiles: Compiles::ToWasm,
        needs: &[Need::WasmTarget],
    },
];

/// Runs every check, then every test.
pub(crate) fn run(repo: &Repo) -> ExitCode {
    let mut report = Report::default();
    let mut needs = Needs::new(repo);
    term::heading("Checks");
    disk::warn(repo);
    for check in CHECKS {
        let met = check.needs.iter().try_for_each(|need| needs.meet(need));
        let took = met.and_then(|()| run_check(repo, check));
        add(&mut report, check.name, &took);
    }
    purity(repo, &mut report);
    let (tidy, took) = tidy::check(repo);
    report.add("tidy", tidy, took);
    packages(repo, &mut needs, &mut report);
    suites::run_into(repo, &[], &mut needs, &mut report);
    report.conclude()
}

fn run_check(repo: &Repo, check: &Check) -> Result<Duration, Failure> {
    let variables = match check.compiles {
        Compiles::Natively => environment::variables(repo),
        Compiles::ToWasm => environment::wasm_variables(repo),
    };
    let (program, args) =
        check.command.split_first().ok_or_else(|| Failure::new("an empty row"))?;
    let mut command = Command::new(program);
    command.args(args).envs(variables).current_dir(repo.root());
    step(repo, check.name, command)
}

/// `core` and `domain` for a target without a standard library, where that target can be had.
fn purity(repo: &Repo, report: &mut Report) {
    let name = "core and domain without std";
    let there =
        wasm_target::is_installed(BARE) || matches!(wasm_target::add(repo, BARE), Ok(Some(_)));
    if !there {
        term::note(&format!("{name}: left out, because rustup cannot fetch {BARE} here."));
        return;
    }
    let mut command = Command::new("cargo");
    command
        .args([
            "check",
            "--quiet",
            "-p",
            "farthing-core",
            "-p",
            "farthing-domain",
            "--target",
            BARE,
        ])
        .envs(environment::variables(repo))
        .env("CARGO_TARGET_DIR", repo.path("target/wasm"))
        .current_dir(repo.root());
    add(report, name, &step(repo, name, command));
}

/// What each npm folder checks of itself by its script `check`: types, formatting, configuration.
fn packages(repo: &Repo, needs: &mut Needs<'_>, report: &mut Report) {
    for folder in repo.npm_folders() {
        if !has_script(repo, &folder, "check") {
            continue;
        }
        let name = format!("npm run check in {folder}");
        // The others import the declarations of `js`; the Worker is checked as it would be deployed.
        let mut before = vec![Need::JsPackage, Need::npm(&folder)];
        if folder == "crates/worker" {
            before.push(Need::WorkerBundle);
        }
        let ready = before.iter().try_for_each(|need| needs.meet(need));
        let took = ready.and_then(|()| {
            let mut command = Command::new("npm");
            command.args(["run", "--silent", "check"]).current_dir(repo.path(&folder));
            command.envs(environment::variables(repo));
            step(repo, &name, command)
        });
        add(report, &name, &took);
    }
}

pub(crate) fn has_script(repo: &Repo, folder: &str, script: &str) -> bool {
    std::fs::read_to_string(repo.path(folder).join("package.json"))
        .ok()
        .and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
        .is_some_and(|package| package["scripts"][script].is_string())
}

fn step(repo: &Repo, name: &str, command: Command) -> Result<Duration, Failure> {
    let job = Job { name, hint: "", command, log: repo.log(name), limit: Duration::from_mins(20) };
    let ended = exec::run_or_show(job)?;
    term::done(name, &term::took(ended.took));
    Ok(ended.took)
}

fn add(report: &mut Report, name: &str, took: &Result<Duration, Failure>) {
    match took {
        Ok(took) => report.add(name, Tally::ONE_PASSED, *took),
        Err(_) => report.add(name, Tally::ONE_FAILED, Duration::ZERO),
    }
}
