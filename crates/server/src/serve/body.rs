//! A request's body with a time limit, so that a slow client cannot keep its place for ever.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// A body that fails when it is not complete in time. The clock starts at its first pause, so a
/// body that is already there costs no timer.
pub(super) struct Timed<B> {
    body: B,
    limit: Duration,
    end: Option<Pin<Box<Sleep>>>,
}

impl<B> Timed<B> {
    pub(super) fn new(body: B, limit: Duration) -> Self {
        Self { body, limit, end: None }
    }
}

impl<B> Body for Timed<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let limit = self.limit;
        let end = self.end.get_or_insert_with(|| Box::pin(sleep(limit)));
        end.as_mut()
            .poll(context)
            .map(|()| Some(Err(io::Error::from(io::ErrorKind::TimedOut).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, Full};

    use super::*;

    /// A client that says it will send, and does not.
    struct Stuck;

    impl Body for Stuck {
        type Data = Bytes;
        type Error = io::Error;

        fn poll_frame(
            self: Pin<&mut Self>,
            _context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_client_that_never_finishes_its_body_is_given_up() {
        let late = Timed::new(Stuck, Duration::from_millis(20)).collect().await;
        let error = late.expect_err("the body never ends");
        let error = error.downcast_ref::<io::Error>().expect("the limit is an I/O error");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_body_that_is_there_is_read_whole() {
        let body = Full::new(Bytes::from_static(b"amount=2000"));
        let read = Timed::new(body, Duration::from_millis(20)).collect().await;
        assert_eq!(read.expect("it is there").to_bytes(), "amount=2000");
    }
}
