//! How many webhooks were refused, by source and reason, since somebody last asked. In this isolate
//! alone: whoever shows the numbers takes them from here and keeps them.

use std::cell::RefCell;

/// Reasons counted apart for one source; there are not as many codes. The rest is `other`.
const REASONS_MAX: usize = 64;
/// Sources that can be counted at once; the settings have no more.
const SOURCES_MAX: usize = 64;

struct Reasons {
    source: String,
    counts: Vec<(String, u64)>,
}

thread_local! {
    static TALLY: RefCell<Vec<Reasons>> = const { RefCell::new(Vec::new()) };
}

/// Counts one refusal.
pub(crate) fn count(source: &str, code: &str) {
    TALLY.with_borrow_mut(|tally| {
        let known = tally.iter().any(|reasons| reasons.source == source);
        if !known && tally.len() < SOURCES_MAX {
            tally.push(Reasons { source: source.to_owned(), counts: Vec::new() });
        }
        let Some(reasons) = tally.iter_mut().find(|reasons| reasons.source == source) else {
            return;
        };
        let full = reasons.counts.len() >= REASONS_MAX;
        let known = reasons.counts.iter().any(|(other, _)| other == code);
        let code = if full && !known { "other" } else { code };
        match reasons.counts.iter_mut().find(|(other, _)| other == code) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => reasons.counts.push((code.to_owned(), 1)),
        }
    });
}

/// Takes the counts of a source, by reason; they begin anew.
pub(crate) fn take(source: &str) -> Vec<(String, u64)> {
    TALLY.with_borrow_mut(|tally| {
        let at = tally.iter().position(|reasons| reasons.source == source);
        at.map(|at| tally.swap_remove(at).counts).unwrap_or_default()
    })
}

/// Whether anything was counted since it was last taken.
pub(crate) fn any() -> bool {
    TALLY.with_borrow(|tally| !tally.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_taken_once_and_are_bounded() {
        count("shop", "a");
        count("shop", "b");
        count("shop", "a");
        count("other", "a");
        assert_eq!(take("shop"), [("a".to_owned(), 2), ("b".to_owned(), 1)]);
        assert_eq!(take("shop"), []);
        assert_eq!(take("other"), [("a".to_owned(), 1)]);
        for nth in 0..1_000 {
            count("shop", &nth.to_string());
            count(&nth.to_string(), "a");
        }
        let counts = take("shop");
        assert_eq!(counts.len(), REASONS_MAX + 1);
        assert_eq!(counts.last(), Some(&("other".to_owned(), 1_000 - 64)));
        assert!(TALLY.with_borrow(Vec::len) < SOURCES_MAX);
        assert_eq!(take("nobody"), []);
    }
}
