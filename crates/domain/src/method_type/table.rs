//! The table of kinds: data. Sources: the wire's published pages on payment methods, 2026. Where those
//! leave something open, the row says what was chosen and the API page lists it.

use super::Can::{CaptureLater, Dispute, Reuse};
use super::Need::{City, Country, Email, Line1, Mandate, Name, PostalCode, ReturnUrl, State};
use super::Part::{Account, Iban, Optional, Required};
use super::{Flow, MethodRow};

const EUR: &[&str] = &["eur"];
const DAY: u32 = 24 * 60;

/// Countries of the single euro payments area that the wire names for direct debits.
const SEPA: &[&str] = &[
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU",
    "IE", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// Approved elsewhere, then paid at once; half an hour is what banks' sessions last.
const REDIRECT: MethodRow = MethodRow {
    number: 0,
    wire: "",
    name: "",
    flow: Flow::Redirect,
    currencies: &[],
    countries: &[],
    can: &[],
    needs: &[ReturnUrl],
    parts: &[],
    refund_days: Some(180),
    settles_days: 0,
    lapses_minutes: 30,
};

/// A code on the screen that the payer's bank reads: nobody leaves the page.
const CODE: MethodRow = MethodRow { needs: &[], ..REDIRECT };

/// Taken from an account on the payer's word.
const DEBIT: MethodRow = MethodRow {
    flow: Flow::Delayed,
    can: &[Dispute, Reuse],
    needs: &[Name, Email, Mandate],
    lapses_minutes: 0,
    ..REDIRECT
};

/// Printed or copied, and paid at a counter or a bank.
const VOUCHER: MethodRow =
    MethodRow { flow: Flow::Voucher, needs: &[Name, Email], refund_days: None, ..REDIRECT };

/// Paid later by the payer, and at once by whoever lends it to them.
const LATER: MethodRow =
    MethodRow { can: &[CaptureLater, Dispute], lapses_minutes: 2 * DAY, ..REDIRECT };

/// Cards, of whatever brand or wallet.
pub(super) const CARD: MethodRow = MethodRow {
    number: 1,
    wire: "card",
    name: "Cards",
    flow: Flow::Immediate,
    can: &[CaptureLater, Dispute, Reuse],
    needs: &[],
    refund_days: Some(u16::MAX),
    lapses_minutes: 0,
    ..REDIRECT
};

/// Every kind. The order is that of lists on the wire.
pub static TABLE: [MethodRow; 36] = [
    CARD,
    MethodRow {
        number: 2,
        wire: "link",
        name: "Link",
        flow: Flow::Immediate,
        can: &[CaptureLater, Dispute, Reuse],
        needs: &[],
        lapses_minutes: 0,
        ..REDIRECT
    },
    // Wallets.
    MethodRow {
        number: 3,
        wire: "alipay",
        name: "Alipay",
        currencies: &["aud", "cad", "cny", "eur", "gbp", "hkd", "jpy", "myr", "nzd", "sgd", "usd"],
        countries: &["CN"],
        refund_days: Some(90),
        ..REDIRECT
    },
    MethodRow {
        number: 4,
        wire: "amazon_pay",
        name: "Amazon Pay",
        currencies: &[
            "aud", "chf", "dkk", "eur", "gbp", "hkd", "jpy", "nok", "nzd", "sek", "usd", "zar",
        ],
        can: &[CaptureLater, Dispute, Reuse],
        refund_days: Some(80),
        ..REDIRECT
    },
    MethodRow {
        number: 5,
        wire: "cashapp",
        name: "Cash App Pay",
        currencies: &["usd"],
        countries: &["US"],
        can: &[CaptureLater, Dispute, Reuse],
        ..REDIRECT
    },
    MethodRow {
        number: 6,
        wire: "grabpay",
        name: "GrabPay",
        currencies: &["myr", "sgd"],
        countries: &["MY", "SG"],
        refund_days: Some(90),
        ..REDIRECT
    },
    MethodRow {
        number: 7,
        wire: "kakao_pay",
        name: "Kakao Pay",
        currencies: &["krw"],
        countries: &["KR"],
        can: &[Reuse],
        refund_days: Some(365),
        ..REDIRECT
    },
    MethodRow {
        number: 8,
        wire: "mobilepay",
        name: "MobilePay",
        currencies: &["dkk", "eur", "nok", "sek"],
        countries: &["DK", "FI"],
        can: &[CaptureLater, Dispute],
        refund_days: Some(365),
        ..REDIRECT
    },
    MethodRow {
        number: 9,
        wire: "paypal",
        name: "PayPal",
        currencies: &[
            "aud", "cad", "chf", "czk", "dkk", "eur", "gbp", "hkd", "nok", "nzd", "pln", "sek",
            "sgd", "usd",
        ],
        can: &[CaptureLater, Dispute, Reuse],
        ..REDIRECT
    },
    MethodRow {
        number: 10,
        wire: "revolut_pay",
        name: "Revolut Pay",
        currencies: &["eur", "gbp", "ron", "huf", "pln", "dkk"],
        can: &[CaptureLater, Dispute, Reuse],
        ..REDIRECT
    },
    MethodRow {
        number: 11,
        wire: "wechat_pay",
        name: "WeChat Pay",
        currencies: &[
            "aud", "cad", "chf", "cny", "dkk", "eur", "gbp", "hkd", "jpy", "nok", "sek", "sgd",
            "usd",
        ],
        countries: &["CN"],
        lapses_minutes: 120,
        ..CODE
    },
    // Banks that ask their customer.
    MethodRow {
        number: 12,
        wire: "bancontact",
        name: "Bancontact",
        currencies: EUR,
        countries: &["BE"],
        needs: &[Name, ReturnUrl],
        ..REDIRECT
    },
    MethodRow {
        number: 13,
        wire: "blik",
        name: "BLIK",
        currencies: &["pln"],
        countries: &["PL"],
        can: &[Dispute],
        refund_days: Some(395),
        lapses_minutes: 1,
        ..CODE
    },
    MethodRow {
        number: 14,
        wire: "eps",
        name: "EPS",
        currencies: EUR,
        countries: &["AT"],
        needs: &[Name, ReturnUrl],
        parts: &[("bank", Optional)],
        ..REDIRECT
    },
    MethodRow {
        number: 15,
        wire: "fpx",
        name: "FPX",
        currencies: &["myr"],
        countries: &["MY"],
        parts: &[("account_holder_type", Optional), ("bank", Required)],
        refund_days: Some(60),
        ..REDIRECT
    },
    MethodRow {
        number: 16,
        wire: "ideal",
        name: "iDEAL",
        currencies: EUR,
        countries: &["NL"],
        parts: &[("bank", Optional)],
        ..REDIRECT
    },
    MethodRow {
        number: 17,
        wire: "p24",
        name: "Przelewy24",
        currencies: &["eur", "pln"],
        countries: &["PL"],
        needs: &[Email, ReturnUrl],
        parts: &[("bank", Optional)],
        ..REDIRECT
    },
    MethodRow {
        number: 18,
        wire: "twint",
        name: "TWINT",
        currencies: &["chf"],
        countries: &["CH"],
        can: &[CaptureLater],
        ..REDIRECT
    },
    // Debits, with the days that banks have to return them.
    MethodRow {
        number: 19,
        wire: "acss_debit",
        name: "Pre-authorized debit (Canada)",
        currencies: &["cad", "usd"],
        countries: &["CA"],
        parts: &[
            ("account_number", Account),
            ("institution_number", Required),
            ("transit_number", Required),
        ],
        settles_days: 5,
        ..DEBIT
    },
    MethodRow {
        number: 20,
        wire: "au_becs_debit",
        name: "BECS Direct Debit",
        currencies: &["aud"],
        countries: &["AU"],
        parts: &[("account_number", Account), ("bsb_number", Required)],
        refund_days: Some(90),
        settles_days: 3,
        ..DEBIT
    },
    MethodRow {
        number: 21,
        wire: "bacs_debit",
        name: "Bacs Direct Debit",
        currencies: &["gbp"],
        countries: &["GB"],
        needs: &[Name, Email, Line1, City, PostalCode, Country, Mandate],
        parts: &[("account_number", Account), ("sort_code", Required)],
        settles_days: 3,
        ..DEBIT
    },
    MethodRow {
        number: 22,
        wire: "nz_bank_account",
        name: "BECS Direct Debit (New Zealand)",
        currencies: &["nzd"],
        countries: &["NZ"],
        parts: &[
            ("account_holder_name", Optional),
            ("account_number", Account),
            ("bank_code", Required),
            ("branch_code", Required),
            ("suffix", Required),
        ],
        refund_days: Some(90),
        settles_days: 2,
        ..DEBIT
    },
    MethodRow {
        number: 23,
        wire: "sepa_debit",
        name: "SEPA Direct Debit",
        currencies: EUR,
        countries: SEPA,
        parts: &[("iban", Iban)],
        settles_days: 5,
        ..DEBIT
    },
    MethodRow {
        number: 24,
        wire: "us_bank_account",
        name: "ACH Direct Debit",
        currencies: &["usd"],
        countries: &["US"],
        needs: &[Name, Mandate],
        parts: &[
            ("account_holder_type", Required),
            ("account_number", Account),
            ("account_type", Optional),
            ("routing_number", Required),
        ],
        settles_days: 4,
        ..DEBIT
    },
    // Vouchers and transfers.
    MethodRow {
        number: 25,
        wire: "boleto",
        name: "Boleto",
        currencies: &["brl"],
        countries: &["BR"],
        needs: &[Name, Email, Line1, City, State, PostalCode, Country],
        parts: &[("tax_id", Required)],
        lapses_minutes: 3 * DAY,
        ..VOUCHER
    },
    MethodRow {
        number: 26,
        wire: "konbini",
        name: "Konbini",
        currencies: &["jpy"],
        countries: &["JP"],
        refund_days: Some(180),
        lapses_minutes: 3 * DAY,
        ..VOUCHER
    },
    MethodRow {
        number: 27,
        wire: "multibanco",
        name: "Multibanco",
        currencies: EUR,
        countries: &["PT"],
        needs: &[Email],
        refund_days: Some(180),
        lapses_minutes: 7 * DAY,
        ..VOUCHER
    },
    MethodRow {
        number: 28,
        wire: "oxxo",
        name: "OXXO",
        currencies: &["mxn"],
        countries: &["MX"],
        lapses_minutes: 3 * DAY,
        ..VOUCHER
    },
    // From account to account, by a code.
    MethodRow {
        number: 29,
        wire: "paynow",
        name: "PayNow",
        currencies: &["sgd"],
        countries: &["SG"],
        refund_days: Some(90),
        lapses_minutes: 60,
        ..CODE
    },
    MethodRow {
        number: 30,
        wire: "pix",
        name: "Pix",
        currencies: &["brl"],
        countries: &["BR"],
        refund_days: Some(90),
        lapses_minutes: DAY,
        ..CODE
    },
    MethodRow {
        number: 31,
        wire: "promptpay",
        name: "PromptPay",
        currencies: &["thb"],
        countries: &["TH"],
        needs: &[Email],
        lapses_minutes: DAY,
        ..CODE
    },
    MethodRow {
        number: 32,
        wire: "swish",
        name: "Swish",
        currencies: &["sek"],
        countries: &["SE"],
        refund_days: Some(365),
        lapses_minutes: 3,
        ..REDIRECT
    },
    MethodRow {
        number: 33,
        wire: "upi",
        name: "UPI",
        currencies: &["inr"],
        countries: &["IN"],
        can: &[Dispute],
        lapses_minutes: 5,
        ..CODE
    },
    // Bought now, paid later.
    MethodRow {
        number: 34,
        wire: "affirm",
        name: "Affirm",
        currencies: &["cad", "usd"],
        countries: &["CA", "US"],
        refund_days: Some(120),
        ..LATER
    },
    MethodRow {
        number: 35,
        wire: "afterpay_clearpay",
        name: "Afterpay and Clearpay",
        currencies: &["aud", "cad", "gbp", "nzd", "usd"],
        countries: &["AU", "CA", "GB", "NZ", "US"],
        needs: &[Name, Email, Line1, City, PostalCode, Country, ReturnUrl],
        refund_days: Some(120),
        ..LATER
    },
    MethodRow {
        number: 36,
        wire: "klarna",
        name: "Klarna",
        currencies: &[
            "aud", "cad", "chf", "czk", "dkk", "eur", "gbp", "nok", "nzd", "pln", "ron", "sek",
            "usd",
        ],
        needs: &[Email, Country, ReturnUrl],
        ..LATER
    },
];
