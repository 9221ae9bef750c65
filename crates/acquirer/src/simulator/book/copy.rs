//! A copy of the book, for those who keep it beside their own data.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::{BookError, BookView};

impl BookView {
    /// Copies all of it, as of this moment, to a file.
    ///
    /// # Errors
    /// [`BookError`] if SQLite fails.
    pub fn copy_to(&self, file: &Path) -> Result<(), BookError> {
        let mut into = Connection::open(file)?;
        Backup::new(&self.connection, &mut into)?.step(-1)?;
        into.execute_batch("pragma journal_mode = delete")?;
        Ok(())
    }
}
