//! `cargo xtask fuzz`: inputs nobody would write, guided by coverage, on the stable compiler.
//!
//! libFuzzer needs the counters that LLVM can put into any program; the flags that ask for them are
//! stable, so no other toolchain is needed. What is found is kept under `target/fuzz/found`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::counts::Tally;
use crate::exec::{self, Ending, Job};
use crate::failure::{Attempting, Failure};
use crate::repo::Repo;
use crate::term;

/// What CI runs of each target: seconds, once it is compiled.
pub(crate) const RUNS_IN_CI: u64 = 200_000;
/// Longer inputs are no harder to get right, and slower.
const INPUT_BYTES_MAX: u32 = 256;
const LIMIT: Duration = Duration::from_hours(2);
const TARGETS: [&str; 2] = ["faces", "signatures"];
/// Which target's inputs are recorded under which name.
const RECORDED: [(&str, &str); 3] =
    [("faces", "calls"), ("signatures", "signatures"), ("signatures", "in-place")];

const COUNTERS: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
];

/// Whether to write down what was found worth keeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    Yes,
    No,
}

/// Runs every target so many times; one test passed for each that found nothing.
pub(crate) fn run(repo: &Repo, runs: u64, record: Record) -> Tally {
    let mut tally = Tally::default();
    match build(repo) {
        Ok(programs) => {
            for target in TARGETS {
                match attempt(repo, &programs, target, runs) {
                    Ok(()) => tally.passed += 1,
                    Err(failure) => {
                        term::failed(target, &failure.to_string());
                        tally.failed += 1;
                    }
                }
            }
            if record == Record::Yes
                && let Err(failure) = write_down(repo, &programs)
            {
                term::failed("the corpus", &failure.to_string());
                tally.failed += 1;
            }
        }
        Err(failure) => {
            if !failure.is_shown() {
                term::failed("the fuzz targets", &failure.to_string());
            }
            tally.failed += 1;
        }
    }
    tally
}

/// Where the two builds lie: with counters, and plain.
struct Programs {
    counted: PathBuf,
    plain: PathBuf,
}

impl Programs {
    fn record(&self) -> Command {
        Command::new(self.plain.join("record"))
    }
}

fn build(repo: &Repo) -> Result<Programs, Failure> {
    let target = repo.path("target/fuzz");
    let version = exec::answer("rustc", &["-vV"]).unwrap_or_default();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or_else(|| Failure::new("rustc does not say what it compiles for"))?;
    let mut counted = cargo(repo, &target, &["--bin", "faces", "--bin", "signatures"]);
    // Named, so that build scripts are compiled without counters.
    counted.args(["--target", host]).env("CARGO_ENCODED_RUSTFLAGS", COUNTERS.join("\u{1f}"));
    let plain = cargo(repo, &target, &["--bin", "record"]);
    for (name, command) in [("fuzz targets", counted), ("fuzz recorder", plain)] {
        let log = repo.log(name);
        let hint = "a minute the first time";
        exec::run_or_show(Job { name, hint, command, log, limit: Duration::from_mins(10) })?;
    }
    Ok(Programs { counted: target.join(host).join("release"), plain: target.join("release") })
}

fn cargo(repo: &Repo, target: &Path, bins: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(["build", "--release", "--locked", "--manifest-path"]);
    command.arg(repo.path("tests/fuzz/Cargo.toml")).args(bins);
    command.env("CARGO_TARGET_DIR", target).current_dir(repo.root());
    command
}

/// The inputs of a target that were found worth keeping, from this run and those before.
fn kept(repo: &Repo, target: &str) -> Result<PathBuf, Failure> {
    let folder = repo.path("target/fuzz/corpus").join(target);
    fs::create_dir_all(&folder).attempting("making the folder of inputs")?;
    Ok(folder)
}

fn attempt(repo: &Repo, programs: &Programs, target: &str, runs: u64) -> Result<(), Failure> {
    let corpus = kept(repo, target)?;
    if target == "faces" {
        programs.record().arg("seeds").arg(&corpus).status().attempting("writing the seeds")?;
    }
    let found = repo.path("target/fuzz/found");
    fs::create_dir_all(&found).attempting("making the folder of findings")?;
    let mut command = Command::new(programs.counted.join(target));
    command.arg(&corpus).arg(format!("-runs={runs}")).arg("-print_final_stats=1");
    command.arg(format!("-max_len={INPUT_BYTES_MAX}"));
    command.arg(format!("-dict={}", repo.path("tests/fuzz/words.dict").display()));
    command.arg(format!("-artifact_prefix={}/", found.display()));
    let name = format!("fuzzing {target}");
    let log = repo.log(&name);
    let job = Job { name: &name, hint: "", command, log: log.clone(), limit: LIMIT };
    let ended = exec::run(job)?;
    let executed = executed(&ended.output);
    if ended.ending != Ending::Success || executed.is_none_or(|count| count < runs) {
        term::excerpt(&ended.output, 40, &log);
        let says = format!("found something after {} executions", executed.unwrap_or(0));
        return Err(Failure::new(format!("{says}; the input is in {}", found.display())));
    }
    let remark = format!("{runs} executions, nothing found, in {}", term::took(ended.took));
    term::done(&name, &remark);
    Ok(())
}

fn executed(output: &str) -> Option<u64> {
    let line = output.lines().find_map(|l| l.strip_prefix("stat::number_of_executed_units:"))?;
    line.trim().parse().ok()
}

/// Writes the smallest set of inputs that covers as much as calls with their replies.
fn write_down(repo: &Repo, programs: &Programs) -> Result<(), Failure> {
    for (target, name) in RECORDED {
        let corpus = kept(repo, target)?;
        let smallest = repo.path("target/fuzz/smallest").join(target);
        if smallest.exists() {
            fs::remove_dir_all(&smallest).attempting("forgetting the smallest set")?;
        }
        fs::create_dir_all(&smallest).attempting("making the smallest set")?;
        let mut merge = Command::new(programs.counted.join(target));
        merge.args(["-merge=1", "-max_len=256"]).arg(&smallest).arg(&corpus);
        let log = repo.log("fuzz merge");
        let job = Job { name: "smallest corpus", hint: "", command: merge, log, limit: LIMIT };
        exec::run_or_show(job)?;
        let told = programs.record().arg(name).arg(&smallest).output();
        let told = told.attempting("recording the corpus")?;
        let file = repo.path("tests/corpus").join(format!("{name}.jsonl"));
        fs::write(&file, told.stdout).attempting(format_args!("writing {}", file.display()))?;
        term::done(name, &format!("written to {}", file.display()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executions_are_read_from_the_final_figures() {
        let output = "Done 5 runs in 0 second(s)\nstat::number_of_executed_units: 5\nstat::x: 1\n";
        assert_eq!(executed(output), Some(5));
        assert_eq!(executed("==1== ERROR: libFuzzer: deadly signal"), None);
    }
}
