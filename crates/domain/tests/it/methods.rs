//! The table of methods: what every row must be, and the page that shows it to people.

use std::fmt::Write as _;

use farthing_core::currency::Currency;
use farthing_domain::method_type::{Can, Flow, MethodSet, MethodType, NUMBER_MAX, Need};

#[test]
fn every_row_stands_on_its_own() {
    let mut set = MethodSet::NONE;
    for kind in MethodType::all() {
        assert!((1..=NUMBER_MAX).contains(&kind.number) && !set.has(kind), "{kind:?}");
        set = set.with(kind);
        assert_eq!(MethodType::parse(kind.wire), Some(kind));
        assert_eq!(MethodType::from_number(i64::from(kind.number)), Some(kind));
        for code in kind.currencies {
            assert!(Currency::parse(code).is_ok_and(|found| kind.takes(found)), "{kind:?} {code}");
        }
        let waits = matches!(kind.flow, Flow::Redirect | Flow::Voucher);
        assert_eq!(kind.lapses_minutes > 0, waits, "whoever waits does not for ever: {kind:?}");
        assert_eq!(kind.settles_days > 0, kind.flow == Flow::Delayed, "{kind:?}");
        let later = matches!(kind.flow, Flow::Delayed | Flow::Voucher);
        assert!(!(later && kind.can(Can::CaptureLater)), "nothing is held that is not there");
    }
    assert_eq!(MethodSet::from_bits(set.bits()), Some(set));
    assert_eq!(MethodSet::from_bits(1 << 61), None);
    assert!(MethodType::all().count() >= 24);
}

/// The page's table, from the rows.
fn page() -> String {
    let mut page = String::from(
        "| type | name | flow | currencies | payers | manual capture | refunds | disputes | kept | needs | ends |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for kind in MethodType::all() {
        let list = |of: &[&str]| if of.is_empty() { "all".to_owned() } else { of.join(" ") };
        let able = |what| if kind.can(what) { "yes" } else { "no" };
        let refunds = match kind.refund_days {
            None => "no".to_owned(),
            Some(u16::MAX) => "yes".to_owned(),
            Some(days) => format!("{days} days"),
        };
        let needs: Vec<&str> = kind.needs.iter().map(|need| need_name(*need)).collect();
        writeln!(
            page,
            "| `{}` | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            kind.wire,
            kind.name,
            kind.flow.wire(),
            list(kind.currencies),
            if kind.countries.len() > 20 { "SEPA".to_owned() } else { list(kind.countries) },
            able(Can::CaptureLater),
            refunds,
            able(Can::Dispute),
            able(Can::Reuse),
            if needs.is_empty() { "-".to_owned() } else { needs.join(", ") },
            ends(kind),
        )
        .unwrap();
    }
    page
}

fn need_name(need: Need) -> &'static str {
    match need {
        Need::Name => "name",
        Need::Email => "email",
        Need::Country => "country",
        Need::Line1 => "line1",
        Need::City => "city",
        Need::State => "state",
        Need::PostalCode => "postal code",
        Need::ReturnUrl => "return_url",
        Need::Mandate => "mandate",
    }
}

fn ends(kind: MethodType) -> String {
    match (kind.settles_days, kind.lapses_minutes) {
        (0, 0) => "at once".to_owned(),
        (days @ 1.., _) => format!("in {days} days"),
        (0, minutes) if minutes % 1440 == 0 => format!("or expires in {} days", minutes / 1440),
        (0, minutes) => format!("or expires in {minutes} minutes"),
    }
}

#[test]
fn the_page_shows_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../API.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (begin, end) = ("<!-- methods: from the table -->\n", "<!-- methods: end -->");
    let (before, rest) = text.split_once(begin).expect("the page has a place for the table");
    let (shown, after) = rest.split_once(end).unwrap();
    let wanted = page();
    #[expect(clippy::disallowed_methods, reason = "the way to make the page anew")]
    if shown != wanted && std::env::var_os("FARTHING_CODEGEN").is_some() {
        std::fs::write(path, format!("{before}{begin}{wanted}{end}{after}")).unwrap();
        return;
    }
    assert_eq!(shown, wanted, "`cargo xtask codegen` makes it anew");
}
