//! Methods that are no cards: what the simulated network does with each, by the payer's test account
//! or e-mail.
//!
//! The accounts are published for testing and belong to nobody. They appear here and nowhere else: past
//! this file an account is the name of its scenario.

use crate::answer::{Answer, Decline, DeclineCode, Funding, RiskLevel};
use crate::call::{Authentication, PayCall, Steps};
use crate::notice::{NoticeKind, PaymentFailure};
use crate::simulator::book::State;
use crate::simulator::cards::{self, After, Behavior, Challenge, Funds, Ground, Rule, TestCard};

/// A day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// What "a little later" is.
const LITTLE_MS: i64 = 3 * 60 * 1000;

/// How a payment ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Settles,
    Fails(PaymentFailure),
    /// Nothing is heard of it; a voucher expires.
    Silence,
}

/// When it ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    /// When the method's days are over; a voucher, a little later.
    Usual,
    /// A little later.
    Soon,
    /// In the same moment.
    Now,
}

/// What happens to payments from one account, or of one payer.
pub(crate) struct Scenario {
    /// The network's name for the account.
    pub(crate) name: &'static str,
    accounts: &'static [&'static str],
    /// What the payer's e-mail begins with.
    email: Option<&'static str>,
    ending: Ending,
    when: When,
    /// How the book remembers it: as if it were a card, for what follows a charge.
    card: usize,
}

const fn scenario(
    name: &'static str,
    accounts: &'static [&'static str],
    (ending, when): (Ending, When),
) -> Scenario {
    Scenario { name, accounts, email: None, ending, when, card: 0 }
}

const fn letter(
    name: &'static str,
    email: &'static str,
    (ending, when): (Ending, When),
) -> Scenario {
    Scenario { name, accounts: &[], email: Some(email), ending, when, card: 0 }
}

const fn fails(reason: PaymentFailure) -> (Ending, When) {
    (Ending::Fails(reason), When::Usual)
}

/// Every scenario; the first is that of everybody else.
const SCENARIOS: [Scenario; 17] = [
    scenario(
        "settles",
        &[
            "AT611904300234573201",
            "DE89370400440532013000",
            "000123456789",
            "00012345",
            "000123456",
        ],
        (Ending::Settles, When::Usual),
    ),
    scenario(
        "settles_soon",
        &[
            "AT321904300235473204",
            "DE08370400440532013003",
            "90012345",
            "900123456",
            "900123456789",
        ],
        (Ending::Settles, When::Soon),
    ),
    scenario(
        "fails",
        &["AT861904300235473202", "DE62370400440532013001", "33333335"],
        fails(PaymentFailure::Declined),
    ),
    scenario(
        "fails_soon",
        &["AT051904300235473205", "DE78370400440532013004", "93333335"],
        (Ending::Fails(PaymentFailure::Declined), When::Soon),
    ),
    Scenario {
        card: 1,
        ..scenario(
            "disputed",
            &["AT591904300235473203", "DE35370400440532013002", "000555555559", "55555559"],
            (Ending::Settles, When::Usual),
        )
    },
    scenario(
        "above_limit",
        &["AT981904300000343434", "DE65370400440002343434", "34343434", "343434343"],
        fails(PaymentFailure::AboveLimit),
    ),
    scenario(
        "above_weekly_limit",
        &[
            "AT601904300000121212",
            "DE27370400440000121212",
            "12121212",
            "121212121",
            "000777777771",
        ],
        fails(PaymentFailure::AboveWeeklyLimit),
    ),
    scenario(
        "too_little",
        &[
            "AT981904300002222227",
            "DE65370400440002222227",
            "000222222227",
            "22222227",
            "222222227",
        ],
        fails(PaymentFailure::InsufficientFunds),
    ),
    scenario("closed", &["000111111113", "111111113"], fails(PaymentFailure::AccountClosed)),
    scenario("no_account", &["000111111116", "111111116"], fails(PaymentFailure::NoAccount)),
    scenario(
        "not_authorized",
        &["000333333335", "333333335"],
        fails(PaymentFailure::NotAuthorized),
    ),
    scenario("refer", &["922222227"], fails(PaymentFailure::ReferToCustomer)),
    scenario("silent", &["000000000009"], (Ending::Silence, When::Usual)),
    letter("paid_at_once", "succeed_immediately", (Ending::Settles, When::Now)),
    letter(
        "expires_at_once",
        "expire_immediately",
        (Ending::Fails(PaymentFailure::Expired), When::Now),
    ),
    letter(
        "expires_soon",
        "expire_with_delay",
        (Ending::Fails(PaymentFailure::Expired), When::Soon),
    ),
    letter("never_paid", "fill_never", (Ending::Silence, When::Usual)),
];

/// The book knows what was charged by the label of a card; these are the cards of what was none.
pub(crate) static CARDS: [TestCard; 2] =
    [stands_for("means", After::Nothing), stands_for("means_disputed", After::DebitReturned)];

const fn stands_for(label: &'static str, after: After) -> TestCard {
    TestCard {
        number: "",
        label,
        names: &[],
        funding: Funding::Unknown,
        country: "",
        behavior: Behavior {
            challenge: Challenge::Never,
            ground: None,
            increment: Some(Ground::Generic),
            cvc: Rule::Unavailable,
            line1: Rule::Unavailable,
            postal: Rule::Unavailable,
            risk: RiskLevel::Normal,
            after,
            funds: Funds::Usual,
        },
    }
}

/// The scenario of an account by its number, spaces and hyphens left out.
pub(crate) fn of_account(number: &str) -> &'static Scenario {
    let plain: String = number
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_uppercase())
        .collect();
    find(|scenario| scenario.accounts.contains(&plain.as_str()))
}

fn find(is: impl Fn(&Scenario) -> bool) -> &'static Scenario {
    static ALL: &[Scenario] = &SCENARIOS;
    ALL.iter().find(|scenario| is(scenario)).unwrap_or(&ALL[0])
}

/// What becomes of a payment, decided when it is asked for.
pub(crate) struct Plan {
    pub(crate) answer: Answer,
    pub(crate) state: State,
    pub(crate) card: &'static TestCard,
    /// What will be said of it, and after how many milliseconds.
    pub(crate) ending: Option<(NoticeKind, i64)>,
}

/// Decides a payment.
pub(crate) fn plan(call: &PayCall) -> Plan {
    let scenario = match (&call.account, &call.email) {
        (Some(account), _) => find(|scenario| scenario.name == account),
        (None, Some(email)) => {
            find(|scenario| scenario.email.is_some_and(|begin| email.starts_with(begin)))
        }
        (None, None) => find(|_| true),
    };
    let card = &CARDS[scenario.card];
    let said = |answer, state| Plan { answer, state, card, ending: None };
    match (call.steps, call.authentication) {
        (
            Steps::Approval,
            Authentication::None | Authentication::Agreed | Authentication::Asked,
        ) => said(Answer::ActionRequired, State::Challenged),
        (Steps::Approval | Steps::Voucher(_), Authentication::OffSession) => {
            said(Answer::Declined(absent()), State::Declined)
        }
        (Steps::Immediate, _)
        | (Steps::Approval, Authentication::Passed | Authentication::AgreedOffSession) => {
            let state = if call.capture { State::Taken } else { State::Held };
            said(Answer::Approved(cards::approval(card, call.reference)), state)
        }
        (Steps::Days(_) | Steps::Voucher(_), _) => {
            let mut approval = cards::approval(card, call.reference);
            approval.payment_pending = true;
            let ending = ending(scenario, call);
            Plan { ending, ..said(Answer::Approved(approval), State::Awaited) }
        }
    }
}

fn absent() -> Decline {
    let decline = Ground::ChallengeImpossible.decline(RiskLevel::Normal);
    assert_eq!(decline.code, DeclineCode::AuthenticationRequired);
    decline
}

fn ending(scenario: &Scenario, call: &PayCall) -> Option<(NoticeKind, i64)> {
    let (payment, amount) = (call.reference, call.amount);
    let failed = |reason| NoticeKind::PaymentFailed { payment, amount, reason };
    let usual_ms = match call.steps {
        Steps::Days(days) => i64::from(days) * DAY_MS,
        Steps::Voucher(_) | Steps::Immediate | Steps::Approval => LITTLE_MS,
    };
    let after_ms = match scenario.when {
        When::Usual => usual_ms,
        When::Soon => LITTLE_MS,
        When::Now => 0,
    };
    match (scenario.ending, call.steps) {
        (Ending::Settles, _) => Some((NoticeKind::PaymentSettled { payment, amount }, after_ms)),
        (Ending::Fails(reason), _) => Some((failed(reason), after_ms)),
        (Ending::Silence, Steps::Voucher(minutes)) => {
            Some((failed(PaymentFailure::Expired), i64::from(minutes) * 60_000))
        }
        (Ending::Silence, _) => None,
    }
}
