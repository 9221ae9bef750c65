//! Why a task stopped, as a sentence for the person at the terminal.

use std::fmt;

/// One sentence or more; nothing ever matches on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    sentence: String,
    told: Told,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    NotYet,
    /// The terminal shows it already, with the details.
    Already,
}

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), told: Told::NotYet }
    }

    /// A failure that the terminal shows already.
    pub(crate) fn shown(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), told: Told::Already }
    }

    pub(crate) fn is_shown(&self) -> bool {
        self.told == Told::Already
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.sentence)
    }
}

/// Adds what was being attempted to an error of the standard library.
pub(crate) trait Attempting<T> {
    fn attempting(self, what: impl fmt::Display) -> Result<T, Failure>;
}

impl<T, E: fmt::Display> Attempting<T> for Result<T, E> {
    fn attempting(self, what: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(format!("{what}: {error}")))
    }
}
