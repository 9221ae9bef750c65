//! Where things are: every path of the working tree that a task needs, by name.

use std::path::{Path, PathBuf};

use crate::failure::{Attempting, Failure};

/// The working tree.
#[derive(Clone, Debug)]
pub(crate) struct Repo {
    root: PathBuf,
}

impl Repo {
    /// The tree this program was built from.
    pub(crate) fn here() -> Self {
        Self::at(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
    }

    pub(crate) fn at(root: impl AsRef<Path>) -> Self {
        let root = root.as_ref();
        Self { root: root.canonicalize().unwrap_or_else(|_| root.to_path_buf()) }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Tools are installed here and nowhere else: nothing outside the tree changes.
    pub(crate) fn tools(&self) -> PathBuf {
        self.path("target/tools")
    }

    /// What a set-up or check step printed, kept for when it fails.
    pub(crate) fn log(&self, step: &str) -> PathBuf {
        let name: String =
            step.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        self.path("target/xtask-logs").join(format!("{name}.log"))
    }

    /// The version of one package in `Cargo.lock`.
    pub(crate) fn locked_version(&self, package: &str) -> Result<String, Failure> {
        let lock =
            std::fs::read_to_string(self.path("Cargo.lock")).attempting("reading Cargo.lock")?;
        version_in_lock(&lock, package)
            .ok_or_else(|| Failure::new(format!("Cargo.lock has no package named {package}")))
    }

    /// Folders with a `package.json` that the tests and the demo use, relative to the root.
    pub(crate) fn npm_folders(&self) -> Vec<String> {
        let mut folders: Vec<String> =
            ["js", "js/bench", "crates/worker", "tests/js", "examples"].map(str::to_owned).into();
        folders.extend(self.below("js/test"));
        folders.extend(self.below("examples"));
        folders.retain(|folder| self.path(folder).join("package.json").is_file());
        folders
    }

    /// What is in a folder, relative to the root, in order.
    fn below(&self, folder: &str) -> Vec<String> {
        let mut found: Vec<String> = std::fs::read_dir(self.path(folder))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| format!("{folder}/{}", entry.file_name().to_string_lossy()))
            .collect();
        found.sort();
        found
    }
}

fn version_in_lock(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.next()?;
    Some(lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_that_of_the_whole_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.80\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(version_in_lock(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in_lock(lock, "wasm"), None);
    }
}
