//! Assertions that fire while a world is run on this thread. The store catches them and goes on, as it
//! should; a run in which one fired has found a bug all the same.

use std::cell::RefCell;
use std::sync::Once;

thread_local! {
    static HEARD: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// From now on this thread's panics are noted, and not printed.
pub(crate) fn listen() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let noted = HEARD.with_borrow_mut(|heard| {
                heard
                    .as_mut()
                    .map(|heard| heard.push(panic.to_string().replace('\n', " ")))
                    .is_some()
            });
            if !noted {
                usual(panic);
            }
        }));
    });
    HEARD.set(Some(Vec::new()));
}

/// What was noted since.
pub(crate) fn heard() -> Vec<String> {
    HEARD.with_borrow_mut(|heard| heard.as_mut().map(std::mem::take).unwrap_or_default())
}

/// No more of that.
pub(crate) fn ignore() {
    HEARD.set(None);
}
