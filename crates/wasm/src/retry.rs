//! Which answers may be asked again, how long to wait, and what an answer means for a payment.

use farthing_core::retry::{
    PaymentAnswer, RetryAdvice, client_backoff_ms, client_retries, payment_answer,
};

use crate::message::{Args, Fault, Reply, whole};

/// `(status)`: what an answer means for the payment it answers: `accepted`, `declined`, `refused` or
/// `unknown`. An empty status means that no answer came.
pub(crate) fn answer_to_payment(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    reply.text(match payment_answer(status(args)?) {
        PaymentAnswer::Accepted => "accepted",
        PaymentAnswer::Declined => "declined",
        PaymentAnswer::Refused => "refused",
        PaymentAnswer::Unknown => "unknown",
    });
    Ok(())
}

/// `(status, advice)`: whether to send the same request again. The advice is the
/// `Stripe-Should-Retry` header, or empty.
pub(crate) fn again(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let status = status(args)?;
    let advice = match args.text()? {
        "true" => RetryAdvice::Yes,
        "false" => RetryAdvice::No,
        _ => RetryAdvice::None,
    };
    reply.yes(client_retries(status, advice));
    Ok(())
}

/// `(retry, entropy)`: how long to wait before a retry (the first is 1), in milliseconds.
pub(crate) fn delay_ms(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let delay_ms = client_backoff_ms(args.whole("retry")?, args.whole("entropy")?);
    reply.number(i64::try_from(delay_ms).unwrap_or(i64::MAX));
    Ok(())
}

fn status(args: &mut Args<'_>) -> Result<Option<u16>, Fault> {
    let text = args.text()?;
    if text.is_empty() { Ok(None) } else { whole("status", text).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::call;

    #[test]
    fn only_a_definite_answer_moves_a_payment_on() {
        for (status, means, resent) in [
            ("200", "accepted", "1"),
            ("400", "refused", ""),
            ("401", "refused", ""),
            ("402", "declined", ""),
            ("404", "refused", ""),
            ("409", "unknown", "1"),
            ("429", "unknown", ""),
            ("500", "unknown", "1"),
            ("503", "unknown", "1"),
            ("302", "unknown", ""),
            ("", "unknown", "1"),
        ] {
            assert_eq!(call(answer_to_payment, &[status]).unwrap(), [means], "{status}");
            if means != "accepted" {
                assert_eq!(call(again, &[status, ""]).unwrap(), [resent], "{status}");
            }
        }
        assert_eq!(call(again, &["429", "true"]).unwrap(), ["1"]);
        assert_eq!(call(again, &["503", "false"]).unwrap(), [""]);
        assert_eq!(call(delay_ms, &["1", "0"]).unwrap(), ["500"]);
    }
}
