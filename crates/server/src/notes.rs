//! What the code says of itself while it works: which parameters it reads, and how, and which fields
//! may be null. The document of the API is made of this, so that nobody writes it down twice.
//!
//! For tests alone, behind the feature that the binary is never built with; without it every call
//! here is nothing.

/// How a parameter was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Read {
    /// As a text of so many characters at most.
    Text(usize),
    /// As a whole number.
    Integer,
    /// As yes or no.
    Boolean,
    /// As a currency's code.
    Currency,
    /// As an e-mail address.
    Email,
    /// As one of these words.
    Words(Vec<String>),
    /// As a list of texts.
    Texts,
    /// As the caller's own pairs.
    Metadata,
    /// Its name is known; perhaps nothing is done with it.
    Known,
}

#[cfg(feature = "rehearsal")]
thread_local! {
    static NOTES: std::cell::RefCell<Option<Vec<(String, Read)>>> =
        const { std::cell::RefCell::new(None) };
}

/// From now on this thread keeps notes, and its answers carry marks: `{"$maybe": …}` around what may
/// be null.
#[cfg(feature = "rehearsal")]
pub fn begin() {
    NOTES.set(Some(Vec::new()));
}

/// What was noted since the last time: full names of parameters, and how they were read.
#[cfg(feature = "rehearsal")]
pub fn taken() -> Vec<(String, Read)> {
    NOTES.with_borrow_mut(|notes| notes.as_mut().map(std::mem::take).unwrap_or_default())
}

/// Whether this thread keeps notes.
#[cfg(feature = "rehearsal")]
pub(crate) fn is_kept() -> bool {
    NOTES.with_borrow(Option::is_some)
}

#[cfg(feature = "rehearsal")]
pub(crate) fn note(said: impl FnOnce() -> (String, Read)) {
    NOTES.with_borrow_mut(|notes| {
        if let Some(notes) = notes {
            notes.push(said());
        }
    });
}

#[cfg(not(feature = "rehearsal"))]
#[inline]
pub(crate) fn note(_said: impl FnOnce() -> (String, Read)) {}
