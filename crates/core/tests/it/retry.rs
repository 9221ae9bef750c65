//! Schedules and what answers mean.

use farthing_core::retry::{
    AnswerClass, RetryAdvice, Schedule, client_backoff_ms, client_retries, status_class,
};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

#[test]
fn deliveries_are_tried_ten_times_within_three_days() {
    let schedule = Schedule::deliveries();
    let waits: Vec<u64> = (1..).map_while(|number| schedule.delay_ms(number, 0)).collect();
    let twelve = 12 * HOUR;
    assert_eq!(
        waits,
        [5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, twelve, twelve, twelve, twelve]
    );
    assert_eq!(schedule.tries(), 10);
    let longest: u64 = (1..).map_while(|number| schedule.delay_ms(number, u32::MAX)).sum();
    assert!((60 * HOUR..=72 * HOUR).contains(&longest), "{longest}");
}

#[test]
fn jitter_only_lengthens_and_never_by_more_than_its_share() {
    let schedule = Schedule::new(vec![1_000], 20);
    assert_eq!(schedule.delay_ms(1, 0), Some(1_000));
    assert_eq!(schedule.delay_ms(1, u32::MAX / 2 + 1), Some(1_100));
    assert_eq!(schedule.delay_ms(1, u32::MAX), Some(1_199));
    let largest = Schedule::new(vec![u64::MAX], 255);
    assert_eq!(largest.delay_ms(1, u32::MAX), Some(u64::MAX));
}

#[test]
fn a_schedule_ends() {
    for schedule in
        [Schedule::deliveries(), Schedule::dev(), Schedule::recovery(), Schedule::forwards()]
    {
        let tries = schedule.tries();
        assert_eq!(schedule.delay_ms(0, 0), None, "nothing was tried yet");
        assert!(schedule.delay_ms(tries - 1, 0).is_some());
        assert_eq!(schedule.delay_ms(tries, 0), None);
        assert_eq!(schedule.delay_ms(u32::MAX, 0), None);
    }
    assert_eq!(Schedule::new(Vec::new(), 0).tries(), 1);
}

#[test]
fn only_2xx_is_received_and_only_410_is_final() {
    for status in 0..=999 {
        let expected = match status {
            200..=299 => AnswerClass::Success,
            410 => AnswerClass::Permanent,
            _ => AnswerClass::Retry,
        };
        assert_eq!(status_class(status), expected, "{status}");
    }
}

#[test]
fn a_client_retries_as_the_official_kits_do() {
    use RetryAdvice::{No, None as Silent, Yes};
    for (status, advice, retries) in [
        (None, Silent, true), // No answer came.
        (Some(409), Silent, true),
        (Some(500), Silent, true),
        (Some(503), Silent, true),
        (Some(599), Silent, true),
        (Some(200), Silent, false),
        (Some(400), Silent, false),
        (Some(402), Silent, false),
        (Some(429), Silent, false),
        (Some(429), Yes, true),
        (Some(400), Yes, true),
        (Some(500), No, false),
        (Some(409), No, false),
    ] {
        assert_eq!(client_retries(status, advice), retries, "{status:?} {advice:?}");
    }
}

#[test]
fn a_client_backs_off_between_half_a_second_and_five() {
    for (retry, least, most) in
        [(0, 500, 500), (1, 500, 500), (2, 500, 1_000), (3, 1_000, 2_000), (4, 2_000, 4_000)]
    {
        assert_eq!(client_backoff_ms(retry, 0), least, "{retry}");
        let longest = client_backoff_ms(retry, u32::MAX);
        assert!((most.max(501) - 1..=most).contains(&longest), "{retry}: {longest}");
    }
    for retry in [5, 9, 10, 64, u32::MAX] {
        assert_eq!(client_backoff_ms(retry, 0), 2_500, "{retry}");
        assert_eq!(client_backoff_ms(retry, u32::MAX), 4_999, "{retry}");
    }
}
