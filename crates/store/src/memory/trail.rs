//! The trail, in memory.

use farthing_domain::audit::{Kept, Line};

use crate::memory::Rows;

impl Rows {
    /// Adds lines.
    pub(crate) fn note(&mut self, lines: &[Line]) {
        self.trail.extend_from_slice(lines);
    }

    /// Newest first, older than a place.
    pub(crate) fn trail(&self, before: Option<i64>, limit: usize) -> Vec<Kept> {
        let places = (1_i64..).zip(&self.trail);
        let older = places.filter(|(place, _)| before.is_none_or(|before| *place < before));
        let mut kept: Vec<Kept> =
            older.map(|(place, line)| Kept { place, line: line.clone() }).collect();
        kept.reverse();
        kept.truncate(limit);
        kept
    }
}
