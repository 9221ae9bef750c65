//! The table of test cards: one line per card.

use crate::answer::{Funding, RiskLevel};
use crate::simulator::cards::{After, Behavior, Challenge, Funds, Ground, Rule, TestCard};

use Funding::{Credit, Debit, Prepaid};

const PLAIN: Behavior = Behavior {
    challenge: Challenge::Never,
    ground: None,
    cvc: Rule::Matches,
    line1: Rule::Matches,
    postal: Rule::Matches,
    risk: RiskLevel::Normal,
    after: After::Nothing,
    increment: None,
    funds: Funds::Usual,
};
const AT_ONCE: Behavior = Behavior { funds: Funds::AtOnce, ..PLAIN };
const CHALLENGED: Behavior = Behavior { challenge: Challenge::Always, ..PLAIN };

const fn declines(ground: Ground) -> Behavior {
    Behavior { ground: Some(ground), ..PLAIN }
}

const fn challenged_then(ground: Ground) -> Behavior {
    Behavior { ground: Some(ground), ..CHALLENGED }
}

const fn then(after: After) -> Behavior {
    Behavior { after, ..PLAIN }
}

const fn holds_no_more(ground: Ground) -> Behavior {
    Behavior { increment: Some(ground), ..PLAIN }
}

const fn checks(cvc: Rule, line1: Rule, postal: Rule) -> Behavior {
    Behavior { cvc, line1, postal, ..PLAIN }
}

/// A Visa credit card of the United States that behaves in its own way.
const fn us(
    number: &'static str,
    label: &'static str,
    names: &'static [&'static str],
    behavior: Behavior,
) -> TestCard {
    TestCard { number, label, names, funding: Credit, country: "US", behavior }
}

/// A card that simply works.
const fn plain(
    number: &'static str,
    label: &'static str,
    names: &'static [&'static str],
    funding: Funding,
    country: &'static str,
) -> TestCard {
    TestCard { number, label, names, funding, country, behavior: PLAIN }
}

/// Every test card. Numbers and labels are unique; a number may have several names.
#[rustfmt::skip]
pub(crate) static TABLE: &[TestCard] = &[
    // Brands.
    plain("4242424242424242", "visa", &["visa", "us"], Credit, "US"),
    plain("4000056655665556", "visa_debit", &["visa_debit"], Debit, "US"),
    plain("5555555555554444", "mastercard", &["mastercard"], Credit, "US"),
    plain("2223003122003222", "mastercard_2_series", &[], Credit, "US"),
    plain("5200828282828210", "mastercard_debit", &["mastercard_debit"], Debit, "US"),
    plain("5105105105105100", "mastercard_prepaid", &["mastercard_prepaid"], Prepaid, "US"),
    plain("378282246310005", "amex", &["amex", "amex_threeDSecureNotSupported"], Credit, "US"),
    plain("371449635398431", "amex_2", &[], Credit, "US"),
    plain("6011111111111117", "discover", &["discover"], Credit, "US"),
    plain("6011000990139424", "discover_2", &[], Credit, "US"),
    plain("6011981111111113", "discover_debit", &[], Debit, "US"),
    plain("3056930009020004", "diners", &["diners"], Credit, "US"),
    plain("36227206271667", "diners_14_digits", &[], Credit, "US"),
    plain("3566002020360505", "jcb", &["jcb"], Credit, "JP"),
    plain("6200000000000005", "unionpay", &["unionpay"], Credit, "CN"),
    plain("6200000000000047", "unionpay_debit", &[], Debit, "CN"),
    plain("6205500000000000004", "unionpay_19_digits", &[], Credit, "CN"),
    plain("6555900000604105", "bccard", &[], Credit, "KR"),
    // Declines.
    us("4000000000000002", "chargeDeclined", &["visa_chargeDeclined", "chargeDeclined"], declines(Ground::Generic)),
    us("4000000000009995", "chargeDeclinedInsufficientFunds", &["visa_chargeDeclinedInsufficientFunds"], declines(Ground::InsufficientFunds)),
    us("4000000000009987", "chargeDeclinedLostCard", &["visa_chargeDeclinedLostCard"], declines(Ground::LostCard)),
    us("4000000000009979", "chargeDeclinedStolenCard", &["visa_chargeDeclinedStolenCard"], declines(Ground::StolenCard)),
    us("4000000000000069", "chargeDeclinedExpiredCard", &["chargeDeclinedExpiredCard"], declines(Ground::Expired)),
    us("4000000000000127", "chargeDeclinedIncorrectCvc", &["chargeDeclinedIncorrectCvc"], declines(Ground::IncorrectCvc)),
    us("4000000000000119", "chargeDeclinedProcessingError", &["chargeDeclinedProcessingError"], declines(Ground::ProcessingError)),
    us("4000000000006975", "chargeDeclinedVelocityLimitExceeded", &["visa_chargeDeclinedVelocityLimitExceeded"], declines(Ground::VelocityExceeded)),
    us("4000000000000341", "chargeCustomerFail", &["chargeCustomerFail"], declines(Ground::EveryCharge)),
    us("4000000000025058", "incrementDeclined", &["incrementDeclined"], holds_no_more(Ground::InsufficientFunds)),
    // Risk. Whether the highest level is blocked is a rule of the merchant's, so it passes here.
    us("4100000000000019", "radarBlock", &["radarBlock"], Behavior { risk: RiskLevel::Highest, ..declines(Ground::RiskBlock) }),
    us("4000000000004954", "riskLevelHighest", &["riskLevelHighest"], Behavior { risk: RiskLevel::Highest, ..PLAIN }),
    us("4000000000009235", "riskLevelElevated", &["riskLevelElevated"], Behavior { risk: RiskLevel::Elevated, ..PLAIN }),
    // Checks.
    us("4000000000000101", "cvcCheckFail", &["cvcCheckFail"], checks(Rule::Fails, Rule::Matches, Rule::Matches)),
    us("4000000000000036", "avsZipFail", &["avsZipFail"], checks(Rule::Matches, Rule::Matches, Rule::Fails)),
    us("4000000000000028", "avsLine1Fail", &["avsLine1Fail"], checks(Rule::Matches, Rule::Fails, Rule::Matches)),
    us("4000000000000010", "avsFail", &["avsFail"], checks(Rule::Matches, Rule::Fails, Rule::Fails)),
    us("4000000000000044", "avsUnchecked", &["avsUnchecked"], checks(Rule::Matches, Rule::Unavailable, Rule::Unavailable)),
    // What comes later.
    us("4000000000000259", "createDispute", &["createDispute"], then(After::DisputeFraudulent)),
    us("4000000000002685", "createDisputeProductNotReceived", &["createDisputeProductNotReceived"], then(After::DisputeNotReceived)),
    us("4000000000001976", "createDisputeInquiry", &["createDisputeInquiry"], then(After::DisputeInquiry)),
    us("4000000000005423", "createIssuerFraudRecord", &["createIssuerFraudRecord"], then(After::FraudWarning)),
    us("4000000404000079", "createMultipleDisputes", &["createMultipleDisputes"], then(After::DisputeTwice)),
    us("4000000000007726", "pendingRefund", &["pendingRefund"], then(After::RefundPends)),
    us("4000000000005126", "refundFail", &["refundFail"], then(After::RefundFails)),
    us("4000000000000077", "bypassPending", &["bypassPending"], AT_ONCE),
    TestCard { number: "4000003720000278", label: "bypassPendingInternational", names: &["bypassPendingInternational"], funding: Credit, country: "IE", behavior: AT_ONCE },
    // Authentication. Whether a card was set up for later use is what the caller says.
    us("4000002500003155", "authenticationRequiredOnSetup", &["authenticationRequiredOnSetup"], Behavior { challenge: Challenge::UntilAgreed, ..PLAIN }),
    us("4000002760003184", "authenticationRequired", &["authenticationRequired"], CHALLENGED),
    us("4000003800000446", "authenticationRequiredSetupForOffSession", &["authenticationRequiredSetupForOffSession"], Behavior { challenge: Challenge::OnSession, ..PLAIN }),
    us("4000008260003178", "authenticationRequiredChargeDeclinedInsufficientFunds", &["authenticationRequiredChargeDeclinedInsufficientFunds"], challenged_then(Ground::InsufficientFunds)),
    us("4000000000003220", "threeDSecure2Required", &["threeDSecure2Required"], CHALLENGED),
    us("4000000000003063", "threeDSecureRequired", &["threeDSecureRequired"], CHALLENGED),
    us("4000008400000027", "threeDSecureRequired_2", &[], CHALLENGED),
    us("4000008400001629", "threeDSecureRequiredChargeDeclined", &["threeDSecureRequiredChargeDeclined"], challenged_then(Ground::Generic)),
    us("4000008400001280", "threeDSecureRequiredProcessingError", &["threeDSecureRequiredProcessingError"], declines(Ground::ChallengeFailed)),
    us("4000000000003055", "threeDSecureOptional", &["threeDSecureOptional"], Behavior { challenge: Challenge::IfAsked, ..PLAIN }),
    us("4000000000003097", "threeDSecureOptionalProcessingError", &["threeDSecureOptionalProcessingError"], Behavior { challenge: Challenge::FailsIfAsked, ..PLAIN }),
    us("4000000032200000", "threeDSecureFrictionless", &[], PLAIN),
    us("4000582600000094", "mobileChallenge_1", &[], CHALLENGED),
    us("4000582600000045", "mobileChallenge_2", &[], CHALLENGED),
    us("4000582600000102", "mobileChallenge_3", &[], CHALLENGED),
    us("4000582600000110", "mobileChallenge_4", &[], CHALLENGED),
    // Countries.
    plain("4000001240000000", "ca", &["ca"], Credit, "CA"),
    plain("4000008260000000", "gb", &["gb"], Credit, "GB"),
    plain("4000058260000005", "gb_debit", &["gb_debit"], Debit, "GB"),
    plain("5555558265554449", "gb_mastercard", &["gb_mastercard"], Credit, "GB"),
    plain("4000002500000003", "fr", &["fr"], Credit, "FR"),
    plain("4000002760000016", "de", &["de"], Credit, "DE"),
    plain("4000007240000007", "es", &["es"], Credit, "ES"),
    plain("4000000360000006", "au", &["au"], Credit, "AU"),
    plain("4000003920000003", "jp", &["jp"], Credit, "JP"),
    plain("3530111333300000", "jp_jcb", &["jp_jcb"], Credit, "JP"),
    plain("4000007020000003", "sg", &["sg"], Credit, "SG"),
    plain("4000003560000008", "in", &["in"], Credit, "IN"),
    plain("4000000760000002", "br", &["br"], Credit, "BR"),
    plain("4000004840008001", "mx", &["mx"], Credit, "MX"),
    plain("4000000320000021", "ar", &["ar"], Credit, "AR"),
    plain("4000001560000002", "cn", &["cn"], Credit, "CN"),
];
