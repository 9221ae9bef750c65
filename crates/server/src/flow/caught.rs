//! A panic of our own, met where it happens instead of at the end of its task.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use farthing_store::StoreError;

/// Does some work. Its panic, which has said so in the log, is [`StoreError::Bug`].
///
/// The work is dropped after it, and nothing else is shared with it but what survives the end of any
/// request: so nobody sees what it left half-done.
pub(super) async fn caught<T>(
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let mut work = pin!(work);
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)))
            .unwrap_or(Poll::Ready(Err(StoreError::Bug)))
    })
    .await
}
