//! Faults on purpose, for the tests of what survives them. Without the feature `planted`, which no
//! deployed build has, nothing is here: a request cannot ask for anything.
//!
//! With it, a request with the header `farthing-planted: PLACE` makes the next code of this isolate
//! that comes to that place panic, once.

#[cfg(feature = "planted")]
mod on {
    use std::cell::RefCell;

    use crate::host::Request;

    thread_local! {
        static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
    }

    /// Hears what a request asks for.
    pub(crate) fn listen(request: &Request) {
        if let Ok(Some(place)) = request.headers().get("farthing-planted") {
            PLACE.set(Some(place));
        }
    }

    /// Panics here if a request asked for it.
    ///
    /// # Panics
    /// That is what it is for.
    pub(crate) fn panic_point(place: &str) {
        if PLACE.with_borrow(|asked| asked.as_deref() == Some(place)) {
            PLACE.set(None);
            panic!("planted: {place}");
        }
    }
}

#[cfg(not(feature = "planted"))]
mod off {
    use crate::host::Request;

    #[inline]
    pub(crate) const fn listen(_request: &Request) {}

    #[inline]
    pub(crate) const fn panic_point(_place: &str) {}
}

#[cfg(not(feature = "planted"))]
pub(crate) use off::{listen, panic_point};
#[cfg(feature = "planted")]
pub(crate) use on::{listen, panic_point};
