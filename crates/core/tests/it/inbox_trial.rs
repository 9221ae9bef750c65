//! What follows from the answer of whoever an event was handed to.

use farthing_core::inbox::{Answer, Outcome, REFUSALS_MAX, after_try, answer};
use farthing_core::retry::Schedule;
use farthing_core::time::TimestampMs;

fn at(ms: i64) -> TimestampMs {
    TimestampMs::from_ms(ms)
}

#[test]
fn what_an_answer_means() {
    use Answer::{NotNow, Refused, Taken};
    for (status, expected) in [
        (Some(200), Taken),
        (Some(204), Taken),
        (Some(299), Taken),
        (None, NotNow),
        (Some(408), NotNow),
        (Some(409), NotNow),
        (Some(425), NotNow),
        (Some(429), NotNow),
        (Some(500), NotNow),
        (Some(503), NotNow),
        (Some(599), NotNow),
        (Some(301), Refused), // A redirect is not an acknowledgement.
        (Some(400), Refused),
        (Some(401), Refused),
        (Some(404), Refused),
        (Some(410), Refused),
        (Some(422), Refused),
        (Some(101), Refused),
    ] {
        assert_eq!(answer(status), expected, "{status:?}");
    }
}

#[test]
fn what_follows_from_a_try() {
    use Answer::{NotNow, Refused, Taken};
    let schedule = Schedule::new(vec![500; 9], 0);
    let again = |ms| Outcome::Again { due: at(ms) };
    for (tries, said, expected) in [
        (1, (Taken, None), Outcome::Handed),
        (99, (Taken, None), Outcome::Handed), // Whenever it is learnt of.
        (1, (NotNow, None), again(10_500)),
        (9, (NotNow, None), again(10_500)),
        (10, (NotNow, None), Outcome::Parked), // The schedule has ended.
        (1, (Refused, None), again(10_500)),
        (REFUSALS_MAX - 1, (Refused, None), again(10_500)),
        (REFUSALS_MAX, (Refused, None), Outcome::Parked),
        (1, (NotNow, Some(0)), again(10_500)),
        (1, (NotNow, Some(7)), again(17_000)), // As long as the receiver asked for,
        (1, (NotNow, Some(u32::MAX)), again(3_610_000)), // but not for ever.
        (1, (Taken, Some(7)), Outcome::Handed),
    ] {
        assert_eq!(after_try(&schedule, tries, said, at(10_000), 0), expected, "{tries} {said:?}");
    }
}

#[test]
fn patience_lasts_for_three_days_and_25_tries() {
    for entropy in [0, u32::MAX] {
        let (mut now, mut tries) = (at(0), 1);
        while let Outcome::Again { due } =
            after_try(&Schedule::forwards(), tries, (Answer::NotNow, None), now, entropy)
        {
            assert!(due > now, "time runs forwards");
            (now, tries) = (due, tries + 1);
        }
        assert_eq!(tries, 25);
        assert!((72..=84).contains(&(now.seconds() / 3_600)), "{now:?}");
    }
}
