//! Money laws, for every currency there is: what is printed reads back, parts add up to the whole, and
//! the least, the most and the last digit of a charge.

use farthing_core::currency::Currency;
use farthing_core::money::{ChargeAmountError, Money, MoneyError};
use proptest::prelude::*;

/// The most that one charge can be: twelve digits.
const MOST: i64 = 999_999_999_999;

fn money(minor: i64, currency: Currency) -> Money {
    Money::new(minor, currency).expect("not negative")
}

/// The least charge of a currency, and its step.
fn least(currency: Currency) -> (i64, i64) {
    (currency.minimum().unwrap_or(currency.quantum()), currency.quantum())
}

#[test]
fn the_least_the_most_and_the_last_digit() {
    assert!(Currency::all().len() >= 135);
    for currency in Currency::all().iter().copied() {
        let (least, step) = least(currency);
        let code = currency.code();
        let check = |minor| money(minor, currency).check_charge();
        assert_eq!(least % step, 0, "{code}: the least charge is one that can be made");
        assert_eq!(check(least), Ok(()), "{code}");
        let minimum = money(least, currency);
        assert_eq!(check(least - 1), Err(ChargeAmountError::TooSmall { minimum }), "{code}");
        assert_eq!(check(0), Err(ChargeAmountError::TooSmall { minimum }), "{code}");
        let most = MOST - MOST % step;
        assert_eq!(check(most), Ok(()), "{code}");
        let maximum = money(MOST, currency);
        assert_eq!(check(MOST + 1), Err(ChargeAmountError::TooLarge { maximum }), "{code}");
        for off in 1..step {
            let wrong = check(least + off);
            assert_eq!(wrong, Err(ChargeAmountError::NotMultiple { quantum: step }), "{code}");
        }
        assert_eq!(currency.payout_quantum() % step, 0, "{code}: a payout is a charge's multiple");
    }
}

/// The wire's classes: no digits, three of which the last is zero, two that must be zero, and the rest.
#[test]
fn each_class_has_its_members() {
    for currency in Currency::all().iter().copied() {
        let code = currency.code();
        let none = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf";
        let expected = match code {
            code if none.contains(code) => (0, 1, 1),
            "bhd" | "jod" | "kwd" | "omr" | "tnd" => (3, 10, 10),
            "isk" | "ugx" => (2, 100, 100),
            "huf" | "twd" => (2, 1, 100),
            _ => (2, 1, 1),
        };
        let found = (currency.exponent(), currency.quantum(), currency.payout_quantum());
        assert_eq!(found, expected, "{code}");
    }
}

#[test]
fn what_is_printed_reads_back_at_every_edge() {
    for currency in Currency::all().iter().copied() {
        let whole = 10_i64.pow(currency.exponent());
        for minor in
            [0, 1, 9, 10, 99, 100, 101, 999, 1_000, whole - 1, whole, whole + 1, MOST, i64::MAX]
        {
            let amount = money(minor, currency);
            let text = amount.to_major();
            assert_eq!(
                Money::parse_major(&text, currency),
                Ok(amount),
                "{text} {}",
                currency.code()
            );
            let digits = text.split_once('.').map_or(0, |(_, digits)| digits.len());
            let exponent = usize::try_from(currency.exponent()).expect("a digit");
            assert_eq!(digits, exponent, "{text} {}", currency.code());
        }
        // One digit too many says nothing that can be paid.
        let long =
            format!("1.{}1", "0".repeat(usize::try_from(currency.exponent()).expect("a digit")));
        assert!(Money::parse_major(&long, currency).is_err(), "{long} {}", currency.code());
    }
}

#[test]
fn two_currencies_never_mix() {
    for (one, other) in Currency::all().iter().zip(Currency::all().iter().skip(1)) {
        let (left, right) = (*one, *other);
        let (a, b) = (money(5, left), money(3, right));
        assert_eq!(a.plus(b), Err(MoneyError::Mismatch { left, right }));
        assert_eq!(a.minus(b), Err(MoneyError::Mismatch { left, right }));
        assert_eq!(a.covers(b), Err(MoneyError::Mismatch { left, right }));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn parts_add_up_in_every_currency(
        minor in prop_oneof![0..1_000_i64, any::<i64>().prop_map(|n| n & i64::MAX)],
        weights in prop::collection::vec(0..1_000_u64, 1..9),
    ) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        for currency in Currency::all().iter().copied() {
            let parts = money(minor, currency).allocate(&weights).expect("there are weights");
            let sum: i128 = parts.iter().map(|part| i128::from(part.minor())).sum();
            prop_assert_eq!(sum, i128::from(minor), "{}", currency.code());
            let ours = parts.iter().all(|part| part.currency() == currency);
            prop_assert!(ours, "{}", currency.code());
        }
    }

    /// A charge passes if, and only if, it is between the least and the most and ends as it must.
    #[test]
    fn a_charge_passes_exactly_where_it_should(minor in 0..2 * MOST, small in 0..20_000_i64) {
        for currency in Currency::all().iter().copied() {
            let (least, step) = least(currency);
            for minor in [minor, small, least + small * step] {
                let passes = minor >= least && minor <= MOST && minor % step == 0;
                let checked = money(minor, currency).check_charge().is_ok();
                prop_assert_eq!(checked, passes, "{} {}", minor, currency.code());
            }
        }
    }
}
