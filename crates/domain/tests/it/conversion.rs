//! Conversion at an exact ratio: what it is worth, and that nothing is lost in parts.

use farthing_core::currency::Currency;
use farthing_core::money::{Money, SignedMoney};
use farthing_domain::books::{Books, Line, Payment};
use farthing_domain::charge::Charge;
use farthing_domain::command::{Ask, Patch, SetSettlement};
use farthing_domain::intent::{CaptureMethod, Intent};
use farthing_domain::ledger::account::Account;
use farthing_domain::ledger::conversion::{Rate, Ratio};
use farthing_domain::ledger::transfer::{BalanceTransaction, Reason, Transfer};
use farthing_domain::refund::Refund;
use farthing_domain::view::Row;
use proptest::prelude::*;

use crate::world::{World, approved, create, refund, tenant, usd};

fn rate(to: &str, numerator: u32, denominator: u32) -> Rate {
    let to = Currency::parse(to).unwrap();
    Rate { to, ratio: Ratio::new(numerator, denominator).unwrap() }
}

fn money(minor: i64, code: &str) -> Money {
    Money::new(minor, Currency::parse(code).unwrap()).unwrap()
}

#[test]
fn an_amount_is_worth_its_ratio_of_major_units() {
    for (minor, from, to, ratio, whole, settled) in [
        (1_000, "usd", "eur", (9_175, 10_000), 917, 918), // 917.5 is rounded up
        (999, "usd", "eur", (9_175, 10_000), 916, 917),   // 916.58
        (1_000, "usd", "jpy", (150, 1), 1_500, 1_500),    // ten dollars, no minor unit there
        (1_500, "jpy", "usd", (1, 150), 1_000, 1_000),
        (1, "jpy", "usd", (1, 150), 0, 1), // 0.67 cents
        (1_000, "usd", "kwd", (307, 1_000), 3_070, 3_070), // thousandths, in steps of ten
        (1_001, "usd", "kwd", (307, 1_000), 3_070, 3_070), // 3,073.07
        (1_002, "usd", "kwd", (307, 1_000), 3_070, 3_080), // 3,076.14
        (1_000, "usd", "isk", (137, 1), 137_000, 137_000), // hundredths, in steps of a hundred
        (1, "usd", "isk", (137, 1), 100, 100),
        (0, "usd", "eur", (9_175, 10_000), 0, 0),
    ] {
        let worth = rate(to, ratio.0, ratio.1).worth(money(minor, from)).unwrap();
        let said = (worth.whole.minor(), worth.settled.minor());
        assert_eq!(said, (whole, settled), "{minor} {from} in {to}");
    }
    let most = rate("usd", u32::MAX, 1).worth(money(i64::MAX, "jpy"));
    assert!(most.is_err(), "what does not fit is refused");
    assert!(Ratio::new(0, 1).is_none() && Ratio::new(1, 0).is_none());
}

proptest! {
    /// In whatever order parts come and go, the merchant holds the worth of what is left: nothing of
    /// nothing, and never less of more.
    #[test]
    fn parts_add_up_to_the_whole(
        (from, to) in (0_usize..151, 0_usize..151),
        (above, below) in (1_u32..100_000, 1_u32..100_000),
        steps in prop::collection::vec(-1_000_000_i64..1_000_000, 1..40),
    ) {
        let (from, to) = (Currency::all()[from], Currency::all()[to]);
        let rate = Rate { to, ratio: Ratio::new(above, below).unwrap() };
        let worth = |minor| rate.worth(Money::new(minor, from).unwrap()).unwrap();
        let (mut left, mut held, mut cleared) = (0_i64, 0_i64, 0_i64);
        for step in steps.into_iter().map(Some).chain([None]) {
            // The last step takes all that is left.
            let next = step.map_or(0, |step| (left + step).max(0));
            let (before, after) = (worth(left), worth(next));
            let moved = after.settled.minor() - before.settled.minor();
            prop_assert!((next >= left) == (moved >= 0) || moved == 0, "more is worth more");
            held += moved;
            cleared += after.whole.minor() - before.whole.minor();
            left = next;
            let rounded = held - cleared;
            prop_assert!(rounded == 0 || rounded == to.quantum(), "rounding is one step at most");
            prop_assert_eq!(held % to.quantum(), 0);
        }
        prop_assert_eq!((held, cleared), (0, 0), "nothing of nothing");
    }
}

/// A converted charge and all that hangs on it, as the books read them.
struct Rows {
    intent: Intent,
    charges: Vec<Charge>,
    refunds: Vec<Refund>,
    lines: Vec<Line>,
}

/// Ten dollars at 9175/10000 euro, three of which went back.
fn converted() -> Rows {
    let mut world = World::new();
    let quotes = vec![(Currency::USD, Ratio::new(9_175, 10_000))];
    let (tenant, currency) = (tenant(), Patch::Set(Currency::EUR));
    world.submit(Ask::SetSettlement(Box::new(SetSettlement { tenant, currency, quotes })));
    let begun = world.submit(create(usd(1_000), CaptureMethod::Automatic, Some(1)));
    world.submit(Ask::Settle(World::begun(&begun), approved()));
    let id = world.rows.values().find_map(|row| match row {
        Row::Intent(intent) => Some(intent.id),
        _ => None,
    });
    let begun = world.submit(refund(id.unwrap(), Some(300)));
    world.submit(Ask::Settle(World::begun(&begun), approved()));
    let rows = || world.rows.values().cloned();
    let transfers: Vec<Transfer> = rows()
        .filter_map(|row| if let Row::Transfer(it) = row { Some(it) } else { None })
        .collect();
    let line = |line: BalanceTransaction| {
        let mut own = transfers.iter().filter(|transfer| transfer.number == line.transfer);
        Line { transfer: own.next().cloned(), line }
    };
    Rows {
        intent: world.intent(id.unwrap()).clone(),
        charges: rows()
            .filter_map(|row| if let Row::Charge(it) = row { Some(it) } else { None })
            .collect(),
        refunds: rows()
            .filter_map(|row| if let Row::Refund(it) = row { Some(it) } else { None })
            .collect(),
        lines: rows()
            .filter_map(
                |row| if let Row::BalanceTransaction(it) = row { Some(line(it)) } else { None },
            )
            .collect(),
    }
}

fn flaw(rows: &Rows) -> Option<&'static str> {
    let mut books = Books::default();
    books.payment(&Payment {
        intent: &rows.intent,
        charges: &rows.charges,
        refunds: &rows.refunds,
        disputes: &[],
        lines: &rows.lines,
        attempts: &[],
    });
    let events_missing = "events_missing";
    let bad = books.finish().first_bad.map(|bad| bad.what.code());
    bad.filter(|code| *code != events_missing)
}

/// The books hold clearing against the charges: each of these was made by hand.
#[test]
fn the_books_name_a_conversion_that_is_not_its_charges() {
    assert_eq!(flaw(&converted()), None);
    let euro = |minor| SignedMoney::new(minor, Currency::EUR).unwrap();
    let mut other_ratio = converted();
    other_ratio.charges[0].rate = Some(rate("eur", 9_174, 10_000));
    assert_eq!(flaw(&other_ratio), Some("conversion_differs"), "the charge has another ratio");
    let mut no_ratio = converted();
    no_ratio.charges[0].rate = None;
    assert_eq!(flaw(&no_ratio), Some("conversion_differs"), "the charge has none");
    let mut more = converted();
    for line in &mut more.lines {
        if line.line.reason == Reason::Refund {
            // A cent less went back, by the line, its clearing and the merchant's side alike.
            line.line.amount = line.line.amount.plus(euro(1)).unwrap();
            for entry in &mut line.transfer.as_mut().unwrap().entries {
                match entry.account {
                    Account::Clearing if entry.amount.currency() == Currency::EUR => {
                        entry.amount = entry.amount.plus(euro(-1)).unwrap();
                    }
                    Account::Pending => entry.amount = entry.amount.plus(euro(1)).unwrap(),
                    _ => {}
                }
            }
        }
    }
    assert_eq!(flaw(&more), Some("conversion_differs"), "not the worth of what is left");
    let mut through_rounding = converted();
    for line in &mut through_rounding.lines {
        for entry in &mut line.transfer.as_mut().unwrap().entries {
            match entry.account {
                Account::Clearing if entry.amount.currency() == Currency::EUR => {
                    entry.amount = entry.amount.plus(euro(5)).unwrap();
                }
                Account::Rounding => entry.amount = entry.amount.plus(euro(-5)).unwrap(),
                _ => {}
            }
        }
    }
    assert_eq!(flaw(&through_rounding), Some("conversion_differs"), "rounding hides nothing");
}
