//! What each kind of method looks like on the wire: its own hash in three places.
//!
//! Read from the types that the official library gives for these objects. One line per kind; what is
//! written is found in the method, its charge or its intent, never decided here.

use farthing_core::time::TimestampMs;
use farthing_domain::method::PaymentMethod;

use super::json::Object;

/// Where a field's value comes from.
#[derive(Clone, Copy)]
enum Of {
    Null,
    /// The same word for everybody.
    Word(&'static str),
    /// What is JSON already.
    Json(&'static str),
    /// What was said of the method under the same name.
    Part,
    /// The same, or else a word.
    PartOr(&'static str),
    Last4,
    Fingerprint,
    Country,
    Email,
    /// The network's number of the movement.
    Movement,
}

use Of::{Country, Email, Fingerprint, Json, Last4, Movement, Null, Part, PartOr, Word};

type Shape = &'static [(&'static str, Of)];

/// What a method's own hash holds, and a charge's.
const HASHES: &[(&str, Shape, Shape)] = &[
    (
        "acss_debit",
        &[
            ("bank_name", Null),
            ("fingerprint", Fingerprint),
            ("institution_number", Part),
            ("last4", Last4),
            ("transit_number", Part),
        ],
        &[
            ("bank_name", Null),
            ("fingerprint", Fingerprint),
            ("institution_number", Part),
            ("last4", Last4),
            ("transit_number", Part),
        ],
    ),
    ("affirm", &[], &[("transaction_id", Movement)]),
    ("afterpay_clearpay", &[], &[("order_id", Movement), ("reference", Movement)]),
    ("alipay", &[], &[("fingerprint", Null), ("transaction_id", Movement)]),
    ("amazon_pay", &[], &[("transaction_id", Movement)]),
    (
        "au_becs_debit",
        &[("bsb_number", Part), ("fingerprint", Fingerprint), ("last4", Last4)],
        &[("bsb_number", Part), ("fingerprint", Fingerprint), ("last4", Last4)],
    ),
    (
        "bacs_debit",
        &[("fingerprint", Fingerprint), ("last4", Last4), ("sort_code", Part)],
        &[("fingerprint", Fingerprint), ("last4", Last4), ("mandate", Null), ("sort_code", Part)],
    ),
    (
        "bancontact",
        &[],
        &[
            ("bank_code", Null),
            ("bank_name", Null),
            ("bic", Null),
            ("generated_sepa_debit", Null),
            ("generated_sepa_debit_mandate", Null),
            ("iban_last4", Null),
            ("preferred_language", Word("en")),
            ("verified_name", Null),
        ],
    ),
    ("blik", &[("buyer_id", Null)], &[("buyer_id", Null)]),
    ("boleto", &[("tax_id", Part)], &[("tax_id", Part)]),
    (
        "cashapp",
        &[("buyer_id", Null), ("cashtag", Null)],
        &[("buyer_id", Null), ("cashtag", Null), ("transaction_id", Movement)],
    ),
    ("eps", &[("bank", Part)], &[("bank", Part), ("verified_name", Null)]),
    (
        "fpx",
        &[("account_holder_type", Part), ("bank", Part)],
        &[("account_holder_type", Part), ("bank", Part), ("transaction_id", Movement)],
    ),
    ("grabpay", &[], &[("transaction_id", Movement)]),
    (
        "ideal",
        &[("bank", Part), ("bic", Null)],
        &[
            ("bank", Part),
            ("bic", Null),
            ("generated_sepa_debit", Null),
            ("generated_sepa_debit_mandate", Null),
            ("iban_last4", Null),
            ("transaction_id", Movement),
            ("verified_name", Null),
        ],
    ),
    ("kakao_pay", &[], &[("buyer_id", Null), ("transaction_id", Movement)]),
    (
        "klarna",
        &[("dob", Null)],
        &[
            ("payer_details", Null),
            ("payment_method_category", Word("pay_later")),
            ("preferred_locale", Word("en-US")),
        ],
    ),
    ("konbini", &[], &[("store", Json(r#"{"chain":"lawson"}"#))]),
    ("link", &[("email", Email)], &[("country", Null)]),
    ("mobilepay", &[], &[("card", Null)]),
    ("multibanco", &[], &[("entity", Word("12345")), ("reference", Movement)]),
    (
        "nz_bank_account",
        &[
            ("account_holder_name", Part),
            ("bank_code", Part),
            ("bank_name", Word("Test Bank")),
            ("branch_code", Part),
            ("last4", Last4),
            ("suffix", Part),
        ],
        &[
            ("account_holder_name", Part),
            ("bank_code", Part),
            ("bank_name", Word("Test Bank")),
            ("branch_code", Part),
            ("last4", Last4),
            ("suffix", Part),
        ],
    ),
    ("oxxo", &[], &[("number", Movement)]),
    ("p24", &[("bank", Part)], &[("bank", Part), ("reference", Movement), ("verified_name", Null)]),
    ("paynow", &[], &[("reference", Movement)]),
    (
        "paypal",
        &[("country", Null), ("payer_email", Email), ("payer_id", Null)],
        &[
            ("country", Null),
            ("payer_email", Email),
            ("payer_id", Null),
            ("payer_name", Null),
            ("seller_protection", Null),
            ("transaction_id", Movement),
        ],
    ),
    ("pix", &[("fingerprint", Null)], &[("bank_transaction_id", Movement), ("fingerprint", Null)]),
    ("promptpay", &[], &[("reference", Movement)]),
    ("revolut_pay", &[], &[("transaction_id", Movement)]),
    (
        "sepa_debit",
        &[
            ("bank_code", Part),
            ("branch_code", Null),
            ("country", Country),
            ("fingerprint", Fingerprint),
            ("generated_from", Json(r#"{"charge":null,"setup_attempt":null}"#)),
            ("last4", Last4),
        ],
        &[
            ("bank_code", Part),
            ("branch_code", Null),
            ("country", Country),
            ("fingerprint", Fingerprint),
            ("last4", Last4),
            ("mandate", Null),
        ],
    ),
    (
        "swish",
        &[],
        &[("fingerprint", Null), ("payment_reference", Movement), ("verified_phone_last4", Null)],
    ),
    ("twint", &[], &[]),
    ("upi", &[("vpa", Null)], &[("vpa", Null)]),
    (
        "us_bank_account",
        &[
            ("account_holder_type", Part),
            ("account_type", PartOr("checking")),
            ("bank_name", Word("TEST BANK")),
            ("financial_connections_account", Null),
            ("fingerprint", Fingerprint),
            ("last4", Last4),
            ("networks", Json(r#"{"preferred":"ach","supported":["ach"]}"#)),
            ("routing_number", Part),
            ("status_details", Json("{}")),
        ],
        &[
            ("account_holder_type", Part),
            ("account_type", PartOr("checking")),
            ("bank_name", Word("TEST BANK")),
            ("fingerprint", Fingerprint),
            ("last4", Last4),
            ("payment_reference", Movement),
            ("routing_number", Part),
        ],
    ),
    ("wechat_pay", &[], &[("fingerprint", Null), ("transaction_id", Movement)]),
];

/// A method's own hash, under its kind's name.
pub fn method(out: &mut Object<'_>, row: &PaymentMethod) {
    let shape = HASHES.iter().find(|(wire, ..)| *wire == row.kind.wire).map(|(_, own, _)| *own);
    hash(out, (row, None), shape.unwrap_or_default());
}

/// A charge's details, under its kind's name, with the network's number of the movement.
pub fn details(out: &mut Object<'_>, row: &PaymentMethod, movement: Option<&str>) {
    let shape = HASHES.iter().find(|(wire, ..)| *wire == row.kind.wire).map(|(.., own)| *own);
    hash(out, (row, movement), shape.unwrap_or_default());
}

fn hash(out: &mut Object<'_>, (row, movement): (&PaymentMethod, Option<&str>), shape: Shape) {
    let some = |text: &'static str| Some(text).filter(|text| !text.is_empty());
    out.object(row.kind.wire, |out| {
        for (name, from) in shape {
            let part = || row.parts.get(*name).map(String::as_str);
            match from {
                Null => out.null(name),
                Word(word) => out.text(name, word),
                Json(json) => out.raw(name, json.as_bytes()),
                Part => out.maybe_text(name, part()),
                PartOr(word) => out.maybe_text(name, part().or(some(word))),
                Last4 => out.text(name, &row.card.last4),
                Fingerprint => out.text(name, &row.card.fingerprint),
                Country => out.maybe_text(name, row.card.country.as_deref()),
                Email => out.maybe_text(name, row.billing.email.as_deref()),
                Movement => out.maybe_text(name, movement),
            }
        }
    });
}

/// Where a field of a next action comes from.
#[derive(Clone, Copy)]
enum Shown {
    Nothing,
    /// The page of the server's own where the payer acts or reads what to do.
    Page,
    /// Where the payer goes afterwards.
    Back,
    /// Until when.
    Until,
    /// So many digits that name this payment.
    Digits(usize),
    /// The same word for everybody.
    Fixed(&'static str),
    /// A code and until when it is good.
    Code,
    /// What each chain of shops wants to be shown.
    Shops,
}

/// A type's action: the type, the action's name, and its fields in the order of the alphabet.
type Action = (&'static str, &'static str, &'static [(&'static str, Shown)]);

/// A code to scan, and the page that stands for it.
const QR_CODE: &[(&str, Shown)] = &[
    ("data", Shown::Page),
    ("hosted_instructions_url", Shown::Page),
    ("image_url_png", Shown::Page),
    ("image_url_svg", Shown::Page),
];

/// What the payer must do, where that is not the usual redirect.
const ACTIONS: &[Action] = &[
    (
        "alipay",
        "alipay_handle_redirect",
        &[
            ("native_data", Shown::Nothing),
            ("native_url", Shown::Nothing),
            ("return_url", Shown::Back),
            ("url", Shown::Page),
        ],
    ),
    ("blik", "blik_authorize", &[("url", Shown::Page)]),
    (
        "boleto",
        "boleto_display_details",
        &[
            ("expires_at", Shown::Until),
            ("hosted_voucher_url", Shown::Page),
            ("number", Shown::Digits(47)),
            ("pdf", Shown::Page),
        ],
    ),
    (
        "cashapp",
        "cashapp_handle_redirect_or_display_qr_code",
        &[
            ("hosted_instructions_url", Shown::Page),
            ("mobile_auth_url", Shown::Page),
            ("qr_code", Shown::Code),
        ],
    ),
    (
        "konbini",
        "konbini_display_details",
        &[
            ("expires_at", Shown::Until),
            ("hosted_voucher_url", Shown::Page),
            ("stores", Shown::Shops),
        ],
    ),
    (
        "multibanco",
        "multibanco_display_details",
        &[
            ("entity", Shown::Fixed("12345")),
            ("expires_at", Shown::Until),
            ("hosted_voucher_url", Shown::Page),
            ("reference", Shown::Digits(9)),
        ],
    ),
    (
        "oxxo",
        "oxxo_display_details",
        &[
            ("expires_after", Shown::Until),
            ("hosted_voucher_url", Shown::Page),
            ("number", Shown::Digits(32)),
        ],
    ),
    ("paynow", "paynow_display_qr_code", QR_CODE),
    (
        "pix",
        "pix_display_qr_code",
        &[
            ("data", Shown::Page),
            ("expires_at", Shown::Until),
            ("hosted_instructions_url", Shown::Page),
            ("image_url_png", Shown::Page),
            ("image_url_svg", Shown::Page),
        ],
    ),
    ("promptpay", "promptpay_display_qr_code", QR_CODE),
    (
        "swish",
        "swish_handle_redirect_or_display_qr_code",
        &[
            ("hosted_instructions_url", Shown::Page),
            ("mobile_auth_url", Shown::Page),
            ("qr_code", Shown::Code),
        ],
    ),
    (
        "upi",
        "upi_handle_redirect_or_display_qr_code",
        &[("hosted_instructions_url", Shown::Page), ("qr_code", Shown::Code)],
    ),
    (
        "wechat_pay",
        "wechat_pay_display_qr_code",
        &[
            ("data", Shown::Page),
            ("hosted_instructions_url", Shown::Page),
            ("image_data_url", Shown::Page),
            ("image_url_png", Shown::Page),
            ("image_url_svg", Shown::Page),
        ],
    ),
];

/// What a payer must do now.
#[derive(Debug)]
pub struct Todo<'t> {
    /// The page of the server's own.
    pub page: &'t str,
    /// Where the payer goes afterwards.
    pub back: Option<&'t str>,
    /// Until when.
    pub until: Option<TimestampMs>,
    /// What names this payment, for the digits of vouchers.
    pub name: &'t [u8],
}

/// Writes the next action of a kind that has one of its own; says whether there is one.
pub fn action(out: &mut Object<'_>, wire: &str, todo: &Todo<'_>) -> bool {
    let Some((_, word, shape)) = ACTIONS.iter().find(|(kind, ..)| *kind == wire) else {
        return false;
    };
    let fields = |out: &mut Object<'_>| {
        for (name, shown) in *shape {
            match shown {
                Shown::Nothing => out.null(name),
                Shown::Page => out.text(name, todo.page),
                Shown::Back => out.maybe_text(name, todo.back),
                Shown::Until => out.maybe_int(name, todo.until.map(TimestampMs::seconds)),
                Shown::Digits(count) => out.text(name, &digits(todo.name, *count)),
                Shown::Fixed(word) => out.text(name, word),
                Shown::Code => out.object(name, |out| code(out, todo)),
                Shown::Shops => out.object(name, |out| shops(out, todo)),
            }
        }
    };
    out.object("next_action", |out| {
        out.object(word, fields);
        out.plain("type", word);
    });
    true
}

fn code(out: &mut Object<'_>, todo: &Todo<'_>) {
    out.int("expires_at", todo.until.map_or(0, TimestampMs::seconds));
    out.text("image_url_png", todo.page);
    out.text("image_url_svg", todo.page);
}

fn shops(out: &mut Object<'_>, todo: &Todo<'_>) {
    for shop in ["familymart", "lawson", "ministop", "seicomart"] {
        out.object(shop, |out| {
            out.text("confirmation_number", &digits(todo.name, 11));
            out.text("payment_code", &digits(todo.name, 12));
        });
    }
}

/// Digits that follow from a payment's name.
pub fn digits(name: &[u8], count: usize) -> String {
    let mut state: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in name {
        state = (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let mut digits = String::with_capacity(count);
    while digits.len() < count {
        state = (state ^ (state >> 29)).wrapping_mul(0x0100_0000_01b3).wrapping_add(1);
        let digit = u8::try_from((state >> 33) % 10).unwrap_or(0);
        digits.push(char::from(b'0' + digit));
    }
    digits
}

#[cfg(test)]
mod tests {
    use farthing_domain::method_type::{Flow, MethodType, Need};

    use super::*;

    #[test]
    fn every_kind_has_its_shapes() {
        for kind in MethodType::all().filter(|kind| *kind != MethodType::CARD) {
            assert!(HASHES.iter().any(|(wire, ..)| *wire == kind.wire), "{kind:?}");
            let own = ACTIONS.iter().any(|(wire, ..)| *wire == kind.wire);
            let acts = matches!(kind.flow, Flow::Redirect | Flow::Voucher);
            // Whoever is not sent to a page and back needs to be told something else.
            assert!(!acts || own || kind.needs(Need::ReturnUrl), "{kind:?}");
        }
    }
}
