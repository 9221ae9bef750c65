//! The rules of the book, driven step by step.

use farthing_acquirer::{
    Answer, Book, BookError, LookupAnswer, NoticeKind, Operation, RefundFailure, Refusal, Reply,
    Request, Reversed, State,
};
use farthing_core::currency::Currency;
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;

use crate::support::{
    DISPUTE, NOW, PENDING_REFUND, REFUND_FAIL, VISA, act, approval, capture, charge, eur, hold,
    one, reference, refund, usd, void, word,
};

fn book() -> Book {
    Book::in_memory(0).unwrap()
}

fn reverse(book: &mut Book, number: u8) -> Reversed {
    match one(book, Request::Reverse { reference: reference(number), now: NOW }) {
        Reply::Reversed(reversed) => reversed,
        reply => panic!("{reply:?}"),
    }
}

fn lookup(book: &mut Book, number: u8) -> LookupAnswer {
    match one(book, Request::Lookup { reference: reference(number) }) {
        Reply::Lookup(answer) => answer,
        reply => panic!("{reply:?}"),
    }
}

/// What the network has: authorized, captured, refunded, reversed.
fn sums(book: &Book) -> [i64; 4] {
    let totals = book.view().unwrap().totals_in(Currency::USD).unwrap();
    [totals.authorized, totals.captured, totals.refunded, totals.reversed].map(Money::minor)
}

#[test]
fn the_same_reference_is_the_same_effect() {
    let steps: [fn() -> Operation; 5] = [
        || charge(1, VISA, usd(1_000)),
        || refund(2, 1, usd(300)),
        || hold(3, VISA, usd(500)),
        || capture(4, 3, usd(200)),
        || charge(5, "4000000000000002", usd(700)),
    ];
    let mut book = book();
    for step in steps {
        let first = act(&mut book, step());
        assert_eq!(act(&mut book, step()), first);
        assert_eq!(act(&mut book, step()), first);
    }
    assert_eq!(sums(&book), [1_500, 1_200, 300, 0]);
    let totals = book.view().unwrap().totals_in(Currency::USD).unwrap();
    assert_eq!((totals.charges, totals.repeats), (2, 10));
}

#[test]
fn a_reference_used_for_another_call_is_refused() {
    let mut book = book();
    act(&mut book, charge(1, VISA, usd(1_000))).unwrap();
    for other in [
        charge(1, VISA, usd(1_001)),
        charge(1, VISA, eur(1_000)),
        hold(1, VISA, usd(1_000)),
        charge(1, DISPUTE, usd(1_000)),
        refund(1, 1, usd(1_000)),
    ] {
        assert_eq!(act(&mut book, other), Err(Refusal::ReferenceReused));
    }
    assert_eq!(sums(&book), [1_000, 1_000, 0, 0]);
}

#[test]
fn no_more_is_captured_than_was_authorized() {
    for (amount, said) in [
        (usd(0), "zero_amount"),
        (usd(1_001), "above_authorized"),
        (eur(1_000), "currency_mismatch"),
        (usd(1), "approved"),
        (usd(1_000), "approved"),
    ] {
        let mut book = book();
        act(&mut book, hold(1, VISA, usd(1_000))).unwrap();
        assert_eq!(word(&act(&mut book, capture(2, 1, amount))), said, "{amount:?}");
        let taken = if said == "approved" { amount.minor() } else { 0 };
        assert_eq!(sums(&book), [1_000, taken, 0, 0]);
    }
}

#[test]
fn no_more_is_refunded_than_was_captured() {
    let mut book = book();
    act(&mut book, hold(1, VISA, usd(1_000))).unwrap();
    act(&mut book, capture(2, 1, usd(600))).unwrap();
    for (number, of, amount, said) in [
        (10, 1, usd(601), "above_captured"),
        (11, 1, eur(1), "currency_mismatch"),
        (12, 1, usd(0), "zero_amount"),
        (13, 1, usd(400), "approved"),
        (14, 2, usd(201), "above_captured"), // By the capture's reference: the same charge.
        (15, 2, usd(200), "approved"),
        (16, 1, usd(1), "above_captured"),
    ] {
        assert_eq!(word(&act(&mut book, refund(number, of, amount))), said, "refund {number}");
    }
    assert_eq!(sums(&book), [1_000, 600, 600, 0]);
}

#[test]
fn what_is_done_to_an_authorization_fits_its_state() {
    // What was done before, then what capture, void and refund of it say.
    type Case = (&'static [fn() -> Operation], [&'static str; 3]);
    let cases: [Case; 6] = [
        (&[], ["unknown_reference"; 3]),
        (&[|| hold(1, VISA, usd(9))], ["approved", "approved", "wrong_state"]),
        (&[|| charge(1, VISA, usd(9))], ["wrong_state", "wrong_state", "approved"]),
        (&[|| hold(1, VISA, usd(9)), || void(2, 1)], ["wrong_state"; 3]),
        (&[|| hold(1, "4000000000000002", usd(9))], ["wrong_state"; 3]),
        (&[|| hold(1, "4000002760003184", usd(9))], ["wrong_state"; 3]),
    ];
    for (before, said) in cases {
        for (ask, expected) in
            [capture(9, 1, usd(5)), void(9, 1), refund(9, 1, usd(5))].into_iter().zip(said)
        {
            let mut book = book();
            for step in before {
                act(&mut book, step()).unwrap();
            }
            assert_eq!(word(&act(&mut book, ask.clone())), expected, "{ask:?}");
        }
    }
}

#[test]
fn a_refusal_is_kept_to() {
    let mut book = book();
    act(&mut book, hold(1, VISA, usd(1_000))).unwrap();
    assert_eq!(act(&mut book, refund(2, 1, usd(10))), Err(Refusal::WrongState));
    act(&mut book, capture(3, 1, usd(1_000))).unwrap();
    // It would be possible now. But the caller was told that nothing moved, and nothing may.
    assert_eq!(act(&mut book, refund(2, 1, usd(10))), Err(Refusal::WrongState));
    assert_eq!(lookup(&mut book, 2), LookupAnswer::Refused(Refusal::WrongState));
    assert_eq!(sums(&book), [1_000, 1_000, 0, 0]);
}

#[test]
fn a_look_up_tells_what_was_answered() {
    let mut book = book();
    assert_eq!(lookup(&mut book, 1), LookupAnswer::NeverSeen);
    let answer = act(&mut book, charge(1, VISA, usd(5))).unwrap();
    assert_eq!(lookup(&mut book, 1), LookupAnswer::Known(answer));
    let declined = act(&mut book, charge(2, "4000000000000119", usd(5))).unwrap();
    assert_eq!(lookup(&mut book, 2), LookupAnswer::Known(declined));
    act(&mut book, charge(3, "4000002760003184", usd(5))).unwrap();
    assert_eq!(lookup(&mut book, 3), LookupAnswer::Known(Answer::ActionRequired));
    reverse(&mut book, 1);
    assert_eq!(lookup(&mut book, 1), LookupAnswer::Reversed);
}

#[test]
fn a_reversed_reference_is_refused_for_ever() {
    let mut book = book();
    assert_eq!(reverse(&mut book, 1), Reversed::Barred);
    for _ in 0..2 {
        assert_eq!(act(&mut book, charge(1, VISA, usd(1_000))), Err(Refusal::Reversed));
        assert_eq!(reverse(&mut book, 1), Reversed::Barred);
    }
    assert_eq!(sums(&book), [0; 4]);
    assert_eq!(lookup(&mut book, 1), LookupAnswer::Reversed);
}

#[test]
fn a_reversal_takes_back_what_was_done() {
    type Step = fn() -> Operation;
    // Steps, the reversed one (the last), and what is left: authorized, captured, refunded, reversed.
    let cases: [(&[Step], [i64; 4]); 6] = [
        (&[|| charge(1, VISA, usd(900))], [0, 0, 0, 900]),
        (&[|| hold(1, VISA, usd(900))], [0, 0, 0, 900]),
        (&[|| hold(2, VISA, usd(900)), || capture(1, 2, usd(500))], [900, 0, 0, 500]),
        (&[|| hold(2, VISA, usd(900)), || void(1, 2)], [900, 0, 0, 900]),
        (&[|| charge(2, VISA, usd(900)), || refund(1, 2, usd(300))], [900, 900, 0, 300]),
        (&[|| charge(1, "4000000000000002", usd(900))], [0; 4]),
    ];
    for (steps, left) in cases {
        let mut book = book();
        for step in steps {
            act(&mut book, step()).unwrap();
        }
        let undone = reverse(&mut book, 1);
        let expected = if left == [0; 4] { Reversed::Barred } else { Reversed::Undone };
        assert_eq!(undone, expected);
        assert_eq!(sums(&book), left);
        assert_eq!(reverse(&mut book, 1), undone, "asked again");
        let late = steps.last().unwrap()();
        assert_eq!(act(&mut book, late), Err(Refusal::Reversed));
        assert_eq!(sums(&book), left);
    }
}

#[test]
fn a_hold_is_whole_again_after_its_capture_or_void_is_reversed() {
    for undone in [capture(2, 1, usd(100)), void(2, 1)] {
        let mut book = book();
        act(&mut book, hold(1, VISA, usd(900))).unwrap();
        act(&mut book, undone).unwrap();
        reverse(&mut book, 2);
        assert_eq!(word(&act(&mut book, capture(3, 1, usd(900)))), "approved");
    }
}

#[test]
fn what_later_movements_rest_on_stands() {
    let mut book = book();
    let held = act(&mut book, hold(1, VISA, usd(900))).unwrap();
    let captured = act(&mut book, capture(2, 1, usd(900))).unwrap();
    assert_eq!(reverse(&mut book, 1), Reversed::Stands(held.clone()));
    act(&mut book, refund(3, 1, usd(100))).unwrap();
    assert_eq!(reverse(&mut book, 2), Reversed::Stands(captured));
    assert_eq!(reverse(&mut book, 3), Reversed::Undone);
    assert_eq!(reverse(&mut book, 2), Reversed::Undone);
    assert_eq!(reverse(&mut book, 1), Reversed::Undone);
    assert_eq!(sums(&book), [0, 0, 0, 1_900]);

    // A dispute was announced: it cannot be made unsaid.
    let charged = act(&mut book, charge(4, DISPUTE, usd(50))).unwrap();
    assert_eq!(reverse(&mut book, 4), Reversed::Stands(charged));
}

#[test]
fn pending_and_failing_refunds_end_by_notice() {
    let mut book = Book::in_memory(1_000).unwrap();
    let read =
        |book: &mut Book, after, now| match one(book, Request::Notices { after, limit: 9, now }) {
            Reply::Notices(notices) => notices,
            reply => panic!("{reply:?}"),
        };
    act(&mut book, charge(1, PENDING_REFUND, usd(500))).unwrap();
    act(&mut book, charge(2, REFUND_FAIL, usd(500))).unwrap();
    assert!(approval(act(&mut book, refund(3, 1, usd(200)))).refund_pending);
    assert!(!approval(act(&mut book, refund(4, 2, usd(300)))).refund_pending);
    assert_eq!(sums(&book), [1_000, 1_000, 500, 0]);
    assert_eq!(read(&mut book, 0, NOW.plus_ms(999)), []);

    let notices = read(&mut book, 0, NOW.plus_ms(1_000));
    let (first, second) = (reference(3), reference(4));
    let reason = RefundFailure::ExpiredOrCanceledCard;
    let kinds: Vec<NoticeKind> = notices.iter().map(|notice| notice.kind).collect();
    assert_eq!(
        kinds,
        [
            NoticeKind::RefundSucceeded { refund: first, amount: usd(200) },
            NoticeKind::RefundFailed { refund: second, amount: usd(300), reason },
        ]
    );
    assert!(notices.iter().all(|notice| notice.at == NOW.plus_ms(1_000)));
    assert_eq!(sums(&book), [1_000, 1_000, 200, 0], "what came back is not refunded");
    assert_eq!(read(&mut book, 0, NOW.plus_ms(1_000)), notices, "the feed does not change");
    assert_eq!(read(&mut book, notices[0].id, NOW.plus_ms(1_000)), notices[1..]);
    assert_eq!(read(&mut book, notices[1].id, NOW.plus_ms(1_000)), []);
    assert_eq!(
        word(&act(&mut book, refund(5, 2, usd(500)))),
        "approved",
        "and is refundable again"
    );
}

#[test]
fn news_of_what_was_taken_back_is_never_told() {
    let mut book = Book::in_memory(1_000).unwrap();
    act(&mut book, charge(1, DISPUTE, usd(500))).unwrap();
    act(&mut book, charge(2, PENDING_REFUND, usd(500))).unwrap();
    act(&mut book, refund(3, 2, usd(100))).unwrap();
    assert_eq!(reverse(&mut book, 1), Reversed::Undone);
    assert_eq!(reverse(&mut book, 3), Reversed::Undone);
    let all = Request::Notices { after: 0, limit: 9, now: NOW.plus_ms(10_000) };
    assert_eq!(one(&mut book, all), Reply::Notices(Vec::new()));
}

#[test]
fn numbers_of_notices_grow_in_the_order_of_publication() {
    let mut book = Book::in_memory(1_000).unwrap();
    // The later call becomes due earlier: the cursor must not pass the other one.
    for (number, at) in [(1, 5_000), (2, 0)] {
        let now = TimestampMs::from_ms(NOW.ms() + at);
        one(&mut book, Request::Act { operation: charge(number, DISPUTE, usd(500)), now });
    }
    let mut read = |after, at: i64| {
        let request = Request::Notices { after, limit: 1, now: NOW.plus_ms(at) };
        match one(&mut book, request) {
            Reply::Notices(mut notices) => notices.pop(),
            reply => panic!("{reply:?}"),
        }
    };
    let first = read(0, 1_000).unwrap();
    assert!(
        matches!(first.kind, NoticeKind::Disputed { authorization, .. } if authorization == reference(2))
    );
    assert_eq!(read(first.id, 5_999), None);
    let second = read(first.id, 6_000).unwrap();
    assert!(second.id > first.id);
    assert!(
        matches!(second.kind, NoticeKind::Disputed { authorization, .. } if authorization == reference(1))
    );
}

#[test]
fn a_batch_is_the_same_as_its_requests_one_by_one() {
    let operations = || {
        [
            hold(1, VISA, usd(1_000)),
            capture(2, 1, usd(700)),
            capture(3, 1, usd(700)),
            refund(4, 1, usd(700)),
            refund(5, 1, usd(1)),
            charge(6, PENDING_REFUND, usd(20)),
            refund(7, 6, usd(20)),
            charge(1, VISA, usd(3)),
        ]
    };
    let requests: Vec<Request> =
        operations().map(|operation| Request::Act { operation, now: NOW }).to_vec();
    let (mut whole, mut single) = (book(), book());
    let together = whole.run(&requests).unwrap();
    let apart: Vec<Reply> = requests.into_iter().map(|request| one(&mut single, request)).collect();
    assert_eq!(together, apart);
    let entries = |book: &Book| book.view().unwrap().entries(0, 100).unwrap();
    assert_eq!(entries(&whole), entries(&single));
}

#[test]
fn an_entry_says_what_the_network_knows() {
    let mut book = book();
    act(&mut book, hold(1, VISA, usd(900))).unwrap();
    act(&mut book, capture(2, 1, usd(500))).unwrap();
    let view = book.view().unwrap();
    let entry = view.entry(reference(1)).unwrap().unwrap();
    assert_eq!((entry.state, entry.captured, entry.refunded), (State::Taken, 500, 0));
    assert_eq!((entry.card.as_deref(), entry.last4.as_deref()), (Some("visa"), Some("4242")));
    let taken = view.entry(reference(2)).unwrap().unwrap();
    assert_eq!((taken.parent, taken.amount), (Some(reference(1)), Some(usd(500))));
    assert_eq!(view.entry(reference(3)).unwrap(), None);
}

#[test]
fn a_book_of_a_newer_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network.db");
    drop(Book::open(&path, 0).unwrap());
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute_batch("pragma user_version = 9").unwrap();
    drop(raw);
    let error = Book::open(&path, 0).unwrap_err();
    assert!(matches!(error, BookError::Version { version: 9 }), "{error}");
}
