//! Laws that hold for any input.

use std::collections::BTreeMap;

use farthing_core::card::{Brand, brand_of, check_number, luhn};
use farthing_core::currency::Currency;
use farthing_core::id::{ChargeId, IntentId, base62};
use farthing_core::idempotency::{IdempotencyKey, Param, canonical_param, canonical_request};
use farthing_core::inbox::read_event;
use farthing_core::money::{Money, MoneyError, SignedMoney};
use farthing_core::retry::{Schedule, client_backoff_ms};
use farthing_core::time::TimestampMs;
use farthing_core::webhook::{
    Secret, StandardHeaders, Tolerance, VerifyError, diagnose_stripe, standard_header,
    stripe_header, verify_standard, verify_stripe,
};
use proptest::prelude::*;

fn any_currency() -> impl Strategy<Value = Currency> {
    proptest::sample::select(Currency::all())
}

fn any_money() -> impl Strategy<Value = Money> {
    let minor = prop_oneof![0..=i64::MAX, 0..1_000_i64, i64::MAX - 1_000..=i64::MAX];
    (minor, any_currency())
        .prop_map(|(minor, currency)| Money::new(minor, currency).expect("not negative"))
}

fn any_param() -> impl Strategy<Value = Param> {
    let text = "[a-cTLMK\\x00-\\x02]{0,3}".prop_map(Param::Text);
    text.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Param::List),
            prop::collection::btree_map("[ab]{0,2}", inner, 0..3).prop_map(Param::Map),
        ]
    })
}

fn any_params() -> impl Strategy<Value = BTreeMap<String, Param>> {
    prop::collection::btree_map("[ab]{0,2}", any_param(), 0..4)
}

proptest! {
    #[test]
    fn an_allocation_adds_up_and_is_fair(
        money in any_money(),
        weights in prop::collection::vec(prop_oneof![any::<u64>(), 0..4_u64], 0..20),
    ) {
        let total: u128 = weights.iter().copied().map(u128::from).sum();
        match money.allocate(&weights) {
            Err(error) => {
                prop_assert_eq!(error, MoneyError::NoWeights);
                prop_assert_eq!(total, 0);
            }
            Ok(parts) => {
                prop_assert_eq!(parts.len(), weights.len());
                let mut sum = Money::zero(money.currency());
                for (part, weight) in parts.iter().zip(&weights) {
                    sum = sum.plus(*part).expect("a part of the whole");
                    // Nobody is off by a whole unit from the exact share.
                    let given = u128::try_from(part.minor()).expect("not negative");
                    let whole = u128::try_from(money.minor()).expect("not negative");
                    let floor = whole * u128::from(*weight) / total;
                    prop_assert!(given == floor || given == floor + 1);
                    prop_assert!(*weight > 0 || given == 0);
                }
                prop_assert_eq!(sum, money);
            }
        }
    }

    #[test]
    fn more_weight_never_gets_less(
        money in any_money(),
        weights in prop::collection::vec(1..100_u64, 2..8),
    ) {
        let parts = money.allocate(&weights).expect("there are weights");
        for (i, left) in weights.iter().enumerate() {
            for (j, right) in weights.iter().enumerate() {
                prop_assert!(left <= right || parts[i].minor() >= parts[j].minor());
            }
        }
    }

    #[test]
    fn a_share_is_within_half_a_step(money in any_money(), basis_points in 0..20_000_u32) {
        if let Ok(share) = money.share(basis_points) {
            let step = i128::from(money.currency().quantum());
            let exact = i128::from(money.minor()) * i128::from(basis_points);
            let given = i128::from(share.minor()) * 10_000;
            prop_assert_eq!(i128::from(share.minor()) % step, 0);
            prop_assert!(-5_000 * step < given - exact && given - exact <= 5_000 * step);
        }
    }

    #[test]
    fn an_amount_reads_back_as_it_was_printed(money in any_money()) {
        prop_assert_eq!(Money::parse_major(&money.to_major(), money.currency()), Ok(money));
    }

    #[test]
    fn a_text_that_is_read_is_that_number(text in "[0-9.]{0,8}", currency in any_currency()) {
        if let Ok(money) = Money::parse_major(&text, currency) {
            let trimmed = text.trim_start_matches('0');
            let printed = money.to_major();
            let printed = printed.trim_start_matches('0');
            // Equal as numbers: equal after filling up the decimals.
            let width = usize::try_from(currency.exponent()).expect("small");
            let fill = |text: &str| {
                let (major, rest) = text.split_once('.').unwrap_or((text, ""));
                format!("{major}.{rest:0<width$}")
            };
            prop_assert_eq!(fill(trimmed), fill(printed));
        }
    }

    #[test]
    fn no_text_makes_an_amount_panic(text in "\\PC{0,24}", currency in any_currency()) {
        if let Err(MoneyError::Unparsable { at }) = Money::parse_major(&text, currency) {
            prop_assert!(at <= text.len());
            prop_assert!(text.is_char_boundary(at));
        }
    }

    #[test]
    fn sums_do_not_depend_on_order(a in any_money(), b in any_money()) {
        prop_assert_eq!(a.plus(b).ok(), b.plus(a).ok());
        prop_assert_eq!(a.times(2).ok(), a.plus(a).ok());
        prop_assert_eq!((a.times(0), a.times(1)), (Ok(Money::zero(a.currency())), Ok(a)));
        if let Ok(sum) = a.plus(b) {
            prop_assert_eq!(sum.minus(b), Ok(a));
            prop_assert_eq!(sum.covers(a), Ok(true));
            let net = SignedMoney::from(sum).plus(SignedMoney::debit(b)).expect("it fits");
            prop_assert_eq!(net, SignedMoney::credit(a));
            prop_assert_eq!(net.negate().negate(), net);
        }
        if a.currency() == b.currency() {
            prop_assert_eq!(a.covers(b) == Ok(true), a.minus(b).is_ok());
        } else {
            let (left, right) = (a.currency(), b.currency());
            let mismatch = MoneyError::Mismatch { left, right };
            prop_assert_eq!(a.plus(b), Err(mismatch));
            prop_assert_eq!(a.minus(b), Err(mismatch));
            prop_assert_eq!(a.covers(b), Err(mismatch));
        }
    }

    #[test]
    fn a_charge_that_passes_is_in_range(money in any_money()) {
        if money.check_charge().is_ok() {
            let currency = money.currency();
            prop_assert!(money.minor() > 0 && money.minor() <= 999_999_999_999);
            prop_assert!(money.minor() >= currency.minimum().unwrap_or(1));
            prop_assert_eq!(money.minor() % currency.quantum(), 0);
        }
    }

    #[test]
    fn ids_read_back_and_sort_alike_in_both_forms(a in any::<[u8; 12]>(), b in any::<[u8; 12]>()) {
        let (a, b) = (IntentId::from_bytes(a), IntentId::from_bytes(b));
        prop_assert_eq!(IntentId::parse(&a.to_string()), Some(a));
        prop_assert_eq!(a.to_string().cmp(&b.to_string()), a.bytes().cmp(&b.bytes()));
        prop_assert_eq!(a.to_string().len(), 27);
        prop_assert_eq!(ChargeId::parse(&a.to_string().replace("pi_", "ch_")), None);
    }

    #[test]
    fn ids_of_later_moments_sort_later(
        early in 0..1_i64 << 47, later in 1..1_i64 << 46, e in any::<[u8; 6]>(), f in any::<[u8; 6]>(),
    ) {
        let first = IntentId::new(TimestampMs::from_ms(early), e);
        let second = IntentId::new(TimestampMs::from_ms(early + later), f);
        prop_assert!(first < second && first.to_string() < second.to_string());
        prop_assert_eq!(first.created().ms(), early);
    }

    #[test]
    fn a_mistyped_id_was_never_issued(
        bytes in any::<[u8; 12]>(), at in 3..27_usize, with in "[0-9A-Za-z]",
    ) {
        let id = IntentId::from_bytes(bytes);
        let mut text = id.to_string();
        text.replace_range(at..=at, &with);
        prop_assert_eq!(IntentId::parse(&text), (text == id.to_string()).then_some(id));
    }

    #[test]
    fn no_text_makes_an_id_panic(text in "(pi_)?[1-3]?\\PC{0,30}") {
        let read = IntentId::parse(&text);
        prop_assert!(read.is_none_or(|id| id.to_string() == text));
    }

    #[test]
    fn base62_keeps_its_width(bytes in prop::collection::vec(any::<u8>(), 0..40), chars in 0..60_usize) {
        let text = base62(&bytes, chars);
        prop_assert_eq!(text.len(), chars);
        prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        // The low digits do not depend on how many are asked for.
        prop_assert!(base62(&bytes, chars + 5).ends_with(&text));
    }

    #[test]
    fn canonical_forms_are_equal_only_for_equal_requests(
        (m, p, a) in ("[A-C]{0,3}", "[/a-c]{0,4}", any_params()),
        (n, q, b) in ("[A-C]{0,3}", "[/a-c]{0,4}", any_params()),
    ) {
        let same = (&m, &p, &a) == (&n, &q, &b);
        prop_assert_eq!(canonical_request(&m, &p, &a) == canonical_request(&n, &q, &b), same);
    }

    #[test]
    fn no_canonical_form_begins_another(a in any_params(), b in any_params()) {
        let (left, right) = (canonical_request("", "", &a), canonical_request("", "", &b));
        prop_assert_eq!(left.starts_with(&right), a == b);
        for (name, value) in a.iter().chain(&b) {
            for (other, that) in a.iter().chain(&b) {
                let same = (name, value) == (other, that);
                prop_assert_eq!(canonical_param(name, value) == canonical_param(other, that), same);
            }
        }
    }

    #[test]
    fn keys_read_back(entropy in any::<[u8; 16]>(), text in "\\PC{0,300}") {
        let key = IdempotencyKey::generate(entropy);
        prop_assert_eq!(IdempotencyKey::parse(key.as_str()), Ok(key));
        let read = IdempotencyKey::parse(&text);
        let visible = text.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
        prop_assert_eq!(read.is_ok(), visible && (1..=255).contains(&text.len()));
    }

    #[test]
    fn what_is_signed_verifies_and_nothing_else_does(
        body in prop::collection::vec(any::<u8>(), 0..200),
        other in prop::collection::vec(any::<u8>(), 0..200),
        at_s in 0..4_000_000_000_i64,
        skew_s in -400..400_i64,
    ) {
        let secrets = [Secret::stripe("whsec_a"), Secret::stripe("whsec_b")];
        let at = TimestampMs::from_seconds(at_s);
        let now = at.plus_ms(skew_s * 1_000);
        let header = stripe_header(&[&secrets[1]], at, &body);
        let verified = verify_stripe(&secrets, &header, &body, now, Tolerance::DEFAULT);
        if skew_s.abs() <= 300 {
            prop_assert_eq!(verified.map(|verified| verified.secret_index), Ok(1));
        } else {
            let by_s = skew_s.unsigned_abs() - 300;
            let (old, new) = (VerifyError::TooOld { by_s }, VerifyError::TooNew { by_s });
            prop_assert_eq!(verified, Err(if skew_s > 0 { old } else { new }));
        }
        if body != other {
            let verified = verify_stripe(&secrets, &header, &other, now, Tolerance::DEFAULT);
            prop_assert_eq!(verified, Err(VerifyError::SignatureMismatch));
        }
    }

    #[test]
    fn both_schemes_agree_on_what_they_sign(
        body in prop::collection::vec(any::<u8>(), 0..200), id in "[a-z0-9_]{1,20}",
        at_s in 0..4_000_000_000_i64,
    ) {
        let secret = Secret::standard("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let at = TimestampMs::from_seconds(at_s);
        let signature = standard_header(&[&secret, &secret], &id, at, &body);
        let headers =
            StandardHeaders { id: &id, timestamp: &at_s.to_string(), signature: &signature };
        let verified = verify_standard(&[secret], headers, &body, at, Tolerance::DEFAULT);
        prop_assert_eq!(verified.map(|verified| verified.timestamp), Ok(at));
    }

    #[test]
    fn no_header_or_body_panics(
        header in "(t=[0-9]{0,20}|v1=[0-9a-f]{0,65}|v0=|,|=| |\\PC){0,12}",
        body in prop::collection::vec(any::<u8>(), 0..60),
        json in "[{}\\[\\]\",:\\\\u0-9a-f \n/]{0,60}",
    ) {
        let secrets = [Secret::stripe("whsec_a")];
        let now = TimestampMs::from_seconds(1_795_000_000);
        for body in [body.as_slice(), json.as_bytes()] {
            prop_assert!(verify_stripe(&secrets, &header, body, now, Tolerance::DEFAULT).is_err());
            prop_assert!(!diagnose_stripe(&secrets, &header, body, now, Tolerance::DEFAULT).is_empty());
            let well_formed = format!("t=1795000000,v1={}", "0".repeat(64));
            let found = diagnose_stripe(&secrets, &well_formed, body, now, Tolerance::DEFAULT);
            prop_assert!(!found.is_empty());
            let headers = StandardHeaders { id: "m", timestamp: "1795000000", signature: &header };
            let standard = verify_standard(&secrets, headers, body, now, Tolerance::DEFAULT);
            prop_assert!(standard.is_err());
        }
    }

    #[test]
    fn the_scanner_accepts_only_what_a_json_parser_accepts(
        text in "(\\{|\\}|\\[|\\]|\"[a-z]{0,2}\"|:|,|-?[0-9]{1,3}|\\.|e|true|null| |\\\\|\"){0,16}",
    ) {
        // Wrapped so that everything the inbox wants is there; the rest is arbitrary.
        let event = format!(
            r#"{{"id":"e","type":"t","created":1,"data":{{"object":{{}}}},"x":{text}}}"#
        );
        let valid = serde_json::from_str::<serde_json::Value>(&event).is_ok();
        let read = read_event(event.as_bytes());
        prop_assert!(valid || read.is_err(), "{:?}", event);
        // And the other way about, unless it names one of our fields a second time.
        let again = ["\"id\"", "\"type\"", "\"data\""].iter().any(|name| text.contains(name));
        prop_assert!(!valid || read.is_ok() || again, "{:?} {:?}", event, read);
    }

    #[test]
    fn the_scanner_survives_bytes(body in prop::collection::vec(any::<u8>(), 0..80)) {
        prop_assert!(read_event(&body).is_err());
    }

    #[test]
    fn one_wrong_digit_fails_the_check(
        digits in "[0-9]{11,18}", at in any::<prop::sample::Index>(), step in 1..10_u8,
    ) {
        let complete = (b'0'..=b'9').map(|last| [digits.as_bytes(), &[last]].concat());
        let valid: Vec<Vec<u8>> = complete.filter(|number| luhn(number)).collect();
        prop_assert_eq!(valid.len(), 1, "exactly one check digit fits");
        let mut number = valid[0].clone();
        let at = at.index(number.len());
        number[at] = b'0' + (number[at] - b'0' + step) % 10;
        prop_assert!(!luhn(&number));
        prop_assert!(check_number(&number).is_err());
    }

    #[test]
    fn a_brand_once_known_stays(digits in "[0-9]{1,19}") {
        let mut known = None;
        for end in 1..=digits.len() {
            let brand = brand_of(&digits.as_bytes()[..end]);
            prop_assert!(known.is_none_or(|known| known == brand));
            known = (brand != Brand::Unknown).then_some(brand);
        }
    }

    #[test]
    fn waits_are_bounded(number in any::<u32>(), entropy in any::<u32>()) {
        prop_assert!((500..=5_000).contains(&client_backoff_ms(number, entropy)));
        let recovery = Schedule::recovery();
        if let Some(wait_ms) = recovery.delay_ms(number % 64, entropy) {
            prop_assert!((1_000..=4_320_000).contains(&wait_ms));
        }
    }
}
