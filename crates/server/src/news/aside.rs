//! News that could not be taken in: put aside, with an alert, so that it holds up nothing.
//!
//! The network keeps its feed, so its number is all that has to be kept here. What is put aside is not
//! heard again by itself: its funds moved at the network and not in the books, which is for a person to
//! look at.

use std::sync::Arc;

use farthing_acquirer::Notice;
use farthing_store::StoreError;

use super::blocking;
use crate::app::Shared;
use crate::ops;

/// The setting that holds the numbers of what was put aside, eight bytes each, the newest last.
const ASIDE: &str = "network_notices_aside";
/// Numbers that are kept: the alerts of older ones were seen long ago.
const KEPT: usize = 1_024;
/// Of a writing that others are faster than.
const TRIES: usize = 16;

/// Puts a piece of news aside.
pub(super) async fn put(
    app: &Shared,
    notice: &Notice,
    why: &'static str,
) -> Result<(), StoreError> {
    let number = notice.id;
    let own = Arc::clone(app);
    blocking(move || {
        // Another process may put something aside at this moment: nobody's number is lost.
        for _ in 0..TRIES {
            let stored = own.store.setting(ASIDE)?;
            let mut numbers = kept(stored.clone());
            if numbers.contains(&number) {
                return Ok(());
            }
            numbers.push(number);
            let first = numbers.len().saturating_sub(KEPT);
            let newest = numbers.iter().skip(first);
            let bytes: Vec<u8> = newest.flat_map(|it| it.to_be_bytes()).collect();
            if own.store.replace_setting(ASIDE, stored.as_deref(), &bytes)? {
                return Ok(());
            }
        }
        Err(StoreError::Busy) // It is heard again.
    })
    .await?;
    ops::alert("news from the network was put aside", &number, &why);
    Ok(())
}

/// The numbers of what was put aside, the newest last.
///
/// # Errors
/// [`StoreError`] if they cannot be read.
pub async fn aside(app: &Shared) -> Result<Vec<u64>, StoreError> {
    let own = Arc::clone(app);
    blocking(move || own.store.setting(ASIDE).map(kept)).await
}

fn kept(stored: Option<Vec<u8>>) -> Vec<u64> {
    let stored = stored.unwrap_or_default();
    stored.as_chunks().0.iter().map(|number| u64::from_be_bytes(*number)).collect()
}
