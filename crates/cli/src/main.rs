//! The binary `farthing`: wiring only. What a command does is in the crates; here are its flags,
//! its sentences and its exit codes.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line's job is to print")]

mod acquirers;
mod args;
mod backup;
mod bench;
mod books;
mod copy;
mod failure;
mod files;
mod init;
mod place;
mod restore;
mod serve;
mod simulator;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Task};

/// A payment is a few hundred small allocations on several threads: a tenth of the profile with the
/// system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match args.task {
        Task::Init(options) => init::run(&options),
        Task::Serve(options) => serve::run(&options),
        Task::Books(options) => books::run(&options),
        Task::Copy(options) => copy::run(&options),
        Task::Backup(options) => backup::run(&options),
        Task::Restore(options) => restore::run(&options),
        Task::Simulator(options) => simulator::run(&options),
        Task::Bench(options) => bench::run(&options),
    };
    match done {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("farthing: {failure}");
            ExitCode::from(failure::EXIT_CODE)
        }
    }
}
