//! Opening the data and the key to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use farthing_server::acquirers::ONLY;
use farthing_server::setup::RootSource;
use farthing_server::wire::Renderer;
use farthing_store::Store;

use crate::args::Place;
use crate::failure::Failure;

/// The simulator's book: it stands for somebody else's system, so it has a file of its own.
const BOOK: &str = "simulator.db";
/// The same where there is no data folder.
const BOOK_BESIDE: &str = "farthing-simulator.db";

/// Where the book of the simulated network of this name is: in the data folder if there is one.
pub(crate) fn book(folder: Option<&PathBuf>, acquirer: &str) -> PathBuf {
    let name = match (folder, acquirer) {
        (Some(_), ONLY) => BOOK.to_owned(),
        (Some(_), name) => format!("simulator-{name}.db"),
        (None, ONLY) => BOOK_BESIDE.to_owned(),
        (None, name) => format!("farthing-simulator-{name}.db"),
    };
    folder.map_or_else(|| PathBuf::from(&name), |folder| folder.join(&name))
}

/// A folder and the way to its key.
#[derive(Debug)]
pub(crate) struct Opening<'p> {
    place: &'p Place,
    /// The folder.
    pub(crate) folder: PathBuf,
}

impl Place {
    /// The place, with this folder if none was named.
    pub(crate) fn or(&self, folder: &str) -> Opening<'_> {
        let folder = self.data.clone().unwrap_or_else(|| PathBuf::from(folder));
        Opening { place: self, folder }
    }
}

impl Opening<'_> {
    /// Opens the store.
    pub(crate) fn store(&self, public_url: &str) -> Result<Store, Failure> {
        let renderer = Arc::new(Renderer::new(public_url));
        match &self.place.database_url {
            Some(url) => Ok(Store::open_postgres(url, renderer)?),
            None => Ok(Store::open_sqlite(&self.folder, renderer)?),
        }
    }

    /// Whether no other process can have the store open.
    pub(crate) fn alone(&self) -> bool {
        self.place.database_url.is_none()
    }

    /// Where the book of the simulated network of this name is, unless that is said.
    pub(crate) fn book(&self, acquirer: &str) -> PathBuf {
        book(self.alone().then_some(&self.folder), acquirer)
    }

    /// Where the root key comes from.
    pub(crate) fn root(&self) -> Result<RootSource, Failure> {
        if let Some(text) = &self.place.root_key {
            return Ok(RootSource::Given(text.clone()));
        }
        if !self.alone() {
            // Made here, it would be another one than the other processes have.
            let given = self.place.root_key_file.clone().filter(|file| file.is_file());
            return given.map(RootSource::File).ok_or_else(|| {
                Failure::Usage(
                    "With a database the root key must be given: FARTHING_ROOT_KEY, or --root-key-file with a file that is there.".to_owned(),
                )
            });
        }
        let file = self.place.root_key_file.clone().unwrap_or_else(|| beside(&self.folder));
        // A copy of the folder must not be a copy of the key.
        if inside(&file, &self.folder)? {
            return Err(Failure::Usage(
                "The root key's file must be outside the data folder.".to_owned(),
            ));
        }
        Ok(RootSource::File(file))
    }
}

/// Whether a file would be in a folder, whatever way either is written.
fn inside(file: &Path, folder: &Path) -> Result<bool, Failure> {
    let unknown = |error| Failure::system("The data folder cannot be made", &error);
    fs::create_dir_all(folder).map_err(unknown)?;
    let folder = folder.canonicalize().map_err(unknown)?;
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    // A folder that is not there yet is not the data folder.
    Ok(parent.canonicalize().is_ok_and(|parent| parent.starts_with(&folder)))
}

fn beside(data: &Path) -> PathBuf {
    let mut name = data.components().as_path().as_os_str().to_owned();
    name.push(".key");
    PathBuf::from(name)
}
