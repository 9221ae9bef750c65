//! `farthing backup`: a copy of the data as of one moment, beside the process that serves it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use farthing_acquirer::BookView;
use farthing_server::acquirers::ONLY;
use farthing_store::{Reading, Store};

use crate::args::Backup;
use crate::books;
use crate::failure::Failure;
use crate::place::book;

pub(crate) fn run(options: &Backup) -> Result<ExitCode, Failure> {
    let reading = Store::read_sqlite(&options.folder.data)?;
    reading.copy_to(&options.to)?;
    println!("{} holds all of the data as of one moment.", options.to.display());
    // Ours first: what the network did since is found out by the first look at it, while a charge
    // of ours that it had never heard of would stay unexplained.
    for (book, to) in network_books(&reading, &options.folder.data, &options.to)? {
        if !book.is_file() {
            continue;
        }
        if to.exists() {
            return Err(uncopied(&format!("{} is there already", to.display())));
        }
        let book = BookView::open(&book).map_err(|error| uncopied(&error))?;
        book.copy_to(&to).map_err(|error| uncopied(&error))?;
        println!("{} holds a simulated network's own book.", to.display());
    }
    println!("It is worth nothing without the root key: keep that elsewhere.");
    books::of_file(&options.to)
}

/// The books of the simulated networks: where each is in a folder, and beside a backup.
pub(crate) fn network_books(
    reading: &Reading,
    folder: &Path,
    backup: &Path,
) -> Result<Vec<(PathBuf, PathBuf)>, Failure> {
    let folder = folder.to_owned();
    let pair = |name: String| {
        let mut beside = backup.as_os_str().to_owned();
        beside.push(".simulator");
        if name != ONLY {
            beside.push(format!("-{name}"));
        }
        (book(Some(&folder), &name), PathBuf::from(beside))
    };
    Ok(books::acquirers(reading)?.into_values().map(pair).collect())
}

/// A network's book that could not be copied.
pub(crate) fn uncopied(error: &dyn std::fmt::Display) -> Failure {
    Failure::system("The simulator's book cannot be copied", error)
}
