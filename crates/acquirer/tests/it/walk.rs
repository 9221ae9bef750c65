//! Random walks through the book: whatever comes in whatever order, its sums hold.

use farthing_acquirer::{Book, Entry, Kind, Operation, Reply, Request, Rest, State, Verdict};
use farthing_core::money::Money;

use crate::support::{
    DISPUTE, NOW, PENDING_REFUND, REFUND_FAIL, VISA, capture, capture_leaving, charge, hold,
    increment, reference, refund, usd, void,
};

const STEPS: u32 = 400;

/// A small generator, so that a failing seed can be run again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick(&mut self, count: usize) -> usize {
        usize::try_from(self.below(u64::try_from(count.max(1)).unwrap())).unwrap()
    }
}

/// Makes requests, most of them about calls made before.
struct Walk {
    dice: Dice,
    past: Vec<Operation>,
}

impl Walk {
    fn some_past(&mut self) -> Option<Operation> {
        self.past.get(self.dice.pick(self.past.len())).cloned()
    }

    fn operation(&mut self) -> Operation {
        if self.dice.below(5) == 0
            && let Some(again) = self.some_past()
        {
            return again;
        }
        let card = [VISA, DISPUTE, PENDING_REFUND, REFUND_FAIL, "4000000000000002"];
        let card = card[self.dice.pick(5)];
        let name = u8::try_from(self.dice.below(250)).unwrap();
        let of = self.some_past().map_or(0, |operation| operation.reference.0[0]);
        let amount = usd(i64::try_from(self.dice.below(120)).unwrap());
        let operation = match self.dice.below(8) {
            0 => charge(name, card, amount),
            1 => hold(name, card, amount),
            2 => capture(name, of, amount),
            3 => void(name, of),
            4 => capture_leaving(name, of, (amount, Rest::Held)),
            5 => increment(name, of, amount),
            _ => refund(name, of, amount),
        };
        self.past.push(operation.clone());
        operation
    }

    fn request(&mut self, step: u32) -> Request {
        let now = NOW.plus_ms(i64::from(step));
        match self.dice.below(16) {
            0 => {
                let past = self.some_past().map(|operation| operation.reference);
                Request::Reverse { reference: past.unwrap_or(reference(0)), now }
            }
            1 => Request::Notices { after: 0, limit: 500, now },
            2 => Request::Refuse { operation: self.operation(), now },
            _ => Request::Act { operation: self.operation(), now },
        }
    }
}

fn minor(entry: &Entry) -> i64 {
    entry.amount.map_or(0, Money::minor)
}

/// Adds the book up again from its movements alone.
fn check(entries: &[Entry], seed: u64) {
    for whole in entries.iter().filter(|entry| entry.kind == Kind::Authorize) {
        let done = |kind: Kind, states: &[State]| -> i64 {
            let children = entries.iter().filter(|entry| entry.parent == Some(whole.reference));
            let live = children.filter(|entry| entry.kind == kind && states.contains(&entry.state));
            live.map(minor).sum()
        };
        let by_capture = done(Kind::Capture, &[State::Done]);
        let at_once = whole.asked.starts_with("charge") && whole.state == State::Taken;
        let captured = if at_once { minor(whole) } else { by_capture };
        let refunded = done(Kind::Refund, &[State::Done, State::Pending]);
        assert_eq!(whole.captured, captured, "seed {seed}: {whole:?}");
        assert_eq!(whole.refunded, refunded, "seed {seed}: {whole:?}");
        assert!(captured <= minor(whole) && refunded <= captured, "seed {seed}: {whole:?}");
        let released = done(Kind::Void, &[State::Done]) > 0;
        assert!(!(released && whole.state == State::Held), "seed {seed}: {whole:?}");
    }
}

#[test]
fn the_book_adds_up_after_every_step() {
    for seed in 0..24 {
        let mut walk = Walk { dice: Dice(seed), past: Vec::new() };
        let mut book = Book::in_memory(i64::try_from(seed % 3).unwrap() * 20).unwrap();
        let view = book.view().unwrap();
        let mut said: Vec<(String, Verdict)> = Vec::new();
        for step in 0..STEPS {
            let request = walk.request(step);
            let reply = book.run(std::slice::from_ref(&request)).unwrap().remove(0);
            if let (Request::Act { operation, .. }, Reply::Verdict(verdict)) = (&request, &reply) {
                said.push((format!("{operation:?}"), verdict.clone()));
            }
            if step % 20 == 0 {
                check(&view.entries(0, 1_000).unwrap(), seed);
            }
        }
        let entries = view.entries(0, 1_000).unwrap();
        check(&entries, seed);
        let sum = |of: fn(&Entry) -> i64| usd(entries.iter().map(of).sum());
        let totals = view.totals_in(farthing_core::currency::Currency::USD).unwrap();
        assert_eq!(totals.captured, sum(|entry| entry.captured), "seed {seed}");
        assert_eq!(totals.refunded, sum(|entry| entry.refunded), "seed {seed}");
        // What was once approved under a reference is never approved differently.
        for (at, (operation, verdict)) in said.iter().enumerate().filter(|(_, said)| said.1.is_ok())
        {
            for (again, other) in said.iter().skip(at).filter(|(_, other)| other.is_ok()) {
                assert!(again != operation || other == verdict, "seed {seed}: {operation}");
            }
        }
        assert!(said.iter().filter(|(_, verdict)| verdict.is_ok()).count() > 20, "seed {seed}");
    }
}
