//! Days and months, checked against a calendar counted one day at a time.

use farthing_core::time::TimestampMs;

const DAY_MS: i64 = 86_400_000;

#[test]
fn months_agree_with_a_calendar_counted_by_hand() {
    let (mut year, mut month, mut day_of_month) = (1970, 1, 1);
    for day in 0..400 * 366 {
        let start = TimestampMs::start_of_utc_day(day);
        assert_eq!(start.year_month(), (year, month), "day {day}");
        assert_eq!(start.plus_ms(DAY_MS - 1).year_month(), (year, month), "end of day {day}");
        day_of_month += 1;
        if day_of_month > days_in(year, month) {
            day_of_month = 1;
            month = if month == 12 { 1 } else { month + 1 };
            year += i32::from(month == 1);
        }
    }
}

#[test]
fn before_the_epoch_everything_rounds_down() {
    let last = TimestampMs::from_ms(-1);
    assert_eq!(last.seconds(), -1);
    assert_eq!(last.utc_day(), -1);
    assert_eq!(last.year_month(), (1969, 12));
    assert_eq!(TimestampMs::start_of_utc_day(-1).ms(), -DAY_MS);
    // A leap day, and the missing one of 1900.
    assert_eq!(TimestampMs::start_of_utc_day(-672).year_month(), (1968, 2));
    assert_eq!(TimestampMs::start_of_utc_day(-25_508).year_month(), (1900, 3));
    assert_eq!(TimestampMs::start_of_utc_day(-25_509).year_month(), (1900, 2));
}

#[test]
fn the_ends_of_the_range_hold() {
    let (first, last) = (TimestampMs::from_ms(i64::MIN), TimestampMs::from_ms(i64::MAX));
    assert_eq!(last.plus_ms(1), last);
    assert_eq!(first.plus_ms(-1), first);
    assert_eq!(last.since(first), i64::MAX);
    assert_eq!(first.since(last), i64::MIN);
    assert_eq!(TimestampMs::from_seconds(i64::MAX), last);
    assert_eq!(last.year_month().0, 292_278_994);
    assert_eq!(first.year_month().0, -292_275_055);
}

fn days_in(year: i32, month: u8) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}
