//! Opening the data and the key to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use farthing_server::setup::RootSource;
use farthing_server::wire::Renderer;
use farthing_store::Store;

use crate::args::Place;
use crate::failure::Failure;

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
        if self.place.database_url.is_some() {
            return Err(Failure::Usage(
                "PostgreSQL is not in this release yet; leave --database-url out.".to_owned(),
            ));
        }
        Ok(Store::open_sqlite(&self.folder, Arc::new(Renderer::new(public_url)))?)
    }

    /// Where the root key comes from.
    pub(crate) fn root(&self) -> Result<RootSource, Failure> {
        if let Some(text) = &self.place.root_key {
            return Ok(RootSource::Given(text.clone()));
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
