//! `farthing init`.

use std::process::ExitCode;

use farthing_server::setup;

use crate::args::{FOLDER, Init};
use crate::failure::Failure;

pub(crate) fn run(options: &Init) -> Result<ExitCode, Failure> {
    let place = options.place.or(FOLDER);
    let root = place.root()?;
    let store = place.store("")?;
    let vault = setup::open_vault(&store, root)?;
    let made = setup::initialize(&store, &vault, &options.name)?;
    println!("Merchant {} ({}) is open. Its keys are shown this once:", options.name, made.account);
    for (purpose, key) in &made.keys {
        println!("  {purpose:28} {key}");
    }
    println!("Keep the root key as carefully as the data: one is worth nothing without the other.");
    Ok(ExitCode::SUCCESS)
}
