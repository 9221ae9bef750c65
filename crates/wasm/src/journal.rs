//! The rules of the payment journal.

use farthing_core::currency::Currency;
use farthing_core::journal::{
    Demand, News, Phase, Reading, Standing, after, demand, is_trusted, reading,
};
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;

use crate::message::{Args, Fault, Reply};

/// `(phase, held amount, held currency, asked amount, asked currency)`: what asking again comes to,
/// `same` or `change`. Refuses with core's `JournalError`.
pub(crate) fn demanded(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let phase = phase(args)?;
    let held = amount(args)?;
    reply.text(match demand(phase, held, amount(args)?)? {
        Demand::Same => "same",
        Demand::Change => "change",
    });
    Ok(())
}

/// `(phase, attempt, news)`: the phase and the attempt after news of the current one.
pub(crate) fn followed(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let phase = phase(args)?;
    let attempt = args.whole("attempt")?;
    let news = News::parse(args.text()?).ok_or_else(Fault::internal)?;
    let (phase, attempt) = after(phase, attempt, news);
    reply.text(phase.name());
    reply.number(i64::from(attempt));
    Ok(())
}

/// `(phase, the intent's status, since ms, now ms)`: what the status means for the entry: news, or
/// `nothing`, or `over`.
pub(crate) fn read(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let phase = phase(args)?;
    let standing = Standing::of_status(args.text()?);
    let times = (moment(args)?, moment(args)?);
    reply.text(match reading(phase, standing, times) {
        Reading::News(news) => news.name(),
        Reading::Nothing => "nothing",
        Reading::Over => "over",
    });
    Ok(())
}

/// `(since ms, now ms)`: whether keys of that age are certainly remembered.
pub(crate) fn trusts(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let since = moment(args)?;
    reply.yes(is_trusted(since, moment(args)?));
    Ok(())
}

fn phase(args: &mut Args<'_>) -> Result<Phase, Fault> {
    Phase::parse(args.text()?).ok_or_else(Fault::internal)
}

fn amount(args: &mut Args<'_>) -> Result<Money, Fault> {
    let minor = args.whole("amount")?;
    Ok(Money::new(minor, Currency::parse(args.text()?)?)?)
}

fn moment(args: &mut Args<'_>) -> Result<TimestampMs, Fault> {
    Ok(TimestampMs::from_ms(args.whole("time")?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::call;

    #[test]
    fn the_rules_cross_the_border() {
        let ask = |phase, minor| call(demanded, &[phase, "1000", "usd", minor, "USD"]);
        assert_eq!(ask("sent", "1000").unwrap(), ["same"]);
        assert_eq!(ask("ready", "1100").unwrap(), ["change"]);
        assert_eq!(ask("sent", "1100").unwrap_err().code, "payment_in_progress");
        assert_eq!(ask("done", "1100").unwrap_err().code, "already_paid");
        assert_eq!(ask("gone", "1000").unwrap_err().code, "internal");
        assert_eq!(call(followed, &["sent", "1", "declined"]).unwrap(), ["ready", "2"]);
        assert_eq!(call(followed, &["sent", "1", "?"]).unwrap_err().code, "internal");
        let old = ["sent", "requires_payment_method", "0", "82800000"];
        assert_eq!(call(read, &old).unwrap(), ["lapsed"]);
        assert_eq!(call(read, &["sent", "processing", "0", "0"]).unwrap(), ["waiting"]);
        assert_eq!(call(read, &["ready", "canceled", "0", "0"]).unwrap(), ["over"]);
        assert_eq!(call(read, &["ready", "requires_action", "0", "0"]).unwrap(), ["nothing"]);
        assert_eq!(call(trusts, &["0", "82799999"]).unwrap(), ["1"]);
        assert_eq!(call(trusts, &["0", "82800000"]).unwrap(), [""]);
    }
}
