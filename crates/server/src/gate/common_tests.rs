//! The script against the rule, and against a server that is shared, slow, forgetful or gone.

use std::sync::atomic::AtomicUsize;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tokio::runtime::Runtime;
use tokio::time::Instant;

use super::super::rate::Cell;
use super::*;

#[path = "../../../../tests/redis/server.rs"]
mod server;
use server::Redis;

/// Before the rule, in place of [`TIME`]: a moment that is told, and numbers that do not expire by the
/// server's time, which goes on meanwhile.
const TOLD: &str = "local now = tonumber(ARGV[4])
local server = redis
local redis = { call = function(command, key, value)
  if value then return server.call(command, key, value) end
  return server.call(command, key)
end }
";
const KEY: [u8; 32] = [7; 32];

fn place(redis: &Redis) -> Place {
    Place::parse(&redis.url()).unwrap()
}

fn rate(count: u32) -> Rate {
    Rate::per_second(count).unwrap()
}

async fn joined(redis: &Redis) -> Common {
    let common = Common::new(place(redis));
    common.tend().await;
    assert!(common.session().is_some());
    common
}

/// One step of a sequence: who asks under which limit, and how long after the step before.
#[derive(Clone, Copy, Debug)]
struct Step {
    rate: Rate,
    class: Class,
    after_us: i64,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let rates = prop::sample::select(vec![1_u32, 2, 3, 7, 100, 500, 999_999, u32::MAX]);
    let after_us = prop_oneof![
        6 => 0..20_000_i64,
        2 => 0..3_000_000_i64,
        1 => -5_000_000..0_i64, // A clock that is set back.
    ];
    let step = (prop::sample::select(&Class::ALL[..]), after_us);
    (rates, prop::collection::vec(step, 1..60)).prop_map(|(count, steps)| {
        let step = |(class, after_us)| Step { rate: rate(count), class, after_us };
        steps.into_iter().map(step).collect()
    })
}

#[test]
fn the_script_is_the_rule() {
    let (redis, runtime) = (Redis::start(), Runtime::new().unwrap());
    let common = Common::with(place(&redis), format!("{TOLD}{RULE}"));
    let session = runtime.block_on(async {
        common.tend().await;
        common.session().expect("it is there")
    });
    let cases = AtomicUsize::new(0);
    let mut runner =
        TestRunner::new(ProptestConfig { failure_persistence: None, ..Default::default() });
    let held = runner.run(&steps(), |steps| {
        let key = format!("case {}", cases.fetch_add(1, Ordering::Relaxed));
        let (mut cell, mut now_us) = (Cell::default(), 1_763_800_000_000_000_i64);
        for step in steps {
            now_us += step.after_us;
            let ours = cell.take(step.rate, step.class, now_us);
            let mut command = redis::cmd("EVALSHA");
            command.arg(&*session.name).arg(1).arg(&key).arg(step.rate.interval_us());
            command.arg(step.rate.tolerance_us(step.class));
            command.arg(step.rate.tolerance_us(Class::Money)).arg(now_us);
            let mut connection = session.connection.clone();
            let theirs: u64 = runtime.block_on(command.query_async(&mut connection)).unwrap();
            let ours_us = ours.err().map_or(0, |wait| u64::try_from(wait.as_micros()).unwrap());
            prop_assert_eq!(theirs, ours_us, "{:?} at {}", step, now_us);
        }
        Ok(())
    });
    held.unwrap();
    assert!(cases.into_inner() >= 256);
}

/// Asks of several at once, as often as asked; how many were let in.
async fn let_in(commons: &[&Common], count: usize, rate: Rate) -> usize {
    let mut inside = 0;
    for number in 0..count {
        let common = commons[number % commons.len()];
        let verdict = common.take(&KEY, (rate, Class::Money)).await;
        inside += usize::from(verdict.expect("the server answers").is_ok());
    }
    inside
}

#[tokio::test]
async fn two_processes_have_one_budget_to_the_last_request() {
    let redis = Redis::start();
    // At one moment, so that the number is exact.
    let script = format!("{}{RULE}", TOLD.replace("tonumber(ARGV[4])", "1763800000000000"));
    let (one, other) =
        (Common::with(place(&redis), script.clone()), Common::with(place(&redis), script));
    one.tend().await;
    other.tend().await;
    assert_eq!(let_in(&[&one, &other], 250, rate(100)).await, 100);
    // And as time goes by.
    redis.say("FLUSHALL");
    let (one, other) = (joined(&redis).await, joined(&redis).await);
    let begun = Instant::now();
    let inside = let_in(&[&one, &other], 250, rate(100)).await;
    let most = 101 + usize::try_from(begun.elapsed().as_millis()).unwrap() / 10;
    assert!((100..=most).contains(&inside), "{inside} of at most {most}");
}

#[tokio::test]
async fn a_key_is_known_there_by_its_hash_and_forgotten_in_time() {
    let redis = Redis::start();
    let common = joined(&redis).await;
    assert_eq!(common.take(&KEY, (rate(2), Class::Create)).await, Some(Ok(())));
    let name = format!("farthing:limit:{}", "07".repeat(32));
    let kept_ms: i64 = redis.say(&format!("PTTL {name}")).trim_start_matches(':').parse().unwrap();
    assert!((1..=500).contains(&kept_ms), "{kept_ms}");
    assert_eq!(redis.say("DBSIZE"), ":1");
}

#[tokio::test]
async fn a_server_that_dies_is_missed_by_nobody_and_found_again() {
    let mut redis = Redis::start();
    let common = joined(&redis).await;
    let ask = async || common.take(&KEY, (rate(100), Class::Money)).await;
    assert_eq!(ask().await, Some(Ok(())));
    redis.kill();
    let begun = Instant::now();
    for _ in 0..100 {
        assert_eq!(ask().await, None, "each process counts for itself");
    }
    common.tend().await;
    assert_eq!(ask().await, None);
    assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
    redis.restart();
    common.tend().await;
    assert_eq!(ask().await, Some(Ok(())), "as it was before");
}

#[tokio::test]
async fn a_server_that_is_slow_is_waited_for_once() {
    let redis = Redis::start();
    let common = joined(&redis).await;
    redis.say("CLIENT PAUSE 2000 ALL");
    let begun = Instant::now();
    for _ in 0..100 {
        assert_eq!(common.take(&KEY, (rate(100), Class::Money)).await, None);
    }
    assert!((WAIT..WAIT * 8).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    // It is looked for until it answers.
    common.tend().await;
    assert!(common.session().is_none(), "it is paused");
    tokio::time::sleep(Duration::from_secs(2)).await;
    common.tend().await;
    assert!(common.session().is_some());
}

#[tokio::test]
async fn a_server_that_lost_the_script_is_told_again() {
    let redis = Redis::start();
    let common = joined(&redis).await;
    redis.say("SCRIPT FLUSH");
    assert_eq!(common.take(&KEY, (rate(100), Class::Money)).await, None);
    common.tend().await;
    assert_eq!(common.take(&KEY, (rate(100), Class::Money)).await, Some(Ok(())));
    // A number that is none is no reason to fail.
    redis.say(&format!("SET farthing:limit:{} rubbish", "07".repeat(32)));
    assert_eq!(common.take(&KEY, (rate(100), Class::Money)).await, Some(Ok(())));
}

#[test]
fn the_url_is_never_shown() {
    let place = Place::parse("redis://shop:hunter2@127.0.0.1:6379/3").unwrap();
    assert_eq!(format!("{place:?}"), "Place([redacted])");
    for bad in ["hunter2", "http://hunter2@x", "rediss://u:hunter2@x", "redis://"] {
        let error = Place::parse(bad).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}
