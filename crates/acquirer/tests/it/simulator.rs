//! The simulator as the server meets it: asynchronous, durable, and with faults.

use std::path::Path;
use std::time::Duration;

use farthing_acquirer::{
    Acquirer, Answer, BookView, CallError, CaptureCall, Faults, LookupAnswer, Reference,
    RefundCall, Refusal, Rest, Reversed, Simulator, Totals, VoidCall,
};
use farthing_core::currency::Currency;

use crate::support::{DISPUTE, NOW, VISA, call, card, reference, usd};

fn faulty(text: &str) -> Simulator {
    Simulator::in_memory(text.parse().unwrap()).unwrap()
}

fn totals(simulator: &Simulator) -> Totals {
    simulator.book(|book| book.totals_in(Currency::USD).unwrap())
}

async fn charge(simulator: &Simulator, number: u8) -> Result<Answer, CallError> {
    simulator.authorize(&call(number, card(VISA), usd(1_000)), NOW).await
}

fn long(number: u32) -> Reference {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    Reference(bytes)
}

#[tokio::test]
async fn a_payment_from_hold_to_refund() {
    let simulator = faulty("");
    let held = call(1, card(VISA), usd(1_000));
    let held = farthing_acquirer::AuthorizeCall { capture: false, ..held };
    assert!(matches!(simulator.authorize(&held, NOW).await, Ok(Answer::Approved(_))));
    let capture = CaptureCall {
        reference: reference(2),
        of: reference(1),
        amount: usd(800),
        rest: Rest::Released,
    };
    assert!(matches!(simulator.capture(capture, NOW).await, Ok(Answer::Approved(_))));
    let void = VoidCall { reference: reference(3), of: reference(1) };
    let refused = CallError::Refused { reason: Refusal::WrongState };
    assert_eq!(simulator.void(void, NOW).await, Err(refused));
    let refund = RefundCall { reference: reference(4), of: reference(2), amount: usd(300) };
    assert!(matches!(simulator.refund(refund, NOW).await, Ok(Answer::Approved(_))));
    let totals = totals(&simulator);
    assert_eq!((totals.captured, totals.refunded), (usd(800), usd(300)));
    assert_eq!(simulator.notices(0, 10, NOW).await, Ok(Vec::new()));
}

#[tokio::test]
async fn the_card_may_be_gone_before_the_answer_is_awaited() {
    let simulator = faulty("");
    let pending = {
        let number = VISA.to_owned();
        simulator.authorize(&call(1, card(&number), usd(1_000)), NOW)
    };
    assert!(matches!(pending.await, Ok(Answer::Approved(_))));
}

#[tokio::test]
async fn a_lost_answer_leaves_the_charge() {
    let simulator = faulty("at=1:lost_after");
    assert_eq!(charge(&simulator, 1).await, Err(CallError::TimedOut));
    assert_eq!(totals(&simulator).charges, 1);
    let found = simulator.lookup(reference(1), NOW).await.unwrap();
    assert!(matches!(found, LookupAnswer::Known(Answer::Approved(_))));
    assert!(charge(&simulator, 1).await.is_ok(), "asked again under the same reference");
    assert_eq!((totals(&simulator).charges, totals(&simulator).captured), (1, usd(1_000)));
}

#[tokio::test]
async fn a_lost_call_leaves_nothing() {
    let simulator = faulty("at=1:lost_before");
    assert_eq!(charge(&simulator, 1).await, Err(CallError::TimedOut));
    assert_eq!(simulator.lookup(reference(1), NOW).await, Ok(LookupAnswer::NeverSeen));
    assert_eq!(totals(&simulator).charges, 0);
}

#[tokio::test]
async fn a_refused_call_leaves_nothing_and_never_will() {
    let simulator = faulty("at=1:refused");
    let refused = Err(CallError::Refused { reason: Refusal::Overloaded });
    assert_eq!(charge(&simulator, 1).await, refused);
    assert_eq!(charge(&simulator, 1).await, refused);
    assert_eq!(totals(&simulator).charges, 0);
}

#[tokio::test]
async fn a_duplicated_call_is_one_charge() {
    let simulator = faulty("at=1:duplicate");
    assert!(charge(&simulator, 1).await.is_ok());
    let totals = totals(&simulator);
    assert_eq!((totals.charges, totals.repeats, totals.captured), (1, 1, usd(1_000)));
}

#[tokio::test]
async fn a_late_call_arrives_after_the_caller_gave_up() {
    let simulator = faulty("at=1:late,at=2:late,slow_ms=20,slow=0");
    assert_eq!(charge(&simulator, 1).await, Err(CallError::TimedOut));
    assert_eq!(charge(&simulator, 2).await, Err(CallError::TimedOut));
    assert_eq!(simulator.reverse(reference(2), NOW).await, Ok(Reversed::Barred));
    for _ in 0..1_000 {
        if simulator.lookup(reference(1), NOW).await != Ok(LookupAnswer::NeverSeen) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(40)).await;
    assert_eq!(totals(&simulator).charges, 1, "the one that was reversed was refused");
    assert_eq!(simulator.lookup(reference(2), NOW).await, Ok(LookupAnswer::Reversed));
}

#[tokio::test(start_paused = true)]
async fn a_slow_call_takes_its_time() {
    let simulator = faulty("at=1:slow,slow_ms=700..900");
    let started = tokio::time::Instant::now();
    assert!(charge(&simulator, 1).await.is_ok());
    let took = started.elapsed();
    assert!((700..1_000).contains(&took.as_millis()), "{took:?}");
    let started = tokio::time::Instant::now();
    assert!(charge(&simulator, 2).await.is_ok());
    assert!(started.elapsed().as_millis() < 100);
}

#[tokio::test]
async fn a_caller_who_gives_up_on_a_slow_call_can_find_out() {
    let simulator = faulty("slow_ms=60");
    let given_up =
        tokio::time::timeout(Duration::from_millis(45), charge(&simulator, 1)).await.is_err();
    assert!(given_up);
    let reversed = simulator.reverse(reference(1), NOW).await.unwrap();
    assert!(matches!(reversed, Reversed::Undone | Reversed::Barred));
    assert_eq!(totals(&simulator).charges, 0);
}

#[tokio::test]
async fn look_ups_and_reversals_can_be_lost_too() {
    let simulator = faulty("lookup_lost=1");
    assert_eq!(simulator.lookup(reference(1), NOW).await, Err(CallError::TimedOut));
    assert_eq!(simulator.reverse(reference(1), NOW).await, Err(CallError::TimedOut));
    assert_eq!(simulator.notices(0, 1, NOW).await, Err(CallError::TimedOut));
}

/// Every call meets its own fate; afterwards each outcome is found out, as recovery would do it. The
/// network must have charged exactly those that count as paid.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_faults_every_outcome_can_be_found_out() {
    for seed in 0..8 {
        let faults =
            "lost_after=0.2,lost_before=0.2,duplicate=0.3,refused=0.1,late=0.2,slow_ms=1..5";
        let simulator = faulty(&format!("seed={seed},{faults},lookup_lost=0.3"));
        let tasks = (0..100).map(|number| {
            let simulator = simulator.clone();
            tokio::spawn(async move { found_out(&simulator, long(number)).await })
        });
        let mut paid = 0;
        for task in tasks.collect::<Vec<_>>() {
            paid += u64::from(task.await.unwrap());
        }
        tokio::time::sleep(Duration::from_millis(30)).await; // For what is still on its way.
        let totals = totals(&simulator);
        assert_eq!(totals.charges, paid, "seed {seed}");
        assert_eq!(totals.captured, usd(1_000 * i64::try_from(paid).unwrap()), "seed {seed}");
        assert!(paid > 0 && paid < 100, "seed {seed}: {paid}");
    }
}

/// Charges once and says whether it is paid in the end.
async fn found_out(simulator: &Simulator, reference: Reference) -> bool {
    let call = farthing_acquirer::AuthorizeCall { reference, ..call(0, card(VISA), usd(1_000)) };
    match simulator.authorize(&call, NOW).await {
        Ok(answer) => return matches!(answer, Answer::Approved(_)),
        Err(CallError::Refused { .. } | CallError::Unsent) => return false,
        Err(CallError::TimedOut | CallError::Unreachable) => {}
    }
    for wait_ms in 0.. {
        match simulator.reverse(reference, NOW.plus_ms(wait_ms)).await {
            Ok(Reversed::Stands(_)) => return true,
            Ok(Reversed::Barred | Reversed::Undone) => return false,
            Err(error) => assert!(error.outcome_unknown()),
        }
    }
    unreachable!("the share of lost reversals is below one")
}

#[tokio::test]
async fn the_same_seed_meets_the_same_faults() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let simulator = faulty("seed=11,lost_after=0.3,lost_before=0.3,refused=0.2");
        let mut run = Vec::new();
        for number in 0..50 {
            run.push(charge(&simulator, number).await);
        }
        runs.push((run, totals(&simulator)));
    }
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test]
async fn what_was_answered_survives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network.db");
    let open = || Simulator::open(&path, Faults::none()).unwrap();
    let simulator = open();
    let charged = charge(&simulator, 1).await;
    let disputed = simulator.authorize(&call(2, card(DISPUTE), usd(70)), NOW).await;
    assert_eq!(simulator.reverse(reference(3), NOW).await, Ok(Reversed::Barred));
    let notices = simulator.notices(0, 10, NOW).await.unwrap();
    assert_eq!(notices.len(), 1);
    drop(simulator);

    let simulator = open();
    assert_eq!(charge(&simulator, 1).await, charged);
    assert_eq!(simulator.authorize(&call(2, card(DISPUTE), usd(70)), NOW).await, disputed);
    let refused = CallError::Refused { reason: Refusal::Reversed };
    assert_eq!(charge(&simulator, 3).await, Err(refused));
    assert_eq!(simulator.notices(0, 10, NOW).await.unwrap(), notices);
    assert_eq!(totals(&simulator).charges, 2);
    let other_process = BookView::open(&path).unwrap();
    assert_eq!(other_process.totals_in(Currency::USD).unwrap(), totals(&simulator));
}

/// A process that is killed leaves its files as they were at some moment. A copy taken while calls
/// are running is such a moment: all that was answered before the copy must be in it.
#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network.db");
    let simulator = Simulator::open(&path, Faults::none()).unwrap();
    for number in 0..100 {
        charge(&simulator, number).await.unwrap();
    }
    let killed = folder.path().join("killed.db");
    for suffix in ["-wal", ""] {
        let of = |path: &Path| format!("{}{suffix}", path.display());
        std::fs::copy(of(&path), of(&killed)).unwrap();
    }
    let reopened = Simulator::open(&killed, Faults::none()).unwrap();
    assert_eq!(totals(&reopened).charges, 100);
    assert_eq!(charge(&reopened, 7).await, charge(&simulator, 7).await);
}

#[tokio::test]
async fn no_file_of_the_book_holds_a_card_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network.db");
    let simulator = Simulator::open(&path, Faults::none()).unwrap();
    let numbers = [VISA, DISPUTE, "378282246310005", "4000000000000002", "4111111111111111"];
    for (at, number) in (0..).zip(numbers) {
        simulator.authorize(&call(at, card(number), usd(1_000)), NOW).await.unwrap();
    }
    let mut files = 0;
    for file in folder.path().read_dir().unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        files += 1;
        for number in numbers {
            // Not even the part that the last four digits leave unknown.
            let part = &number.as_bytes()[4..12];
            assert!(!bytes.windows(part.len()).any(|window| window == part), "{number}");
        }
        if bytes.windows(4).any(|window| window == b"8431" || window == b"0005") {
            files += 100; // The scan does see what is there.
        }
    }
    assert!(files > 100, "{files}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_share_commits() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::open(&folder.path().join("network.db"), Faults::none()).unwrap();
    let started = tokio::time::Instant::now();
    let tasks: Vec<_> = (0..64)
        .map(|lane: u32| {
            let simulator = simulator.clone();
            tokio::spawn(async move {
                for number in 0..50 {
                    let reference = long(lane * 1_000 + number);
                    let call = call(0, card(VISA), usd(1_000));
                    let call = farthing_acquirer::AuthorizeCall { reference, ..call };
                    simulator.authorize(&call, NOW).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let per_second = 3_200.0 / started.elapsed().as_secs_f64();
    println!("{per_second:.0} authorizations a second");
    assert_eq!(totals(&simulator).charges, 3_200);
}
