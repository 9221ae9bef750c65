//! Methods that are no cards: from a request's parameters to a method, and from that to a call.
//!
//! The number of an account goes to the network and comes back as the network's own name for it: what is
//! stored are its last four digits and a keyed fingerprint. Which parts a kind has says its row.

use std::sync::LazyLock;

use farthing_acquirer::{Acquirer as _, PayCall, Steps};
use farthing_core::id::{PaymentMethodId, base62};
use farthing_domain::acquirer::Acquirer;
use farthing_domain::attempt::{Attempt, Call};
use farthing_domain::command::CreateMethod;
use farthing_domain::method::{Card, NETWORK_NAME, PaymentMethod};
use farthing_domain::method_type::{Flow, MethodType, Need, Part};
use farthing_domain::object::{Billing, Metadata};

use crate::card::Around;
use crate::error::{ApiError, Problem};
use crate::params::Params;
use crate::request::ApiRequest;
use crate::{entropy, translate};

/// Characters of a part that is a word.
const WORD_CHARS: usize = 100;
/// Characters of a fingerprint.
const FINGERPRINT_CHARS: usize = 16;

/// The names of all kinds, each of which may be the name of a parameter.
pub static NAMES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| MethodType::all().map(|kind| kind.wire).collect());

/// The kind that `type` names.
///
/// # Errors
/// None is named, or one that there is not.
pub fn kind(params: &Params<'_>) -> Result<MethodType, ApiError> {
    let words: Vec<(&str, MethodType)> = MethodType::all().map(|kind| (kind.wire, kind)).collect();
    params.choice("type", &words)?.ok_or_else(|| params.missing("type"))
}

/// A new method of a kind, from the level of the parameters that has its `type`.
///
/// # Errors
/// Parts that are missing or wrong; parts of another kind; what the kind needs of its payer.
pub fn typed(
    request: &ApiRequest,
    params: &Params<'_>,
    (kind, around): (MethodType, Around),
) -> Result<CreateMethod, ApiError> {
    let Around { billing, metadata, redisplay } = around;
    if let Some(other) = NAMES.iter().find(|name| **name != kind.wire && params.has(name)) {
        return Err(Problem::UnknownParameter { name: params.full(other) }.into());
    }
    complete(kind, &billing)?;
    let (card, parts) = parts(request, params, kind)?;
    let id = PaymentMethodId::new(request.now, entropy::bytes());
    Ok(CreateMethod { id, kind, card, parts, billing, sealed: Vec::new(), metadata, redisplay })
}

/// What a debit needs of its payer is asked for when the account is given, and not only when it is
/// charged.
fn complete(kind: MethodType, billing: &Billing) -> Result<(), ApiError> {
    let missing = |name: &str| -> ApiError {
        Problem::MissingParameter { name: format!("billing_details[{name}]") }.into()
    };
    let asked = kind.parts.iter().any(|(_, part)| matches!(part, Part::Account | Part::Iban));
    if asked && kind.needs(Need::Name) && billing.name.is_none() {
        return Err(missing("name"));
    }
    if asked && kind.needs(Need::Email) && billing.email.is_none() {
        return Err(missing("email"));
    }
    Ok(())
}

fn parts(
    request: &ApiRequest,
    params: &Params<'_>,
    kind: MethodType,
) -> Result<(Card, Metadata), ApiError> {
    let known: Vec<&str> = kind.parts.iter().map(|(name, _)| *name).collect();
    let mut outer = String::new();
    let (mut card, mut parts) = (Card::none(), Metadata::new());
    let given = params.map(kind.wire, &mut outer, &known)?;
    for (name, part) in kind.parts {
        let text = match &given {
            Some(given) => given.note(name, WORD_CHARS)?,
            None => None,
        };
        let full = format!("{}[{name}]", params.full(kind.wire));
        match (part, text) {
            (Part::Optional, None) => {}
            (_, None) => return Err(Problem::MissingParameter { name: full }.into()),
            (Part::Required | Part::Optional, Some(text)) => {
                parts.insert((*name).to_owned(), text);
            }
            (Part::Account, Some(text)) => {
                let number = digits(&text).ok_or(Problem::AccountNumber { name: full })?;
                account(request, (kind, &number), (&mut card, &mut parts));
            }
            (Part::Iban, Some(text)) => {
                let number = iban(&text).ok_or(Problem::AccountNumber { name: full.clone() })?;
                let country = number.get(..2).unwrap_or_default().to_owned();
                if !kind.reaches(&country) {
                    return Err(Problem::AccountElsewhere { name: full, country }.into());
                }
                account(request, (kind, &number), (&mut card, &mut parts));
                card.country = Some(country);
                if let Some(bank) = bank_code(&number) {
                    parts.insert("bank_code".to_owned(), bank.to_owned());
                }
            }
        }
    }
    Ok((card, parts))
}

/// Shows an account's number to the network and keeps what may be kept.
fn account(
    request: &ApiRequest,
    (kind, number): (MethodType, &str),
    (card, parts): (&mut Card, &mut Metadata),
) {
    let app = &request.app;
    let named = format!("account {} {} {number}", request.tenant.raw(), kind.wire);
    let keyed = app.vault.fingerprint(named.as_bytes());
    number.get(number.len().saturating_sub(4)..).unwrap_or_default().clone_into(&mut card.last4);
    card.fingerprint = base62(&keyed, FINGERPRINT_CHARS);
    // By an account only the first acquirer is asked for funds.
    let way = app.acquirers.at(Acquirer::FIRST).unwrap_or(app.acquirers.principal());
    parts.insert(NETWORK_NAME.to_owned(), way.network.account(number).name);
}

/// Four digits at least; spaces and hyphens are left out.
fn digits(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|character| !matches!(character, ' ' | '-')).collect();
    let good =
        plain.len() >= 4 && plain.len() <= 17 && plain.bytes().all(|byte| byte.is_ascii_digit());
    good.then_some(plain)
}

/// An international account number whose check digits are right (ISO 13616).
fn iban(text: &str) -> Option<String> {
    let plain: String = text
        .chars()
        .filter(|character| *character != ' ')
        .map(|character| character.to_ascii_uppercase())
        .collect();
    let formed = (15..=34).contains(&plain.len())
        && plain.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && plain.bytes().take(2).all(|byte| byte.is_ascii_uppercase());
    if !formed {
        return None;
    }
    let turned = plain.chars().skip(4).chain(plain.chars().take(4));
    let rest = turned.filter_map(|character| character.to_digit(36)).fold(0, |rest, value| {
        if value < 10 { (rest * 10 + value) % 97 } else { (rest * 100 + value) % 97 }
    });
    (rest == 1).then_some(plain)
}

/// The bank's own number within an international account number, where its length is fixed.
fn bank_code(number: &str) -> Option<&str> {
    let length = match number.get(..2)? {
        "DE" => 8,
        "AT" | "FR" | "FI" => 5,
        "NL" | "ES" | "IE" | "GB" | "PT" => 4,
        "BE" | "LU" => 3,
        _ => return None,
    };
    number.get(4..4 + length)
}

/// The call that asks the network for the funds of an attempt.
///
/// # Panics
/// If the attempt authorizes nothing.
pub fn call_of(attempt: &Attempt, method: &PaymentMethod) -> PayCall {
    let Call::Authorize { amount, capture, method: named, presence, .. } = &attempt.call else {
        unreachable!("only an authorization asks for funds")
    };
    assert_eq!(*named, method.id, "the method that the attempt names");
    PayCall {
        reference: translate::reference(attempt.reference),
        amount: *amount,
        capture: *capture,
        method: method.kind.wire.into(),
        steps: match method.kind.flow {
            Flow::Immediate => Steps::Immediate,
            Flow::Redirect => Steps::Approval,
            Flow::Delayed => Steps::Days(method.kind.settles_days),
            Flow::Voucher => Steps::Voucher(method.kind.lapses_minutes),
        },
        account: method.parts.get(NETWORK_NAME).cloned(),
        email: method.billing.email.clone(),
        authentication: translate::authentication(*presence, method.set_up),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_with_the_right_check_digits_are_accounts() {
        for good in ["AT611904300234573201", "de89 3704 0044 0532 0130 00", "NL91ABNA0417164300"] {
            assert!(iban(good).is_some(), "{good}");
        }
        for bad in ["AT611904300234573202", "DE", "", "XX00", "AT6119043002345732011", "4242"] {
            assert!(iban(bad).is_none(), "{bad}");
        }
        assert_eq!(digits("000-123 456789").as_deref(), Some("000123456789"));
        assert_eq!((digits("12"), digits("12a45")), (None, None));
    }
}
