//! Why a command ended, as a sentence and an exit code.

use std::fmt;

use farthing_server::setup::SetupError;
use farthing_store::StoreError;

/// A command that could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    Setup(SetupError),
    Store(StoreError),
    /// What was given does not fit together.
    Usage(String),
    /// The system would not.
    System(String),
}

/// What such a command exits with; 1 is for books that do not balance.
pub(crate) const EXIT_CODE: u8 = 2;

impl Failure {
    /// The system would not do something.
    pub(crate) fn system(what: &str, cause: &dyn fmt::Display) -> Self {
        Self::System(format!("{what}: {cause}."))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Usage(sentence) | Self::System(sentence) => f.write_str(sentence),
        }
    }
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        Self::Setup(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
