//! `farthing restore`: a data folder made of a backup, whose root key was checked first.

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;

use farthing_acquirer::BookView;
use farthing_server::wire::Renderer;
use farthing_server::{setup, trail};
use farthing_store::{Reading, Store};

use crate::args::{FOLDER, Restore};
use crate::backup::{network_books, uncopied};
use crate::books;
use crate::failure::Failure;

/// The store's own file within its folder.
const FILE: &str = "farthing.db";

pub(crate) fn run(options: &Restore) -> Result<ExitCode, Failure> {
    if options.place.database_url.is_some() {
        return Err(Failure::Usage(
            "A file is restored into a folder; leave --database-url out.".to_owned(),
        ));
    }
    let place = options.place.or(FOLDER);
    let file = place.folder.join(FILE);
    if file.exists() {
        return Err(Failure::Usage(format!(
            "{} has data already; restore into another folder.",
            place.folder.display()
        )));
    }
    let backup = Reading::of_backup(&options.from)?;
    setup::check_backup(&backup, place.root()?)?;
    fs::create_dir_all(&place.folder)
        .map_err(|error| Failure::system("The data folder cannot be made", &error))?;
    for (book, beside) in network_books(&backup, &place.folder, &options.from)? {
        if beside.is_file() {
            let from = BookView::open(&beside).map_err(|error| uncopied(&error))?;
            from.copy_to(&book).map_err(|error| uncopied(&error))?;
        }
    }
    // Last: a folder without it is no data, and a restore that was cut off can be made again.
    backup.copy_to(&file)?;
    // Brings an older release's data to this one's version.
    let store = Store::open_sqlite(&place.folder, Arc::new(Renderer::new("")))?;
    trail::by_hand(&store, "restore".to_owned())?;
    drop(store);
    println!("{} has the data of {}.", place.folder.display(), options.from.display());
    books::of_folder(&place.folder)
}
