//! The last step of every test run: searches what the suites left for card numbers.
//!
//! A search that finds nothing proves nothing by itself, so one number is planted first, and the
//! search must find it.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::counts::Tally;
use crate::failure::{Attempting, Failure};
use crate::repo::Repo;
use crate::scan::{Scanned, Scanner};
use crate::term;

const PLANTED: &str = "planted-for-the-card-scan.tmp";
/// Enough to see what leaks; one leaking log line is often a thousand.
const HITS_SHOWN: usize = 20;

/// What a run should have left to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    /// All suites ran, among them those that start servers: an empty folder means that they wrote
    /// where nobody looks.
    Something,
    /// Some suites write nothing.
    Anything,
}

/// Scans a folder. Its tests: a planted number is found, no other one is, and there was something
/// to search.
pub(crate) fn run(repo: &Repo, folder: &Path, expect: Expect) -> (Tally, Duration) {
    let started = Instant::now();
    let tally = match scan(repo, folder) {
        Ok(seen) => judge(folder, &seen, expect),
        Err(failure) => {
            term::failed("card scan", &failure.to_string());
            Tally::ONE_FAILED
        }
    };
    (tally, started.elapsed())
}

fn scan(repo: &Repo, folder: &Path) -> Result<Scanned, Failure> {
    let vectors = fs::read_to_string(repo.path("tests/vectors/card.json")).unwrap_or_default();
    let scanner = Scanner::with_vectors(&vectors);
    let planted = folder.join(PLANTED);
    let card = scanner.cards().first().map_or("", String::as_str);
    fs::write(&planted, format!("{{\"number\":\"{card}\"}}")).attempting("planting a number")?;
    let outcome = scanner.folder(folder);
    fs::remove_file(&planted).attempting("removing the planted number")?;
    outcome
}

fn judge(folder: &Path, searched: &Scanned, expect: Expect) -> Tally {
    let (planted, leaked): (Vec<_>, Vec<_>) =
        searched.hits.iter().partition(|hit| hit.file.ends_with(PLANTED));
    let extent = format!("{} files, {} KB", searched.files - 1, searched.bytes / 1024);
    let mut tally = Tally::default();
    let mut note = |good: bool, name: &str, remark: &str| {
        if good {
            tally.passed += 1;
            term::done(name, remark);
        } else {
            tally.failed += 1;
            term::failed(name, remark);
        }
    };
    if expect == Expect::Something {
        note(searched.files > 1, "the tests left something to search", &extent);
    }
    note(!planted.is_empty(), "a planted number is found", "");
    note(leaked.is_empty(), "no card number was left behind", &extent);
    for hit in leaked.iter().take(HITS_SHOWN) {
        let file = hit.file.strip_prefix(folder).unwrap_or(&hit.file).display();
        term::note(&format!(
            "{file}: byte {}: a card ending in {}, {}",
            hit.offset, hit.last4, hit.form
        ));
    }
    if leaked.len() > HITS_SHOWN {
        term::note(&format!("… and {} more", leaked.len() - HITS_SHOWN));
    }
    if !leaked.is_empty() {
        term::note(&format!("The files are below {}.", folder.display()));
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_folder_passes_and_a_leak_fails() {
        let repo = Repo::here();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("server.log"), "paid by card 4242").unwrap();
        let run = || run(&repo, folder.path(), Expect::Something).0;
        assert_eq!(run(), Tally { passed: 3, failed: 0, skipped: 0 });
        assert!(!folder.path().join(PLANTED).exists());
        fs::write(folder.path().join("server.log"), "number=4000 0000 0000 0002").unwrap();
        assert_eq!(run(), Tally { passed: 2, failed: 1, skipped: 0 });
        fs::remove_file(folder.path().join("server.log")).unwrap();
        assert_eq!(run(), Tally { passed: 2, failed: 1, skipped: 0 });
    }
}
