//! `farthing init`.

use std::process::ExitCode;

use farthing_server::setup::{self, Origin};

use crate::args::{FOLDER, Init};
use crate::failure::Failure;

pub(crate) fn run(options: &Init) -> Result<ExitCode, Failure> {
    let place = options.place.or(FOLDER);
    let root = place.root()?;
    let store = place.store("")?;
    let vault = setup::open_vault(&store, root)?;
    let made = setup::initialize(&store, &vault, (&options.name, &options.origins))?;
    println!("Merchant {} ({}) is open. Its keys are shown this once:", options.name, made.account);
    for (purpose, key) in &made.keys {
        println!("  {purpose:28} {key}");
    }
    match options.origins.as_slice() {
        [] => println!(
            "No site may embed the card frame yet: give --origin, or POST /v1/farthing/keys/{{key}} with the operator key."
        ),
        origins => {
            let list: Vec<&str> = origins.iter().map(Origin::as_str).collect();
            println!("The publishable keys may be used by pages of: {}", list.join(", "));
        }
    }
    println!("Keep the root key as carefully as the data: one is worth nothing without the other.");
    Ok(ExitCode::SUCCESS)
}
