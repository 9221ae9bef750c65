//! The trail: who did what to the house itself, and which keys were used. Written before what it tells
//! of is done, and never changed.

use alloc::string::String;

use farthing_core::time::TimestampMs;

/// One line of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, in wall time.
    pub at: TimestampMs,
    /// The key that acted, by the name it goes by; masked where no such key is known.
    pub actor: String,
    /// What was asked: method and path, without parameters; or `used` and `refused` of keys.
    pub action: String,
    /// The request that asked for it, where there is one.
    pub request: Option<String>,
    /// What it was answered; none where this line was written before the answer.
    pub status: Option<u16>,
    /// How often since the last line of this kind.
    pub count: Option<i64>,
}

/// A line in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its place, from 1, without gaps.
    pub place: i64,
    /// What it says.
    pub line: Line,
}
