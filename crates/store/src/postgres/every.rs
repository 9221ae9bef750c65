//! Several futures, begun in order and waited for together.

use std::pin::Pin;
use std::task::Poll;

/// Polls all in order, again and again until all are done: each sends its statement at its first
/// poll, so all are on their way, in order, before the first is answered.
pub(crate) async fn every<T>(all: Vec<Pin<Box<dyn Future<Output = T> + '_>>>) -> Vec<T> {
    let mut all: Vec<(Option<T>, _)> = all.into_iter().map(|future| (None, future)).collect();
    std::future::poll_fn(move |context| {
        let mut waiting = false;
        for (done, future) in &mut all {
            if done.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(value) => *done = Some(value),
                    Poll::Pending => waiting = true,
                }
            }
        }
        if waiting {
            return Poll::Pending;
        }
        Poll::Ready(all.drain(..).filter_map(|(done, _)| done).collect())
    })
    .await
}
