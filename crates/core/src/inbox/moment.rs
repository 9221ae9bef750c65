//! A moment written as text (RFC 3339), as senders of thin events do.

/// Whole seconds since the epoch of `YYYY-MM-DDTHH:MM:SSZ`, with or without a fraction, in the years
/// 1970 to 9999. `None` for anything else, another zone included.
pub(super) fn seconds_of(text: &str) -> Option<i64> {
    let (whole, fraction) = text.strip_suffix('Z')?.split_at_checked(19)?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !fraction.is_empty() && !fraction.strip_prefix('.').is_some_and(digits) {
        return None;
    }
    let shape = "dddd-dd-ddTdd:dd:dd";
    let fits = |(byte, shape): (u8, u8)| match shape {
        b'd' => byte.is_ascii_digit(),
        other => byte == other,
    };
    if !whole.bytes().zip(shape.bytes()).all(fits) {
        return None;
    }
    let number = |from: usize, to: usize| whole.get(from..to)?.parse::<i64>().ok();
    let within = |number: Option<i64>, least, most| number.filter(|n| (least..=most).contains(n));
    let year = within(number(0, 4), 1970, 9999)?;
    let month = within(number(5, 7), 1, 12)?;
    let day = within(number(8, 10), 1, days_in(year, month))?;
    let hour = within(number(11, 13), 0, 23)?;
    let minute = within(number(14, 16), 0, 59)?;
    let second = within(number(17, 19), 0, 59)?;
    let months: i64 = (1..month).map(|month| days_in(year, month)).sum();
    let years: i64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let days = years.checked_add(months)?.checked_add(day)?.checked_sub(1)?;
    let hours = days.checked_mul(24)?.checked_add(hour)?;
    hours.checked_mul(60)?.checked_add(minute)?.checked_mul(60)?.checked_add(second)
}

fn is_leap(year: i64) -> bool {
    let divides = |by: i64| year.rem_euclid(by) == 0;
    divides(4) && !divides(100) || divides(400)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2024-09-17T06:20:52.246Z", Some(1_726_554_052)),
            ("2000-02-29T23:59:59Z", Some(951_868_799)),
            ("2100-03-01T00:00:00Z", Some(4_107_542_400)),
            ("9999-12-31T23:59:59.999999999Z", Some(253_402_300_799)),
            ("2100-02-29T00:00:00Z", None),
            ("1969-12-31T23:59:59Z", None),
            ("2024-13-01T00:00:00Z", None),
            ("2024-00-01T00:00:00Z", None),
            ("2024-01-32T00:00:00Z", None),
            ("2024-01-01T24:00:00Z", None),
            ("2024-01-01T00:60:00Z", None),
            ("2024-01-01T00:00:60Z", None),
            ("2024-01-01T00:00:00", None),
            ("2024-01-01T00:00:00+00:00", None),
            ("2024-01-01T00:00:00.Z", None),
            ("2024-01-01T00:00:00.1 Z", None),
            ("2024-01-01 00:00:00Z", None),
            ("+024-01-01T00:00:00Z", None),
            ("2024-01-01T00:00:0\u{e9}Z", None),
            ("", None),
            ("Z", None),
        ] {
            assert_eq!(seconds_of(text), expected, "{text}");
        }
    }
}
