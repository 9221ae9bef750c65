//! A copy of the file as of one moment, beside whatever writes it.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::Backup;

use crate::error::StoreError;
use crate::sqlite::failed;

/// Writes one snapshot to a new file. It has its name only when all of it is on disk, so a copy that
/// was cut off is never taken for a backup.
pub(crate) fn copy(from: &Connection, to: &Path) -> Result<(), StoreError> {
    let unusable = |error: &dyn std::fmt::Display| {
        tracing::error!(file = %to.display(), %error, "the copy cannot be written");
        StoreError::Unusable { dir: to.parent().unwrap_or(to).to_owned() }
    };
    if to.exists() {
        return Err(unusable(&"there is a file of this name already"));
    }
    let part = beside(to, ".part");
    owned(&part).map_err(|error| unusable(&error))?;
    whole(from, &part)?;
    File::open(&part)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(&part, to))
        .and_then(|()| sync_folder(to))
        .map_err(|error| unusable(&error))
}

/// All pages in one step: one read of one moment, however much is written meanwhile. Steps of a
/// few pages would begin again at every commit of another process.
fn whole(from: &Connection, part: &Path) -> Result<(), StoreError> {
    let mut into = Connection::open(part).map_err(|error| failed(&error))?;
    let backup = Backup::new(from, &mut into).map_err(|error| failed(&error))?;
    backup.step(-1).map_err(|error| failed(&error))?;
    drop(backup);
    let said: String = into
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(|error| failed(&error))?;
    if said != "ok" {
        tracing::error!(%said, "what was copied is damaged");
        return Err(StoreError::Damaged);
    }
    // The log of the copy is folded into it: one file is the whole backup.
    into.execute_batch("PRAGMA journal_mode = DELETE").map_err(|error| failed(&error))
}

/// A new and empty file that is its owner's alone.
fn owned(file: &Path) -> std::io::Result<()> {
    if file.exists() {
        fs::remove_file(file)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

fn sync_folder(of: &Path) -> std::io::Result<()> {
    match of.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => File::open(parent)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
