//! Every test card, as the specification of the simulator.

use farthing_acquirer::{
    Acquirer, Answer, Authentication, Book, CardDetails, CardSeen, Check, DisputeReason,
    DisputeStage, Faults, Funding, Notice, NoticeKind, Operation, Reply, Request, RiskLevel,
    Simulator, Verdict, magic,
};
use farthing_core::card::{brand_of, check_number};

use crate::support::{
    NOW, VISA, act, approval, call, capture, card, charge, hold, one, reference, refund, usd, word,
};

/// Number, and the answers: holder there, holder not there, holder authenticated.
const ANSWERS: &str = "
4242424242424242     approved approved approved
4000056655665556     approved approved approved
5555555555554444     approved approved approved
2223003122003222     approved approved approved
5200828282828210     approved approved approved
5105105105105100     approved approved approved
378282246310005      approved approved approved
371449635398431      approved approved approved
6011111111111117     approved approved approved
6011000990139424     approved approved approved
6011981111111113     approved approved approved
3056930009020004     approved approved approved
36227206271667       approved approved approved
3566002020360505     approved approved approved
6200000000000005     approved approved approved
6200000000000047     approved approved approved
6205500000000000004  approved approved approved
6555900000604105     approved approved approved
4000000000000002     card_declined/generic_decline = =
4000000000009995     card_declined/insufficient_funds = =
4000000000009987     card_declined/lost_card = =
4000000000009979     card_declined/stolen_card = =
4000000000000069     expired_card = =
4000000000000127     incorrect_cvc = =
4000000000000119     processing_error = =
4000000000006975     card_declined/card_velocity_exceeded = =
4000000000000341     card_declined/generic_decline = =
4100000000000019     card_declined/fraudulent = =
4000000000004954     approved = =
4000000000009235     approved = =
4000000000000101     approved = =
4000000000000036     approved = =
4000000000000028     approved = =
4000000000000010     approved = =
4000000000000044     approved = =
4000000000000259     approved = =
4000000000002685     approved = =
4000000000001976     approved = =
4000000000005423     approved = =
4000000404000079     approved = =
4000000000007726     approved = =
4000000000005126     approved = =
4000000000000077     approved = =
4000003720000278     approved = =
4000002500003155     action_required authentication_required/authentication_required approved
4000002760003184     action_required authentication_required/authentication_required approved
4000003800000446     action_required approved approved
4000008260003178     action_required authentication_required/authentication_required card_declined/insufficient_funds
4000000000003220     action_required authentication_required/authentication_required approved
4000000000003063     action_required authentication_required/authentication_required approved
4000008400000027     action_required authentication_required/authentication_required approved
4000008400001629     action_required authentication_required/authentication_required card_declined/generic_decline
4000008400001280     card_declined/processing_error = =
4000000000003055     approved = =
4000000000003097     approved = =
4000000032200000     approved = =
4000582600000094     action_required authentication_required/authentication_required approved
4000582600000045     action_required authentication_required/authentication_required approved
4000582600000102     action_required authentication_required/authentication_required approved
4000582600000110     action_required authentication_required/authentication_required approved
4000001240000000     approved = =
4000008260000000     approved = =
4000058260000005     approved = =
5555558265554449     approved = =
4000002500000003     approved = =
4000002760000016     approved = =
4000007240000007     approved = =
4000000360000006     approved = =
4000003920000003     approved = =
3530111333300000     approved = =
4000007020000003     approved = =
4000003560000008     approved = =
4000000760000002     approved = =
4000004840008001     approved = =
4000000320000021     approved = =
4000001560000002     approved = =
4111111111111111     card_declined/generic_decline = =
";

fn answered(details: CardDetails<'_>, authentication: Authentication) -> Verdict {
    let call = farthing_acquirer::AuthorizeCall { authentication, ..call(1, details, usd(1_000)) };
    act(&mut Book::in_memory(0).unwrap(), Operation::from(&call))
}

#[test]
fn each_card_answers_as_published() {
    for line in ANSWERS.trim().lines() {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let [number, there, away, passed] = columns.as_slice() else { panic!("{line}") };
        let same =
            |word: &&str| if *word == "=" { (*there).to_owned() } else { (*word).to_owned() };
        let say = |authentication| word(&answered(card(number), authentication));
        assert_eq!(say(Authentication::None), **there, "{number}");
        assert_eq!(say(Authentication::OffSession), same(away), "{number}, off session");
        assert_eq!(say(Authentication::Passed), same(passed), "{number}, authenticated");
        assert!(check_number(number.as_bytes()).is_ok(), "{number}");
    }
}

#[test]
fn each_published_name_means_its_number() {
    for line in "
        visa 4242424242424242
        us 4242424242424242
        visa_debit 4000056655665556
        mastercard 5555555555554444
        mastercard_debit 5200828282828210
        mastercard_prepaid 5105105105105100
        amex 378282246310005
        discover 6011111111111117
        diners 3056930009020004
        jcb 3566002020360505
        unionpay 6200000000000005
        visa_chargeDeclined 4000000000000002
        chargeDeclined 4000000000000002
        visa_chargeDeclinedInsufficientFunds 4000000000009995
        visa_chargeDeclinedLostCard 4000000000009987
        visa_chargeDeclinedStolenCard 4000000000009979
        chargeDeclinedExpiredCard 4000000000000069
        chargeDeclinedIncorrectCvc 4000000000000127
        chargeDeclinedProcessingError 4000000000000119
        visa_chargeDeclinedVelocityLimitExceeded 4000000000006975
        chargeCustomerFail 4000000000000341
        radarBlock 4100000000000019
        riskLevelHighest 4000000000004954
        riskLevelElevated 4000000000009235
        cvcCheckFail 4000000000000101
        avsZipFail 4000000000000036
        avsLine1Fail 4000000000000028
        avsFail 4000000000000010
        avsUnchecked 4000000000000044
        createDispute 4000000000000259
        createDisputeProductNotReceived 4000000000002685
        createDisputeInquiry 4000000000001976
        createIssuerFraudRecord 4000000000005423
        createMultipleDisputes 4000000404000079
        pendingRefund 4000000000007726
        refundFail 4000000000005126
        bypassPending 4000000000000077
        bypassPendingInternational 4000003720000278
        authenticationRequiredOnSetup 4000002500003155
        authenticationRequired 4000002760003184
        authenticationRequiredSetupForOffSession 4000003800000446
        authenticationRequiredChargeDeclinedInsufficientFunds 4000008260003178
        threeDSecure2Required 4000000000003220
        threeDSecureRequiredChargeDeclined 4000008400001629
        threeDSecureRequiredProcessingError 4000008400001280
        threeDSecureOptional 4000000000003055
        threeDSecureOptionalProcessingError 4000000000003097
        amex_threeDSecureNotSupported 378282246310005
        gb 4000008260000000
        de 4000002760000016"
        .trim()
        .lines()
    {
        let (name, number) = line.trim().split_once(' ').unwrap();
        for full in [format!("pm_card_{name}"), format!("tok_{name}")] {
            let found = magic(&full).unwrap_or_else(|| panic!("{full} is unknown"));
            assert_eq!(found.number, number, "{full}");
            let cvc_length = brand_of(number.as_bytes()).cvc_length();
            assert_eq!(found.cvc.len(), cvc_length, "{full}");
            assert!(!format!("{found:?}").contains(number));
        }
    }
    assert_eq!(magic("tok_visa_createDispute").unwrap().number, "4000000000000259");
    for unknown in ["", "pm_card_", "tok_", "tok_card_visa", "visa", "pm_card_Visa", "pm_visa"] {
        assert!(magic(unknown).is_none(), "{unknown}");
    }
}

#[test]
fn a_code_is_wrong_only_if_it_was_given() {
    let number = "4000000000000127";
    let without = CardDetails { cvc: None, ..card(number) };
    assert_eq!(word(&answered(card(number), Authentication::None)), "incorrect_cvc");
    let approval = approval(answered(without, Authentication::None));
    assert_eq!(approval.cvc_check, Check::Unavailable);
}

#[test]
fn checks_say_what_the_card_is_made_for() {
    use Check::{Fail, None as Nothing, Pass, Unavailable};
    // Number; then CVC, line 1, postal code with everything given, and with nothing given.
    for (number, given, bare) in [
        (VISA, [Pass, Pass, Pass], [Unavailable, Nothing, Nothing]),
        ("4000000000000101", [Fail, Pass, Pass], [Unavailable, Nothing, Nothing]),
        ("4000000000000036", [Pass, Pass, Fail], [Unavailable, Nothing, Fail]),
        ("4000000000000028", [Pass, Fail, Pass], [Unavailable, Fail, Nothing]),
        ("4000000000000010", [Pass, Fail, Fail], [Unavailable, Fail, Fail]),
        ("4000000000000044", [Pass, Unavailable, Unavailable], [Unavailable; 3]),
    ] {
        let nothing = CardDetails { cvc: None, line1: None, postal_code: None, ..card(number) };
        for (details, expected) in [(card(number), given), (nothing, bare)] {
            let approval = approval(answered(details, Authentication::None));
            let checks = [approval.cvc_check, approval.line1_check, approval.postal_check];
            assert_eq!(checks, expected, "{number}");
        }
    }
}

#[test]
fn risk_blocks_before_the_network_is_asked() {
    let Ok(Answer::Declined(decline)) = answered(card("4100000000000019"), Authentication::None)
    else {
        panic!("not declined")
    };
    assert!(decline.blocked_by_risk);
    assert_eq!((decline.risk, decline.network_decline_code), (RiskLevel::Highest, None));
    for (number, risk) in [
        (VISA, RiskLevel::Normal),
        ("4000000000009235", RiskLevel::Elevated),
        ("4000000000004954", RiskLevel::Highest),
    ] {
        assert_eq!(approval(answered(card(number), Authentication::None)).risk, risk);
    }
}

#[test]
fn a_card_expires_at_the_end_of_its_month() {
    // The calls are made in November 2026.
    for (exp_month, exp_year, answer) in [
        (10, 2026, "expired_card"),
        (11, 2026, "approved"),
        (12, 2025, "expired_card"),
        (1, 2027, "approved"),
    ] {
        let details = CardDetails { exp_month, exp_year, ..card(VISA) };
        let said = word(&answered(details, Authentication::None));
        assert_eq!(said, answer, "{exp_month}/{exp_year}");
    }
}

#[test]
fn a_zero_amount_asks_only_whether_the_card_is_good() {
    for (number, answer) in [
        (VISA, "approved"),
        ("4000000000000341", "approved"), // Good to keep, and every charge of it declines.
        ("4000000000000002", "card_declined/generic_decline"),
    ] {
        let mut book = Book::in_memory(0).unwrap();
        assert_eq!(word(&act(&mut book, charge(1, number, usd(0)))), answer);
        assert_ne!(word(&act(&mut book, capture(2, 1, usd(1)))), "approved");
        assert_eq!(book.view().unwrap().totals().unwrap()[0].charges, 0);
    }
}

#[test]
fn facts_come_from_the_number_alone() {
    let simulator = Simulator::in_memory(Faults::none()).unwrap();
    for (number, brand, funding, country) in [
        (VISA, "visa", Funding::Credit, Some("US")),
        ("4000056655665556", "visa", Funding::Debit, Some("US")),
        ("5105105105105100", "mastercard", Funding::Prepaid, Some("US")),
        ("378282246310005", "amex", Funding::Credit, Some("US")),
        ("4000002760000016", "visa", Funding::Credit, Some("DE")),
        ("4111111111111111", "visa", Funding::Unknown, None),
    ] {
        let facts = simulator.facts(number);
        assert_eq!((facts.network(), facts.funding, facts.country), (brand, funding, country));
    }
}

fn news(book: &mut Book) -> Vec<NoticeKind> {
    match one(book, Request::Notices { after: 0, limit: 100, now: NOW }) {
        Reply::Notices(notices) => notices.into_iter().map(|notice: Notice| notice.kind).collect(),
        reply => panic!("{reply:?}"),
    }
}

#[test]
fn dispute_cards_dispute_what_was_taken() {
    use DisputeReason::{Fraudulent, ProductNotReceived};
    use DisputeStage::{Chargeback, Inquiry};
    let authorization = reference(1);
    let disputed = |minor, reason, stage| NoticeKind::Disputed {
        authorization,
        amount: usd(minor),
        reason,
        stage,
    };
    for (number, expected) in [
        (VISA, vec![]),
        ("4000000000000259", vec![disputed(601, Fraudulent, Chargeback)]),
        ("4000000000002685", vec![disputed(601, ProductNotReceived, Chargeback)]),
        ("4000000000001976", vec![disputed(601, Fraudulent, Inquiry)]),
        (
            "4000000404000079",
            vec![disputed(301, Fraudulent, Chargeback), disputed(300, Fraudulent, Chargeback)],
        ),
        ("4000000000005423", vec![NoticeKind::FraudWarning { authorization, amount: usd(601) }]),
    ] {
        let mut at_once = Book::in_memory(0).unwrap();
        act(&mut at_once, charge(1, number, usd(601))).unwrap();
        assert_eq!(news(&mut at_once), expected, "{number}");

        let mut in_two_steps = Book::in_memory(0).unwrap();
        act(&mut in_two_steps, hold(1, number, usd(1_000))).unwrap();
        assert_eq!(news(&mut in_two_steps), [], "{number}");
        act(&mut in_two_steps, capture(2, 1, usd(601))).unwrap();
        assert_eq!(news(&mut in_two_steps), expected, "{number}");
    }
    assert_eq!(Fraudulent.network_reason_code(), Some("10.4"));
    assert_eq!(ProductNotReceived.network_reason_code(), Some("13.1"));
}

#[test]
fn bypass_cards_make_funds_available_at_once() {
    for (number, at_once) in [("4000000000000077", true), ("4000003720000278", true), (VISA, false)]
    {
        let mut book = Book::in_memory(0).unwrap();
        let charged = approval(act(&mut book, charge(1, number, usd(500))));
        act(&mut book, hold(2, number, usd(500))).unwrap();
        let captured = approval(act(&mut book, capture(3, 2, usd(500))));
        assert_eq!((charged.bypass_pending, captured.bypass_pending), (at_once, at_once));
    }
}

#[test]
fn nothing_prints_a_number() {
    let details = card(VISA);
    let call = call(1, details, usd(1));
    let seen = CardSeen::look(&details);
    let shown = format!("{details:?} {call:?} {seen:?} {:?}", refund(2, 1, usd(1)));
    assert!(!shown.contains("42424242"), "{shown}");
    assert!(!shown.contains("\"123\""), "{shown}");
}
