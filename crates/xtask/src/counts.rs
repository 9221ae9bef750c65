//! How many tests ran, read from what each kind of runner prints.
//!
//! A runner whose format changes must not turn into "no failures": where no count is found the
//! tally is empty, and [`verdict`] makes an empty tally a failure.

use crate::exec::Ending;
use crate::term;

/// What one suite did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// Asked for and not run: ignored, skipped, cancelled or still to be written.
    pub(crate) skipped: u64,
}

impl Tally {
    pub(crate) const ONE_PASSED: Self = Self { passed: 1, failed: 0, skipped: 0 };
    pub(crate) const ONE_FAILED: Self = Self { passed: 0, failed: 1, skipped: 0 };

    pub(crate) fn told(self) -> String {
        format!("{} passed, {} failed", self.passed, self.failed)
    }
}

/// The dialects of counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `Summary [ 1.2s] 5 tests run: 4 passed, 1 failed, 0 skipped`.
    Nextest,
    /// The same, of tests that a filter chose: those it left out are counted as skipped there, and
    /// run elsewhere.
    NextestChosen,
    /// `test result: ok. 3 passed; 0 failed; 0 ignored; …`, once per binary.
    Libtest,
    /// `# pass 3` or `ℹ pass 3`, once per run of `node --test`.
    Node,
    /// `Ran 3 tests in 0.1s`, then `OK` or `FAILED (failures=1)`.
    Unittest,
    /// `33 caught / 33 planted`: a bug that is not caught is a failed test.
    Planted,
}

/// Reads a runner's output.
pub(crate) fn count(dialect: Dialect, output: &str) -> Tally {
    let output = term::plain(output);
    match dialect {
        Dialect::Nextest => nextest(&output, Unchosen::AreSkipped),
        Dialect::NextestChosen => nextest(&output, Unchosen::AreNotCounted),
        Dialect::Libtest => libtest(&output),
        Dialect::Node => node(&output),
        Dialect::Unittest => unittest(&output),
        Dialect::Planted => planted(&output),
    }
}

/// The final tally of a suite, and why it is worse than the runner's own, if it is.
pub(crate) fn verdict(counted: Tally, ending: Ending) -> (Tally, Option<&'static str>) {
    let Tally { passed, failed, skipped } = counted;
    // A skipped test is a promise that nobody checked: everything is installed, so nothing may skip.
    let failed_or_skipped = failed + skipped;
    match ending {
        Ending::OutOfTime => (
            Tally { passed, failed: failed_or_skipped + 1, skipped },
            Some("it was stopped at its time limit"),
        ),
        Ending::Failure if failed == 0 => (
            Tally { passed, failed: failed_or_skipped + 1, skipped },
            Some("the command failed, though it reported no failed test"),
        ),
        Ending::Success if passed + failed_or_skipped == 0 => {
            (Tally { passed: 0, failed: 1, skipped: 0 }, Some("it ran no test at all"))
        }
        Ending::Success | Ending::Failure => (
            Tally { passed, failed: failed_or_skipped, skipped },
            (skipped > 0).then_some("a skipped test counts as a failed one"),
        ),
    }
}

/// What the tests are that did not run because nobody chose them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unchosen {
    AreSkipped,
    AreNotCounted,
}

fn nextest(output: &str, unchosen: Unchosen) -> Tally {
    let mut tally = Tally::default();
    for line in output.lines().filter(|line| line.trim_start().starts_with("Summary ")) {
        let Some((head, counts)) = line.split_once(" run: ") else { continue };
        for (number, what) in numbered(counts) {
            match what {
                "passed" => tally.passed += number,
                "skipped" if unchosen == Unchosen::AreNotCounted => {}
                "skipped" => tally.skipped += number,
                // "3 passed (1 slow, 1 leaky)": said of tests that were already counted.
                "slow" | "flaky" | "leaky" => {}
                _ => tally.failed += number,
            }
        }
        tally.skipped += never_started(head);
    }
    tally
}

/// A run cut short says "2/5 tests run".
fn never_started(head: &str) -> u64 {
    let fraction = head.split_whitespace().rev().nth(1).unwrap_or_default();
    let Some((run, of)) = fraction.split_once('/') else { return 0 };
    let (run, of): (u64, u64) = (run.parse().unwrap_or(0), of.parse().unwrap_or(0));
    of.saturating_sub(run)
}

fn libtest(output: &str) -> Tally {
    let mut tally = Tally::default();
    for counts in output.lines().filter_map(|line| line.trim_start().strip_prefix("test result: "))
    {
        let counts = counts.split_once(". ").map_or(counts, |(_, rest)| rest);
        for (number, what) in numbered(counts) {
            match what {
                "passed" => tally.passed += number,
                "failed" => tally.failed += number,
                "ignored" => tally.skipped += number,
                _ => {}
            }
        }
    }
    tally
}

fn node(output: &str) -> Tally {
    let mut tally = Tally::default();
    for line in output.lines() {
        let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) else {
            continue;
        };
        let Some((what, number)) = rest.split_once(' ') else { continue };
        let Ok(number) = number.trim().parse::<u64>() else { continue };
        match what {
            "pass" => tally.passed += number,
            "fail" => tally.failed += number,
            "skipped" | "cancelled" | "todo" => tally.skipped += number,
            _ => {}
        }
    }
    tally
}

fn unittest(output: &str) -> Tally {
    let mut ran = 0;
    let mut tally = Tally::default();
    for line in output.lines() {
        if let Some(rest) = line.strip_prefix("Ran ") {
            ran += first_number(rest);
        } else if line.starts_with("OK") || line.starts_with("FAILED (") {
            for part in line.split(['(', ',', ')']) {
                let Some((what, number)) = part.trim().split_once('=') else { continue };
                let number = first_number(number);
                match what {
                    "failures" | "errors" | "unexpected successes" => tally.failed += number,
                    "skipped" | "expected failures" => tally.skipped += number,
                    _ => {}
                }
            }
        }
    }
    tally.passed = ran - ran.min(tally.failed + tally.skipped);
    tally
}

fn planted(output: &str) -> Tally {
    let mut tally = Tally::default();
    for (caught, planted) in output.lines().filter_map(|line| line.split_once(" caught / ")) {
        tally.passed += first_number(caught);
        tally.failed += first_number(planted).saturating_sub(first_number(caught));
    }
    tally
}

/// The pairs of "4 passed, 1 failed; 2 exec failed (1 slow)"; of several words the last counts.
fn numbered(counts: &str) -> impl Iterator<Item = (u64, &str)> {
    counts.split([',', ';', '(', ')']).filter_map(|part| {
        let (number, what) = part.trim().split_once(' ')?;
        Some((number.parse().ok()?, what.rsplit(' ').next()?))
    })
}

fn first_number(text: &str) -> u64 {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u64, failed: u64, skipped: u64) -> Tally {
        Tally { passed, failed, skipped }
    }

    #[test]
    fn every_dialect_is_understood() {
        use Dialect::{Libtest, Nextest, NextestChosen, Node, Planted, Unittest};
        for (dialect, output, want) in [
            (Nextest, "     Summary [   0.012s] 5 tests run: 5 passed, 0 skipped", tally(5, 0, 0)),
            (Nextest, "     Summary [  10.012s] 1 test run: 1 passed, 2 skipped", tally(1, 0, 2)),
            (
                Nextest,
                " Summary [ 1s] 9 tests run: 5 passed (2 slow, 1 leaky), 4 failed, 0 skipped",
                tally(5, 4, 0),
            ),
            (
                Nextest,
                " Summary [ 1s] 4 tests run: 1 passed, 1 failed, 1 timed out, 1 exec failed, 0 skipped",
                tally(1, 3, 0),
            ),
            (
                Nextest,
                " Summary [ 1s] 2/5 tests run: 1 passed, 1 failed, 0 skipped",
                tally(1, 1, 3),
            ),
            (
                Nextest,
                "\u{1b}[32m     Summary\u{1b}[0m [ 1s] \u{1b}[1m3\u{1b}[0m tests run: \u{1b}[1m3\u{1b}[0m \u{1b}[32mpassed\u{1b}[0m, \u{1b}[1m0\u{1b}[0m skipped",
                tally(3, 0, 0),
            ),
            (Nextest, "error: could not compile `farthing`", tally(0, 0, 0)),
            (
                NextestChosen,
                " Summary [ 1s] 3 tests run: 2 passed, 1 failed, 9 skipped",
                tally(2, 1, 0),
            ),
            (NextestChosen, " Summary [ 1s] 2/5 tests run: 2 passed, 9 skipped", tally(2, 0, 3)),
            (
                Libtest,
                "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.01s\n\ntest result: FAILED. 1 passed; 2 failed; 0 ignored",
                tally(4, 2, 1),
            ),
            (Libtest, "running 0 tests", tally(0, 0, 0)),
            (
                Node,
                "# tests 6\n# suites 1\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 0\n# todo 1\n# duration_ms 12.5",
                tally(3, 1, 2),
            ),
            (Node, "ℹ pass 3\nℹ fail 0\nℹ skipped 0\nnoise\nℹ pass 2\nℹ fail 1", tally(5, 1, 0)),
            (Unittest, "Ran 5 tests in 0.1s\n\nOK", tally(5, 0, 0)),
            (Unittest, "Ran 5 tests in 0.1s\n\nOK (skipped=2)", tally(3, 0, 2)),
            (
                Unittest,
                "Ran 5 tests in 0.1s\n\nFAILED (failures=1, errors=2, skipped=1)",
                tally(1, 3, 1),
            ),
            (Planted, "no_lock  World(1)  0.1 s\n\n3 caught / 3 planted", tally(3, 0, 0)),
            (Planted, "no_lock  NOT FOUND\n\n2 caught / 3 planted", tally(2, 1, 0)),
        ] {
            assert_eq!(count(dialect, output), want, "{output}");
        }
    }

    #[test]
    fn silence_and_skips_are_failures() {
        for (counted, ending, want) in [
            (tally(3, 0, 0), Ending::Success, tally(3, 0, 0)),
            (tally(3, 2, 0), Ending::Failure, tally(3, 2, 0)),
            (tally(0, 0, 0), Ending::Success, tally(0, 1, 0)),
            (tally(0, 0, 0), Ending::Failure, tally(0, 1, 0)),
            (tally(3, 0, 0), Ending::Failure, tally(3, 1, 0)),
            (tally(3, 0, 2), Ending::Success, tally(3, 2, 2)),
            (tally(3, 0, 0), Ending::OutOfTime, tally(3, 1, 0)),
        ] {
            let (got, why) = verdict(counted, ending);
            assert_eq!(got, want, "{counted:?} {ending:?}");
            assert_eq!(why.is_some(), got.failed > counted.failed, "{counted:?} {ending:?}");
        }
    }
}
