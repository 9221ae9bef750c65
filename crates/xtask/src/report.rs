//! What ran and how it went: a table for people, and one last line for programs.

use std::process::ExitCode;
use std::time::Duration;

use crate::counts::Tally;
use crate::term;

/// The rows of one run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<(String, Tally, Duration)>,
}

impl Report {
    pub(crate) fn add(&mut self, name: &str, tally: Tally, took: Duration) {
        self.rows.push((name.to_owned(), tally, took));
    }

    pub(crate) fn sum(&self) -> Tally {
        self.rows.iter().fold(Tally::default(), |sum, (_, tally, _)| Tally {
            passed: sum.passed + tally.passed,
            failed: sum.failed + tally.failed,
            skipped: sum.skipped + tally.skipped,
        })
    }

    /// Prints the table and, alone on the last line, the sum that scripts read.
    pub(crate) fn conclude(&self) -> ExitCode {
        let sum = self.sum();
        term::heading("Summary");
        for (name, tally, took) in &self.rows {
            let Tally { passed, failed, .. } = tally;
            let took = term::took(*took);
            // A step that counts nothing shows its time alone.
            let remark = if passed + failed == 0 {
                format!("{took:>35}")
            } else {
                format!("{passed:>5} passed  {failed:>3} failed  {took:>9}")
            };
            if *failed == 0 { term::done(name, &remark) } else { term::failed(name, &remark) }
        }
        println!("\n{}", sum.told());
        if sum.failed == 0 && sum.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_run_is_not_success() {
        assert_eq!(
            format!("{:?}", Report::default().conclude()),
            format!("{:?}", ExitCode::FAILURE)
        );
    }

    #[test]
    fn one_failure_decides() {
        let mut report = Report::default();
        report.add("a", Tally { passed: 3, failed: 0, skipped: 0 }, Duration::ZERO);
        assert_eq!(format!("{:?}", report.conclude()), format!("{:?}", ExitCode::SUCCESS));
        report.add("b", Tally { passed: 9, failed: 1, skipped: 0 }, Duration::ZERO);
        assert_eq!(report.sum().told(), "12 passed, 1 failed");
        assert_eq!(format!("{:?}", report.conclude()), format!("{:?}", ExitCode::FAILURE));
    }
}
