//! The test cards, as one table, and what the simulated issuer says to each.
//!
//! The numbers are published for testing and belong to nobody. They appear here and nowhere else:
//! past this file a card is its label.

use farthing_core::card::brand_of;

use crate::answer::{Answer, Approval, CardFacts, Check, Decline, DeclineCode, Funding, RiskLevel};
use crate::call::{Authentication, Reference};
use crate::simulator::operation::{CardSeen, Given};
use crate::simulator::{means, mix};

mod table;

pub(crate) use table::TABLE;

/// The month in which magic cards expire.
const MAGIC_EXP_MONTH: u8 = 12;
/// The year in which they do: far enough that a test clock may run for years.
const MAGIC_EXP_YEAR: u16 = 2049;

/// What a magic name stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MagicCard {
    /// The digits of its number.
    pub number: &'static str,
    /// A month of expiry that is good.
    pub exp_month: u8,
    /// A year of expiry, four digits, that is good.
    pub exp_year: u16,
    /// A verification code of the right length.
    pub cvc: &'static str,
    /// The wallet it is paid from, by the wire's word.
    pub wallet: Option<&'static str>,
}

impl std::fmt::Debug for MagicCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MagicCard([redacted])")
    }
}

/// Cards in wallets: a magic name, the name of the card within, and the wire's word for the wallet.
const WALLETS: [(&str, &str, &str); 3] = [
    ("applePayVisa", "visa", "apple_pay"),
    ("androidPayVisa", "visa", "google_pay"),
    ("googlePayVisa", "visa", "google_pay"),
];

/// Looks up a magic payment method (`pm_card_visa`) or token (`tok_visa`).
pub fn magic(name: &str) -> Option<MagicCard> {
    let short = match (name.strip_prefix("pm_card_"), name.strip_prefix("tok_")) {
        // The one token whose name does not follow from the payment method's.
        (None, Some("visa_createDispute")) => "createDispute",
        (Some(short), _) | (None, Some(short)) => short,
        (None, None) => return None,
    };
    let wallet = WALLETS.iter().find(|(name, _, _)| *name == short);
    let short = wallet.map_or(short, |(_, within, _)| within);
    let card = TABLE.iter().find(|card| card.names.contains(&short))?;
    let cvc = if brand_of(card.number.as_bytes()).cvc_length() == 4 { "1234" } else { "123" };
    let (exp_month, exp_year) = (MAGIC_EXP_MONTH, MAGIC_EXP_YEAR);
    let wallet = wallet.map(|(_, _, word)| *word);
    Some(MagicCard { number: card.number, exp_month, exp_year, cvc, wallet })
}

/// One test card.
pub(crate) struct TestCard {
    pub(crate) number: &'static str,
    /// What the book calls it. Unique.
    pub(crate) label: &'static str,
    /// Its magic names, after `pm_card_` or `tok_`.
    pub(crate) names: &'static [&'static str],
    pub(crate) funding: Funding,
    pub(crate) country: &'static str,
    pub(crate) behavior: Behavior,
}

/// How the network treats a card.
#[derive(Clone, Copy)]
pub(crate) struct Behavior {
    pub(crate) challenge: Challenge,
    pub(crate) ground: Option<Ground>,
    pub(crate) cvc: Rule,
    pub(crate) line1: Rule,
    pub(crate) postal: Rule,
    pub(crate) risk: RiskLevel,
    pub(crate) after: After,
    /// Why the issuer will not hold more than it first agreed to.
    pub(crate) increment: Option<Ground>,
    pub(crate) funds: Funds,
}

/// When the issuer wants the holder to authenticate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Challenge {
    Never,
    /// Only if the merchant asks for it.
    IfAsked,
    /// Only if the merchant asks for it, and then asking fails.
    FailsIfAsked,
    /// While the holder is there. Charges agreed beforehand go through.
    OnSession,
    /// For every charge, until the card was set up for later ones.
    UntilAgreed,
    /// For every charge.
    Always,
}

/// How the issuer answers a check.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// What was given matches.
    Matches,
    Fails,
    Unavailable,
}

/// What the network does later, unasked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    Nothing,
    DisputeFraudulent,
    DisputeNotReceived,
    /// The owner of the account says that the debit was not allowed.
    DebitReturned,
    DisputeInquiry,
    DisputeTwice,
    FraudWarning,
    RefundPends,
    RefundFails,
}

/// When captured funds become available.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Funds {
    Usual,
    AtOnce,
}

/// Why a charge is declined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ground {
    Generic,
    InsufficientFunds,
    LostCard,
    StolenCard,
    VelocityExceeded,
    Expired,
    /// Only if a code was given.
    IncorrectCvc,
    ProcessingError,
    /// Authentication is needed, and asking for it failed.
    ChallengeFailed,
    /// Authentication is needed, and the holder is not there.
    ChallengeImpossible,
    RiskBlock,
    /// The card is good, every charge of it fails.
    EveryCharge,
    /// A number that no test card has. Stripe would say `test_mode_live_card`, which its own list of
    /// decline codes lacks; the generic one is what a program can expect.
    UnknownCard,
}

impl Ground {
    pub(crate) const ALL: [Self; 13] = [
        Self::Generic,
        Self::InsufficientFunds,
        Self::LostCard,
        Self::StolenCard,
        Self::VelocityExceeded,
        Self::Expired,
        Self::IncorrectCvc,
        Self::ProcessingError,
        Self::ChallengeFailed,
        Self::ChallengeImpossible,
        Self::RiskBlock,
        Self::EveryCharge,
        Self::UnknownCard,
    ];

    /// Its name in the book.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::InsufficientFunds => "insufficient_funds",
            Self::LostCard => "lost_card",
            Self::StolenCard => "stolen_card",
            Self::VelocityExceeded => "velocity_exceeded",
            Self::Expired => "expired",
            Self::IncorrectCvc => "incorrect_cvc",
            Self::ProcessingError => "processing_error",
            Self::ChallengeFailed => "challenge_failed",
            Self::ChallengeImpossible => "challenge_impossible",
            Self::RiskBlock => "risk_block",
            Self::EveryCharge => "every_charge",
            Self::UnknownCard => "unknown_card",
        }
    }

    /// The answer it leads to. The network's codes are those of ISO 8583, field 39.
    pub(crate) fn decline(self, risk: RiskLevel) -> Decline {
        use DeclineCode::{
            AuthenticationRequired, CardDeclined, ExpiredCard, IncorrectCvc, ProcessingError,
        };
        let (code, decline_code, network_decline_code, advice_code) = match self {
            Self::Generic | Self::EveryCharge | Self::UnknownCard => {
                (CardDeclined, Some("generic_decline"), Some("05"), Some("try_again_later"))
            }
            Self::InsufficientFunds => {
                (CardDeclined, Some("insufficient_funds"), Some("51"), Some("try_again_later"))
            }
            Self::LostCard => {
                (CardDeclined, Some("lost_card"), Some("41"), Some("do_not_try_again"))
            }
            Self::StolenCard => {
                (CardDeclined, Some("stolen_card"), Some("43"), Some("do_not_try_again"))
            }
            Self::VelocityExceeded => {
                (CardDeclined, Some("card_velocity_exceeded"), Some("65"), Some("try_again_later"))
            }
            Self::Expired => (ExpiredCard, None, Some("54"), Some("do_not_try_again")),
            Self::IncorrectCvc => (IncorrectCvc, None, Some("82"), Some("confirm_card_data")),
            Self::ProcessingError => (ProcessingError, None, Some("96"), Some("try_again_later")),
            Self::ChallengeFailed => {
                (CardDeclined, Some("processing_error"), Some("96"), Some("try_again_later"))
            }
            Self::ChallengeImpossible => {
                (AuthenticationRequired, Some("authentication_required"), Some("1A"), None)
            }
            Self::RiskBlock => (CardDeclined, Some("fraudulent"), None, Some("do_not_try_again")),
        };
        let blocked_by_risk = self == Self::RiskBlock;
        Decline { code, decline_code, network_decline_code, advice_code, blocked_by_risk, risk }
    }
}

/// Finds a card by its digits.
pub(crate) fn by_number(number: &str) -> Option<&'static TestCard> {
    TABLE.iter().find(|card| card.number == number)
}

/// Finds a card by what the book calls it.
pub(crate) fn by_label(label: &str) -> Option<&'static TestCard> {
    TABLE.iter().chain(&means::CARDS).find(|card| card.label == label)
}

/// The label of a card that makes this approval of this call.
pub(crate) fn label_of(approved: &Approval, reference: Reference) -> Option<&'static str> {
    let card = TABLE.iter().chain(&means::CARDS).find(|card| {
        let behavior = card.behavior;
        let like = behavior.risk == approved.risk
            && approved.bypass_pending == (behavior.funds == Funds::AtOnce);
        like && facts(card.number) == approved.card
    })?;
    let plain = approval(card, reference);
    assert_eq!(plain.network_id, approved.network_id, "an approval follows from its call");
    Some(card.label)
}

/// What a number alone tells.
pub(crate) fn facts(number: &str) -> CardFacts {
    let brand = brand_of(number.as_bytes());
    match by_number(number) {
        Some(card) => CardFacts { brand, funding: card.funding, country: Some(card.country) },
        None => CardFacts { brand, funding: Funding::Unknown, country: None },
    }
}

/// What the issuer says to an authorization: an approval, or the ground for a decline.
pub(crate) enum Word {
    Approve { cvc: Check, line1: Check, postal: Check },
    Decline(Ground),
    Challenge,
}

/// Decides an authorization. The order of the checks is the order of those who make them: the
/// acquirer's risk rules, the issuer's look at the card, the holder's authentication, the account.
pub(crate) fn judge(
    seen: &CardSeen,
    verification: bool,
    authentication: Authentication,
    today: (i32, u8),
) -> Word {
    let Some(card) = seen.card else {
        return Word::Decline(Ground::UnknownCard);
    };
    let behavior = card.behavior;
    if behavior.ground == Some(Ground::RiskBlock) {
        return Word::Decline(Ground::RiskBlock);
    }
    if (i32::from(seen.exp_year), seen.exp_month) < today {
        return Word::Decline(Ground::Expired);
    }
    match (behavior.challenge, authentication) {
        (Challenge::FailsIfAsked, Authentication::Asked) => {
            return Word::Decline(Ground::ChallengeFailed);
        }
        (Challenge::IfAsked, Authentication::Asked) => return Word::Challenge,
        (Challenge::Never | Challenge::IfAsked | Challenge::FailsIfAsked, _)
        | (_, Authentication::Passed)
        | (Challenge::OnSession, Authentication::OffSession | Authentication::AgreedOffSession)
        | (Challenge::UntilAgreed, Authentication::Agreed | Authentication::AgreedOffSession) => {}
        (_, Authentication::None | Authentication::Agreed | Authentication::Asked) => {
            return Word::Challenge;
        }
        (Challenge::UntilAgreed | Challenge::Always, Authentication::OffSession)
        | (Challenge::Always, Authentication::AgreedOffSession) => {
            return Word::Decline(Ground::ChallengeImpossible);
        }
    }
    match behavior.ground {
        Some(Ground::IncorrectCvc) if seen.cvc == Given::No => {}
        Some(Ground::EveryCharge) if verification => {}
        Some(ground) => return Word::Decline(ground),
        None => {}
    }
    Word::Approve {
        // An issuer expects a code, so its absence is worth a word; an address is optional.
        cvc: match (seen.cvc, behavior.cvc) {
            (Given::No, _) | (Given::Yes, Rule::Unavailable) => Check::Unavailable,
            (Given::Yes, Rule::Matches) => Check::Pass,
            (Given::Yes, Rule::Fails) => Check::Fail,
        },
        line1: address_check(seen.line1, behavior.line1),
        postal: address_check(seen.postal_code, behavior.postal),
    }
}

/// A card made to fail a check fails it even when nothing was given, so that magic payment methods,
/// which come without an address, show what their names promise.
fn address_check(given: Given, rule: Rule) -> Check {
    match (rule, given) {
        (Rule::Matches, Given::Yes) => Check::Pass,
        (Rule::Matches, Given::No) => Check::None,
        (Rule::Fails, _) => Check::Fail,
        (Rule::Unavailable, _) => Check::Unavailable,
    }
}

/// An approval for a card, with the checks still to be filled in. What looks random follows from the
/// reference, so that a repeated call gets the same evidence.
pub(crate) fn approval(card: &TestCard, reference: Reference) -> Approval {
    let behavior = card.behavior;
    Approval {
        authorization_code: format!("{:06}", mix::draw(0, reference, "code") % 1_000_000),
        network_id: format!("{:015}", mix::draw(0, reference, "network") % 1_000_000_000_000_000),
        card: facts(card.number),
        cvc_check: Check::None,
        line1_check: Check::None,
        postal_check: Check::None,
        bypass_pending: behavior.funds == Funds::AtOnce,
        refund_pending: false,
        payment_pending: false,
        risk: behavior.risk,
    }
}

/// The answer that goes with a word.
pub(crate) fn answer(word: &Word, seen: &CardSeen, reference: Reference) -> Answer {
    match (word, seen.card) {
        (Word::Approve { cvc, line1, postal }, Some(card)) => Answer::Approved(Approval {
            cvc_check: *cvc,
            line1_check: *line1,
            postal_check: *postal,
            ..approval(card, reference)
        }),
        (Word::Decline(ground), card) => {
            let risk = card.map_or(RiskLevel::Normal, |card| card.behavior.risk);
            Answer::Declined(ground.decline(risk))
        }
        (Word::Challenge, _) => Answer::ActionRequired,
        (Word::Approve { .. }, None) => unreachable!("`judge` approves no unknown card"),
    }
}
