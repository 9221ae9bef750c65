//! Amounts and currencies.

use alloc::vec::Vec;

use farthing_core::{
    currency::{self, Currency},
    money::{Money, MoneyError},
};

use crate::message::{Args, Fault, Reply};

/// `(text, currency)`: a major-unit amount such as `12.34`, answered in minor units.
pub(crate) fn parse(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let (text, currency) = (args.text()?, currency(args)?);
    reply.number(Money::parse_major(text, currency)?.minor());
    Ok(())
}

/// `(minor, currency)`: the amount in major units, `1234` of `usd` as `12.34`.
pub(crate) fn format(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    reply.text(&amount(args)?.to_major());
    Ok(())
}

/// `(minor, currency)`: refuses what cannot be charged.
pub(crate) fn check_charge(args: &mut Args<'_>, _: &mut Reply) -> Result<(), Fault> {
    amount(args)?.check_charge()?;
    Ok(())
}

/// `(minor, currency, weights…)`: parts that add up to the amount exactly.
pub(crate) fn allocate(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let amount = amount(args)?;
    let mut weights = Vec::new();
    while !args.is_empty() {
        weights.push(args.natural("weight")?);
    }
    for part in amount.allocate(&weights)? {
        reply.number(part.minor());
    }
    Ok(())
}

/// `(code)`: code, exponent, ISO's exponent, quantum, payout quantum, minimum, whether withdrawn.
/// What a currency has not got is empty.
pub(crate) fn currency_facts(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let currency = currency(args)?;
    reply.text(currency.code());
    reply.number(i64::from(currency.exponent()));
    optional(reply, currency.iso_exponent().map(i64::from));
    reply.number(currency.quantum());
    reply.number(currency.payout_quantum());
    optional(reply, currency.minimum());
    reply.yes(currency.withdrawn());
    Ok(())
}

/// `()`: every currency code there is, in the wire's listed order.
pub(crate) fn currency_codes(_: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    for currency in Currency::all() {
        reply.text(currency.code());
    }
    Ok(())
}

/// `()`: the version of the currency table inside.
pub(crate) fn currency_table_version(_: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    reply.text(currency::TABLE_VERSION);
    Ok(())
}

fn amount(args: &mut Args<'_>) -> Result<Money, Fault> {
    let minor = args.whole("amount").map_err(|fault| match fault.code {
        "overflow" => MoneyError::Overflow.into(),
        _ => fault,
    })?;
    Ok(Money::new(minor, currency(args)?)?)
}

fn currency(args: &mut Args<'_>) -> Result<Currency, Fault> {
    Ok(Currency::parse(args.text()?)?)
}

fn optional(reply: &mut Reply, value: Option<i64>) {
    match value {
        Some(value) => reply.number(value),
        None => reply.text(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::call;

    #[test]
    fn amounts_round_trip_as_text() {
        assert_eq!(call(parse, &["71.87", "usd"]).unwrap(), ["7187"]);
        assert_eq!(call(format, &["7187", "USD"]).unwrap(), ["71.87"]);
        for (minor, code) in [
            ("-1", "amount_negative"),
            ("9223372036854775808", "amount_overflow"),
            ("NaN", "not_an_integer"),
        ] {
            assert_eq!(call(format, &[minor, "usd"]).map_err(|f| f.code), Err(code), "{minor}");
        }
    }

    #[test]
    fn parts_add_up() {
        let parts = call(allocate, &["100", "usd", "1", "1", "1"]).unwrap();
        assert_eq!(parts, ["34", "33", "33"]);
        assert_eq!(call(allocate, &["100", "usd"]).map_err(|f| f.code), Err("no_weights"));
    }

    #[test]
    fn a_currency_without_a_minimum_has_an_empty_one() {
        let facts = call(currency_facts, &["ISK"]).unwrap();
        assert_eq!(facts[0], "isk");
        assert_eq!(facts.len(), 7);
    }
}
