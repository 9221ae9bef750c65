//! `cargo xtask codegen`: writes the files that are made from the code and kept beside it.
//!
//! Each is made by the test that otherwise compares it: whatever is out of date fails there, and
//! is put right here. Nothing of ours is a dependency of these tasks, so the tests are run, not called.

use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::exec::{self, Job};
use crate::failure::Failure;
use crate::repo::Repo;
use crate::setup::environment;
use crate::term;

/// One file or more, and the test that makes them.
struct Generated {
    files: &'static str,
    command: &'static [&'static str],
}

const GENERATED: &[Generated] = &[
    Generated {
        files: "crates/domain/states.json, crates/STATES.md",
        command: &["test", "-p", "farthing-domain", "--test", "it", "model::"],
    },
    Generated {
        files: "crates/API.md",
        command: &["test", "-p", "farthing-domain", "--test", "it", "methods::the_page_shows"],
    },
    Generated {
        files: "crates/server/assets/openapi.json",
        command: &["test", "-p", "farthing-tests", "--test", "it", "openapi::the_document_is_what"],
    },
    Generated {
        files: "crates/RETRIES.md",
        command: &["test", "-p", "farthing-tests", "--test", "it", "retries::"],
    },
    Generated {
        files: "crates/FAILURES.md",
        command: &["test", "-p", "farthing-tests", "--test", "it", "failures::"],
    },
];

/// Tells a test to write what it would compare.
const VARIABLE: &str = "FARTHING_CODEGEN";

/// Writes all of them.
///
/// # Errors
/// If one cannot be made: the test that makes it fails for another reason than its being out of date.
pub(crate) fn run(repo: &Repo) -> Result<ExitCode, Failure> {
    term::heading("Generated files");
    for generated in GENERATED {
        let mut command = Command::new("cargo");
        command
            .args(generated.command)
            .envs(environment::variables(repo))
            .env(VARIABLE, "1")
            .current_dir(repo.root());
        let log = repo.log(&format!("codegen {}", generated.files));
        let limit = Duration::from_mins(20);
        let hint = "compiles first, then a minute";
        let job = Job { name: generated.files, hint, command, log, limit };
        let ended = exec::run_or_show(job)?;
        term::done(generated.files, &term::took(ended.took));
    }
    Ok(ExitCode::SUCCESS)
}
