//! `farthing copy`: a whole store into an empty one, with the books of both compared.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use farthing_server::trail;
use farthing_server::wire::Renderer;
use farthing_store::{BooksReport, Reading, Store, StoreError};

use crate::args::Copy;
use crate::failure::Failure;

pub(crate) fn run(options: &Copy) -> Result<ExitCode, Failure> {
    let from = hold(&options.from)?;
    let before = from.books()?;
    if let Some(bad) = &before.first_bad {
        println!("BAD: {} {}: {}", bad.table, bad.id, bad.what);
        println!("Nothing was copied: the books of the source do not balance.");
        return Ok(ExitCode::from(1));
    }
    let to = open(&options.to)?;
    let rows = to.receive(from)?;
    trail::by_hand(&to, "copy".to_owned())?;
    let after = to.books()?;
    println!("{rows} rows were copied.");
    if same(&before, &after) {
        println!("The books of both balance, with the same totals.");
        println!("The vault's key is not in it: serve the copy with the same root key.");
        return Ok(ExitCode::SUCCESS);
    }
    println!("BAD: the books of the copy are not those of the source.");
    Ok(ExitCode::from(1))
}

/// Whether two runs through books found the same.
fn same(before: &BooksReport, after: &BooksReport) -> bool {
    before == after
}

fn is_url(place: &str) -> bool {
    place.starts_with("postgres://") || place.starts_with("postgresql://")
}

fn hold(place: &str) -> Result<Reading, StoreError> {
    if is_url(place) { Store::read_postgres(place) } else { Store::hold_sqlite(Path::new(place)) }
}

fn open(place: &str) -> Result<Store, StoreError> {
    // Nothing is decided here, so nothing is rendered.
    let renderer = Arc::new(Renderer::new(""));
    if is_url(place) {
        Store::open_postgres(place, renderer)
    } else {
        Store::open_sqlite(Path::new(place), renderer)
    }
}
