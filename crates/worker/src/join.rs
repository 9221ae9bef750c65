//! Waiting for several things at once.
//!
//! The combinators of the futures crates keep a queue of who is ready, some kilobytes of code for
//! every kind of future. Here at most some dozens run together and asking one that is not ready
//! costs nothing, so all of them are asked every time.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

enum Part<F: Future> {
    Running(Pin<Box<F>>),
    Done(Option<F::Output>),
}

/// Runs all of them to their end. The answers are in the order of the futures.
pub(crate) async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output>
where
    F::Output: Unpin,
{
    let mut parts: Vec<_> = futures.into_iter().map(|one| Part::Running(Box::pin(one))).collect();
    poll_fn(|context| {
        let mut all = true;
        for part in &mut parts {
            if let Part::Running(future) = part {
                match future.as_mut().poll(context) {
                    Poll::Ready(answer) => *part = Part::Done(Some(answer)),
                    Poll::Pending => all = false,
                }
            }
        }
        if all { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    let answer = |part| if let Part::Done(answer) = part { answer } else { None };
    parts.into_iter().filter_map(answer).collect()
}

/// Some futures with a name each, which end one by one and make room for others.
pub(crate) struct Together<'f, T>(Vec<Named<'f, T>>);

type Named<'f, T> = (String, Pin<Box<dyn Future<Output = T> + 'f>>);

impl<'f, T> Together<'f, T> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many are running.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether one of this name is running.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(running, _)| running == name)
    }

    /// Lets one more run.
    pub(crate) fn start(&mut self, name: String, future: impl Future<Output = T> + 'f) {
        self.0.push((name, Box::pin(future)));
    }

    /// Waits until one ends, and says which and with what; or until something else comes, and then
    /// says nothing. Whoever ended first and has not been told of is told of first.
    pub(crate) async fn next_or(
        &mut self,
        mut other: impl Future<Output = ()> + Unpin,
    ) -> Option<(String, T)> {
        poll_fn(|context| {
            for at in 0..self.0.len() {
                if let Poll::Ready(answer) = self.0[at].1.as_mut().poll(context) {
                    return Poll::Ready(Some((self.0.remove(at).0, answer)));
                }
            }
            Pin::new(&mut other).poll(context).map(|()| None)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, ready};
    use std::task::{Context, Waker};

    use super::*;

    fn poll<F: Future>(future: F) -> Poll<F::Output> {
        std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn all_answers_are_in_order() {
        let asked = Cell::new(0);
        let late = |nth: u32| {
            let asked = &asked;
            poll_fn(move |_| {
                asked.set(asked.get() + 1);
                if asked.get() > 7 - nth { Poll::Ready(nth) } else { Poll::Pending }
            })
        };
        let mut all = std::pin::pin!(join_all(vec![late(1), late(2), late(3)]));
        let mut context = Context::from_waker(Waker::noop());
        assert!(all.as_mut().poll(&mut context).is_pending());
        let mut answers = Poll::Pending;
        while answers.is_pending() {
            answers = all.as_mut().poll(&mut context);
        }
        assert_eq!(answers, Poll::Ready(vec![1, 2, 3]));
        assert_eq!(poll(join_all(Vec::<std::future::Ready<()>>::new())), Poll::Ready(vec![]));
    }

    #[test]
    fn one_after_the_other_or_something_else() {
        let mut some = Together::new();
        some.start("a".to_owned(), Box::pin(pending()) as Pin<Box<dyn Future<Output = u8>>>);
        some.start("b".to_owned(), ready(2));
        some.start("c".to_owned(), ready(3));
        assert!(some.has("a") && some.has("c") && !some.has("d"));
        assert_eq!(poll(some.next_or(ready(()))), Poll::Ready(Some(("b".to_owned(), 2))));
        assert_eq!((some.count(), some.has("b")), (2, false));
        assert_eq!(poll(some.next_or(pending())), Poll::Ready(Some(("c".to_owned(), 3))));
        assert_eq!(poll(some.next_or(pending())), Poll::Pending);
        assert_eq!(poll(some.next_or(ready(()))), Poll::Ready(None));
        assert_eq!(some.count(), 1);
    }
}
