//! A moment, and the few things about calendars that payments need (UTC days and months).
//!
//! Nothing here reads a clock: whoever has one passes the moment in.

const MS_PER_SECOND: i64 = 1_000;
/// As many whole seconds as fit, on either side of the epoch.
const SECONDS_MAX: i64 = i64::MAX.div_euclid(MS_PER_SECOND);
const MS_PER_DAY: i64 = 86_400_000;

/// Milliseconds since the Unix epoch. Arithmetic stops at the ends of the range rather than wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimestampMs(i64);

impl TimestampMs {
    /// So many milliseconds since the epoch.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// So many whole seconds since the epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        // Compared first: WebAssembly has no product that tells, and would bring one of 128 bits.
        if seconds > SECONDS_MAX {
            Self(i64::MAX)
        } else if seconds < -SECONDS_MAX {
            Self(i64::MIN)
        } else {
            Self(seconds.wrapping_mul(MS_PER_SECOND))
        }
    }

    /// Milliseconds since the epoch.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(MS_PER_SECOND)
    }

    /// The moment so many milliseconds later (earlier, if negative).
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment; negative if it is the later one.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Which UTC day this is, counted from the epoch.
    pub const fn utc_day(self) -> i64 {
        self.0.div_euclid(MS_PER_DAY)
    }

    /// The first moment of a UTC day counted from the epoch.
    pub const fn start_of_utc_day(day: i64) -> Self {
        Self(day.saturating_mul(MS_PER_DAY))
    }

    /// The UTC year and month (1 to 12) of the proleptic Gregorian calendar.
    ///
    /// Counted in years that begin in March, so that the leap day is the last of its year and the
    /// months before it have lengths that repeat every five.
    pub fn year_month(self) -> (i32, u8) {
        const DAYS_TO_MARCH_OF_YEAR_0: i64 = 719_468;
        const DAYS_PER_400_YEARS: i64 = 146_097;
        let days = self.utc_day().saturating_add(DAYS_TO_MARCH_OF_YEAR_0);
        let era = days.div_euclid(DAYS_PER_400_YEARS);
        let day_of_era = days.rem_euclid(DAYS_PER_400_YEARS);
        // Take out the leap days seen so far in the era (one per 4 years, none per 100, the
        // 400th comes last) and what remains is years of 365 days.
        let leaps = day_of_era
            .div_euclid(1_460)
            .saturating_sub(day_of_era.div_euclid(36_524))
            .saturating_add(day_of_era.div_euclid(146_096));
        let year_of_era = day_of_era.saturating_sub(leaps).div_euclid(365);
        let before = year_of_era
            .saturating_mul(365)
            .saturating_add(year_of_era.div_euclid(4))
            .saturating_sub(year_of_era.div_euclid(100));
        let day_of_year = day_of_era.saturating_sub(before);
        let month_from_march = day_of_year.saturating_mul(5).saturating_add(2).div_euclid(153);
        let starts_next_year = month_from_march >= 10;
        let month = month_from_march.saturating_add(if starts_next_year { -9 } else { 3 });
        let year = era
            .saturating_mul(400)
            .saturating_add(year_of_era)
            .saturating_add(i64::from(starts_next_year));
        let year = i32::try_from(year).unwrap_or(if year < 0 { i32::MIN } else { i32::MAX });
        (year, u8::try_from(month).unwrap_or(1))
    }
}
