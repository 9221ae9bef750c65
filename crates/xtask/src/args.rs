//! The command line of `cargo xtask`, parsed by hand: a dozen words do not need a parser crate.

use crate::crash::{self, Drill};
use crate::failure::Failure;
use crate::fuzz::{self, Record};
use crate::suites::Group;

pub(crate) const HELP: &str = "\
cargo xtask <task>

  setup             installs what is missing, under target/ wherever that is possible
  demo [--once]     everything at once on loopback; --once drives one payment and exits
  test [suite …]    set-up, then every suite: rust doc wasm js worker sdk
                    planted fuzz
  fuzz [--runs N] [--record]
                    200,000 or N executions of each target; --record writes tests/corpus
  crash [--cycles N] [--seed N] [--database-url URL]
                    kill -9 under load, 1,000 or N times, and compares the books, the network's
                    book and the answers each time
  sim [--seed N] [--payments M] [--years Y] [--threads T]
                    the simulation: everything that can go wrong, from one seed
  planted [name]    plants every bug, or the one named, and says what found it
  codegen           writes what is made from the code: crates/domain/states.json, crates/STATES.md,
                    crates/server/assets/openapi.json
  ci                formatting, lints, tidy, types, then test: what CI runs, in its order
  tidy              the rules of the house that no compiler checks
  wasm              builds the npm package in js/ with its wasm
  worker            builds the Cloudflare Worker";

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Help,
    Setup,
    Wasm,
    Worker,
    /// Which groups of suites to run; none means all.
    Test(Vec<Group>),
    Codegen,
    Ci,
    Tidy,
    Demo(DemoLength),
    /// The words after `sim` are for the simulation itself.
    Sim(Vec<String>),
    /// One bug, or all.
    Planted(Option<String>),
    /// How often to run each target, and whether to write down what it found worth keeping.
    Fuzz {
        runs: u64,
        record: Record,
    },
    Crash(Drill),
}

/// Whether the demo stays up for a person or drives itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DemoLength {
    UntilStopped,
    OnePayment,
}

/// Reads the words after `cargo xtask`.
///
/// # Errors
/// A sentence naming the word that was not understood.
pub(crate) fn parse(words: &[String]) -> Result<Task, Failure> {
    let Some((task, rest)) = words.split_first() else { return Ok(Task::Help) };
    let task = match (task.as_str(), rest) {
        ("test", filters) => {
            return filters
                .iter()
                .map(|word| group(word))
                .collect::<Result<_, _>>()
                .map(Task::Test);
        }
        ("demo", [flag]) if flag == "--once" => return Ok(Task::Demo(DemoLength::OnePayment)),
        ("fuzz", flags) => return fuzz_task(flags),
        ("crash", flags) => return crash_task(flags),
        ("planted", []) => Task::Planted(None),
        ("planted", [name]) => Task::Planted(Some(name.clone())),
        ("sim", words) => return Ok(Task::Sim(words.to_vec())),
        ("demo", []) => Task::Demo(DemoLength::UntilStopped),
        ("help" | "--help" | "-h", []) => Task::Help,
        ("setup", []) => Task::Setup,
        ("wasm", []) => Task::Wasm,
        ("worker", []) => Task::Worker,
        ("codegen", []) => Task::Codegen,
        ("ci", []) => Task::Ci,
        ("tidy", []) => Task::Tidy,
        (
            "help" | "--help" | "-h" | "setup" | "wasm" | "worker" | "codegen" | "ci" | "tidy"
            | "demo",
            [extra, ..],
        ) => {
            return Err(Failure::new(format!("`{task}` takes no `{extra}`.")));
        }
        (unknown, _) => return Err(Failure::new(format!("There is no task `{unknown}`."))),
    };
    Ok(task)
}

fn fuzz_task(flags: &[String]) -> Result<Task, Failure> {
    let (mut runs, mut record) = (fuzz::RUNS_IN_CI, Record::No);
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        match flag.as_str() {
            "--record" => record = Record::Yes,
            "--runs" => {
                let number = flags.next().and_then(|text| text.parse().ok());
                runs = number.ok_or_else(|| Failure::new("`--runs` wants a whole number."))?;
            }
            other => return Err(Failure::new(format!("`fuzz` takes no `{other}`."))),
        }
    }
    Ok(Task::Fuzz { runs, record })
}

fn crash_task(flags: &[String]) -> Result<Task, Failure> {
    let mut drill = Drill { cycles: crash::CYCLES, seed: None, database_url: None };
    let mut flags = flags.iter();
    let number = |flag: &str, text: Option<&String>| {
        let number = text.and_then(|text| text.parse().ok());
        number.ok_or_else(|| Failure::new(format!("`{flag}` wants a whole number.")))
    };
    while let Some(flag) = flags.next() {
        match flag.as_str() {
            "--cycles" => drill.cycles = number(flag, flags.next())?,
            "--seed" => drill.seed = Some(number(flag, flags.next())?),
            "--database-url" => {
                let url = flags.next().cloned();
                drill.database_url =
                    Some(url.ok_or_else(|| Failure::new("`--database-url` wants an address."))?);
            }
            other => return Err(Failure::new(format!("`crash` takes no `{other}`."))),
        }
    }
    Ok(Task::Crash(drill))
}

fn group(word: &str) -> Result<Group, Failure> {
    Group::ALL.into_iter().find(|group| group.name() == word).ok_or_else(|| {
        let known: Vec<&str> = Group::ALL.into_iter().map(Group::name).collect();
        Failure::new(format!("There is no suite `{word}`; there are: {}.", known.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn every_task_has_one_spelling() {
        for (line, task) in [
            ("", Task::Help),
            ("setup", Task::Setup),
            ("wasm", Task::Wasm),
            ("worker", Task::Worker),
            ("codegen", Task::Codegen),
            ("ci", Task::Ci),
            ("tidy", Task::Tidy),
            ("demo", Task::Demo(DemoLength::UntilStopped)),
            ("demo --once", Task::Demo(DemoLength::OnePayment)),
            ("planted", Task::Planted(None)),
            ("planted no_lock", Task::Planted(Some("no_lock".to_owned()))),
            ("sim --seed 7", Task::Sim(words("--seed 7"))),
            ("test", Task::Test(vec![])),
            (
                "crash --cycles 20 --seed 7",
                Task::Crash(Drill { cycles: 20, seed: Some(7), database_url: None }),
            ),
            ("test sdk rust", Task::Test(vec![Group::Sdk, Group::Rust])),
        ] {
            assert_eq!(parse(&words(line)), Ok(task), "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (line, word) in [
            ("tset", "tset"),
            ("test rsut", "rsut"),
            ("ci --fast", "--fast"),
            ("demo --twice", "--twice"),
            ("crash --cycles many", "--cycles"),
        ] {
            let failure = parse(&words(line)).expect_err(line).to_string();
            assert!(failure.contains(&format!("`{word}`")), "{line}: {failure}");
        }
    }
}
