//! Many threads at one payment: whatever comes between, no more is taken than was held, no more goes
//! back than was taken, and each answer of the network counts once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use farthing_core::currency::Currency;
use farthing_core::id::{AttemptId, IntentId};
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;
use farthing_domain::acquirer::Acquirer;
use farthing_domain::attempt::Call;
use farthing_domain::charge::{ChargeState, Rest};
use farthing_domain::command::{
    Ask, CancelIntent, CaptureIntent, Command, CreateRefund, Entropy, Meta, MetadataPatch, NewKey,
    Postpone, RefundOf,
};
use farthing_domain::key::{Access, Caps, Resource, Rights, Scopes, TotalCap};
use farthing_domain::network::{Approval, Decline, Outcome};
use farthing_domain::object::Metadata;
use farthing_domain::reply::Reply;
use farthing_domain::tenant::{KeyClass, Pages};
use farthing_domain::view::Row;
use farthing_store::Store;
use tempfile::TempDir;

use crate::cluster::Database;
use crate::drive::{Drive, Seeded};
use crate::engines::{render, tenant};

const THREADS: u64 = 8;
const COMMANDS: usize = 60;
const PAYMENTS: usize = 3;
const HELD: i64 = 3_000;

/// What the network has done for an attempt; the first answer is the one that stands.
type Answers = Mutex<BTreeMap<AttemptId, (i64, Outcome)>>;

/// A thread with its own randomness.
struct Caller<'a> {
    store: &'a Store,
    seeded: Seeded,
    intents: &'a [IntentId],
    answers: &'a Answers,
    /// The key with caps that asks, if it is one.
    spender: Option<[u8; 32]>,
}

impl Caller<'_> {
    fn submit(&mut self, ask: Ask) -> Reply {
        let mut bytes = [0; 16];
        for byte in &mut bytes {
            *byte = u8::try_from(self.seeded.below(256)).expect("below 256");
        }
        let meta = Meta {
            tenant: tenant(),
            now: TimestampMs::from_ms(1_900_000_100_000),
            entropy: Entropy { ids: bytes, secret: [7; 19] },
            claim: None,
            request: None,
            expand: Vec::new(),
            spender: self.spender,
            acquirer: Acquirer::FIRST,
        };
        let answer = self.store.submit_blocking(Command { meta, ask });
        answer.expect("no failure of storage").reply
    }

    fn run(&mut self) {
        for _ in 0..COMMANDS {
            self.step();
        }
    }

    fn step(&mut self) {
        let ask = if self.seeded.below(2) == 0 { self.verb() } else { self.answer() };
        let Some(ask) = ask else { return };
        if let Reply::Begun(begun) = self.submit(ask) {
            // The network answers once, before anybody knows.
            let moved = match &begun.attempt.call {
                Call::Authorize { .. }
                | Call::Verify { .. }
                | Call::Increment { .. }
                | Call::Void { .. } => 0,
                Call::Capture { amount, .. } => amount.minor(),
                Call::Refund { amount, .. } => -amount.minor(),
            };
            let outcome = match self.seeded.below(4) {
                0 => Outcome::Declined(Decline::processing_error()),
                1 => Outcome::Absent,
                _ => Outcome::Approved(Approval::default()),
            };
            let moved = if matches!(outcome, Outcome::Approved(_)) { moved } else { 0 };
            let answers = &mut self.answers.lock().expect("no thread has panicked");
            answers.insert(begun.attempt.id, (moved, outcome));
        }
    }

    /// Of what the merchant may ask, one thing.
    fn verb(&mut self) -> Option<Ask> {
        let which = self.seeded.below(u64::try_from(self.intents.len()).ok()?);
        let id = *self.intents.get(usize::try_from(which).ok()?)?;
        let part = i64::try_from(self.seeded.below(1_200)).ok()? + 1;
        let amount_minor = (self.seeded.below(3) != 0).then_some(part);
        Some(match self.seeded.below(8) {
            0 => Ask::CancelIntent(CancelIntent { id, reason: None }),
            1..=3 => {
                let (rest, metadata) = (Rest::Released, MetadataPatch::default());
                Ask::CaptureIntent(CaptureIntent {
                    id,
                    amount_minor,
                    rest,
                    statement_descriptor_suffix: farthing_domain::command::Patch::Keep,
                    metadata,
                })
            }
            _ => {
                let (of, metadata) = (RefundOf::Intent(id), Metadata::new());
                Ask::CreateRefund(CreateRefund { of, amount_minor, reason: None, metadata })
            }
        })
    }

    /// Any attempt's answer, open or not: recovery races with the caller, and the answer comes twice.
    fn answer(&mut self) -> Option<Ask> {
        let answers = self.answers.lock().expect("no thread has panicked");
        let which = self.seeded.below(u64::try_from(answers.len().max(1)).ok()?);
        let (id, (_, outcome)) = answers.iter().nth(usize::try_from(which).ok()?)?;
        if self.seeded.below(6) == 0 {
            let lookup_at = TimestampMs::from_ms(1_900_000_200_000);
            return Some(Ask::Postpone(Postpone { attempt: *id, lookup_at }));
        }
        Some(Ask::Settle(*id, Box::new(outcome.clone())))
    }
}

#[test]
fn any_interleaving_keeps_the_caps() {
    for seed in 1..=6 {
        let dir = TempDir::new().expect("a temporary folder can be made");
        race(&[Store::open_memory(render())], seed);
        race(&[Store::open_sqlite(dir.path(), render()).expect("a new folder opens")], seed);
    }
}

/// As several processes on one database: only its locks stand between them.
#[test]
fn several_stores_on_one_database_keep_the_caps() {
    for seed in 1..=2 {
        let database = Database::new();
        let open = |_| Store::open_postgres(&database.url(), render()).expect("it opens");
        race(&[0, 1, 2].map(open), seed);
    }
}

fn race(stores: &[Store], seed: u64) {
    let store = &stores[0];
    Drive::new(seed).run(store, 1); // Opens the merchant.
    let answers = Arc::new(Answers::default());
    let seeded = Seeded::new(seed);
    let mut caller = Caller { store, seeded, intents: &[], answers: &answers, spender: None };
    let intents: Vec<IntentId> = (0..PAYMENTS).map(|_| held(&mut caller)).collect();
    std::thread::scope(|scope| {
        for (thread, store) in (0..THREADS).zip(stores.iter().cycle()) {
            let (intents, answers) = (&intents, &answers);
            let seeded = Seeded::new(seed * 1_000 + thread);
            scope.spawn(move || Caller { store, seeded, intents, answers, spender: None }.run());
        }
    });
    // Whatever is still open is answered, twice.
    let left = answers.lock().expect("no thread has panicked").clone();
    for (id, (_, outcome)) in left.iter().chain(&left) {
        caller.submit(Ask::Settle(*id, Box::new(outcome.clone())));
    }
    check(store, left.values().map(|(moved, _)| moved).sum());
}

/// Keys with caps, in threads and in several stores: whatever comes between, what is counted stays
/// within the cap and is what the payments say.
#[test]
fn any_interleaving_keeps_the_caps_of_keys() {
    for seed in 1..=3 {
        let dir = TempDir::new().expect("a temporary folder can be made");
        spend(&[Store::open_memory(render())], seed);
        spend(&[Store::open_sqlite(dir.path(), render()).expect("a new folder opens")], seed);
    }
    let database = Database::new();
    let open = |_| Store::open_postgres(&database.url(), render()).expect("it opens");
    spend(&[0, 1, 2].map(open), 1);
}

const CAPPED: [[u8; 32]; 2] = [[0xc1; 32], [0xc2; 32]];
const CAP: i64 = 20_000;

fn spend(stores: &[Store], seed: u64) {
    let store = &stores[0];
    Drive::new(seed).run(store, 1); // Opens the merchant.
    let answers = Arc::new(Answers::default());
    let caller = |store, seed, spender, intents| Caller {
        store,
        seeded: Seeded::new(seed),
        intents,
        answers: &answers,
        spender,
    };
    let mut owner = caller(store, seed, None, &[]);
    owner.submit(Ask::AddKeys(CAPPED.map(capped).to_vec()));
    let intents: Vec<IntentId> = (0..PAYMENTS).map(|_| held(&mut owner)).collect();
    std::thread::scope(|scope| {
        for (thread, store) in (0..THREADS).zip(stores.iter().cycle()) {
            let spender = CAPPED.get(usize::try_from(thread % 3).expect("small")).copied();
            let mut caller = caller(store, seed * 1_000 + thread, spender, &intents);
            scope.spawn(move || {
                for _ in 0..COMMANDS / 4 {
                    hold(&mut caller);
                    caller.step();
                    caller.step();
                }
            });
        }
    });
    let (mut sum, mut counted) = (0, 0);
    for row in store.dump().expect("readable") {
        match row {
            Row::Allowance(row) => {
                assert!((0..=CAP).contains(&row.minor), "{row:?}");
                sum += row.minor;
            }
            Row::Spend(row) => counted += row.amount.minor(),
            _ => {}
        }
    }
    assert!(sum > CAP, "the caps were reached");
    assert_eq!(sum, counted);
}

fn capped(hash: [u8; 32]) -> NewKey {
    let caps = Caps {
        currency: Currency::USD,
        each_minor: None,
        total: Some(TotalCap { minor: CAP, window_ms: None }),
    };
    let scopes = Scopes([(Resource::PaymentIntents, Access::Write)].into());
    NewKey {
        hash,
        class: KeyClass::Restricted,
        tenant: tenant(),
        hint: String::new(),
        pages: Pages::default(),
        rights: Rights { scopes, caps: Some(caps), ..Rights::default() },
    }
}

/// A payment whose funds are held.
fn held(caller: &mut Caller<'_>) -> IntentId {
    hold(caller).expect("a payment with a new card begins")
}

/// The same, unless the caller may not.
fn hold(caller: &mut Caller<'_>) -> Option<IntentId> {
    let mut drive = Drive::new(caller.seeded.below(u64::MAX));
    let amount = Money::new(HELD, Currency::USD).expect("not negative");
    let Reply::Begun(begun) = caller.submit(drive.hold(amount)) else { return None };
    let approved = Outcome::Approved(Approval::default());
    caller.submit(Ask::Settle(begun.attempt.id, Box::new(approved)));
    Some(begun.attempt.intent)
}

fn check(store: &Store, moved: i64) {
    let report = store.books().expect("readable");
    assert_eq!(report.first_bad, None);
    assert_eq!(report.open_attempts, 0);
    let mut ours = 0;
    for row in store.dump().expect("readable") {
        let Row::Charge(charge) = row else { continue };
        let taken = match &charge.state {
            ChargeState::Captured { amount, .. } => amount.minor(),
            ChargeState::Held { .. }
            | ChargeState::Pending { .. }
            | ChargeState::Released { .. }
            | ChargeState::Failed { .. } => 0,
        };
        assert!(taken <= HELD, "more was taken than was held");
        assert!(charge.refunded.minor() <= taken, "more went back than was taken");
        assert!(charge.refund_reserved.is_zero(), "nothing is open");
        ours += taken - charge.refunded.minor();
    }
    assert_eq!(ours, moved, "the network's own book says the same");
}
