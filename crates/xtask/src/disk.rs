//! How much room is left: a full disk fails tests in ways that name everything but the disk.

use std::process::Command;

use crate::repo::Repo;
use crate::term;

/// What a run from an empty folder leaves behind, with room for what its tests write.
const NEEDED_GIB: u64 = 16;

/// Says so where a whole run may fill the disk.
pub(crate) fn warn(repo: &Repo) {
    if let Some(free) = free_gib(repo).filter(|free| *free < NEEDED_GIB) {
        term::note(&format!(
            "{free} GiB are free; a run from an empty folder needs {NEEDED_GIB}, and a full disk fails tests."
        ));
    }
}

/// What is free where the repository is, if `df` tells.
fn free_gib(repo: &Repo) -> Option<u64> {
    let output = Command::new("df").args(["-P", "-k"]).arg(repo.root()).output().ok()?;
    free_of(&String::from_utf8_lossy(&output.stdout))
}

/// The fourth column of POSIX `df -P -k`'s second line, in GiB.
fn free_of(told: &str) -> Option<u64> {
    let kib: u64 = told.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kib >> 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_free_column_is_read() {
        let told = "Filesystem 1024-blocks Used Available Capacity Mounted on\n\
                    /dev/vda 264000000 100 33554432 66% /\n";
        assert_eq!(free_of(told), Some(32));
        assert_eq!(free_of("df: no such file"), None);
    }
}
