//! Calls that move money.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::call::{Authentication, PayCall, Rest, Steps};
use crate::simulator::cards;
use crate::simulator::operation::{Ask, CardSeen, Given, Operation};
use crate::wire::{money, reference, write_money};

const AUTHENTICATIONS: [(Authentication, &str); 6] = [
    (Authentication::None, "none"),
    (Authentication::OffSession, "off_session"),
    (Authentication::Passed, "passed"),
    (Authentication::Asked, "asked"),
    (Authentication::Agreed, "agreed"),
    (Authentication::AgreedOffSession, "agreed_off_session"),
];

/// Writes a call.
pub(super) fn write(operation: &Operation) -> Value {
    let mut value = match &operation.ask {
        Ask::Authorize { amount, capture, card, authentication } => json!({
            "verb": "authorize",
            "amount": write_money(*amount),
            "capture": capture,
            "card": write_card(card),
            "authentication": write_authentication(*authentication),
        }),
        Ask::Pay(call) => write_pay(call),
        Ask::Capture { of, amount, rest } => json!({
            "verb": "capture",
            "of": of.to_string(),
            "amount": write_money(*amount),
            "hold_rest": *rest == Rest::Held,
        }),
        Ask::Increment { of, amount } => {
            json!({ "verb": "increment", "of": of.to_string(), "amount": write_money(*amount) })
        }
        Ask::Void { of } => json!({ "verb": "void", "of": of.to_string() }),
        Ask::Refund { of, amount } => {
            json!({ "verb": "refund", "of": of.to_string(), "amount": write_money(*amount) })
        }
    };
    value["reference"] = operation.reference.to_string().into();
    value
}

/// Reads a call.
pub(super) fn read(value: &Value) -> Option<Operation> {
    let (of, amount) = (|| reference(&value["of"]), || money(&value["amount"]));
    let ask = match value["verb"].as_str()? {
        "authorize" => Ask::Authorize {
            amount: amount()?,
            capture: value["capture"].as_bool()?,
            card: card(&value["card"])?,
            authentication: authentication(&value["authentication"])?,
        },
        "pay" => Ask::Pay(pay(value)?),
        "capture" => Ask::Capture {
            of: of()?,
            amount: amount()?,
            rest: if value["hold_rest"].as_bool()? { Rest::Held } else { Rest::Released },
        },
        "increment" => Ask::Increment { of: of()?, amount: amount()? },
        "void" => Ask::Void { of: of()? },
        "refund" => Ask::Refund { of: of()?, amount: amount()? },
        _ => return None,
    };
    Some(Operation { reference: reference(&value["reference"])?, ask })
}

fn write_card(card: &CardSeen) -> Value {
    json!({
        "label": card.card.map(|card| card.label),
        "last4": card.last4,
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
        "cvc": card.cvc == Given::Yes,
        "line1": card.line1 == Given::Yes,
        "postal_code": card.postal_code == Given::Yes,
    })
}

fn card(value: &Value) -> Option<CardSeen> {
    let card = match &value["label"] {
        Value::Null => None,
        label => Some(cards::by_label(label.as_str()?)?),
    };
    Some(CardSeen {
        card,
        last4: value["last4"].as_str()?.to_owned(),
        exp_month: u8::try_from(value["exp_month"].as_u64()?).ok()?,
        exp_year: u16::try_from(value["exp_year"].as_u64()?).ok()?,
        cvc: given(&value["cvc"])?,
        line1: given(&value["line1"])?,
        postal_code: given(&value["postal_code"])?,
    })
}

fn given(value: &Value) -> Option<Given> {
    Some(if value.as_bool()? { Given::Yes } else { Given::No })
}

fn write_pay(call: &PayCall) -> Value {
    let steps = match call.steps {
        Steps::Immediate => json!(["immediate"]),
        Steps::Approval => json!(["approval"]),
        Steps::Days(days) => json!(["days", days]),
        Steps::Voucher(minutes) => json!(["voucher", minutes]),
    };
    json!({
        "verb": "pay",
        "amount": write_money(call.amount),
        "capture": call.capture,
        "method": call.method,
        "steps": steps,
        "account": call.account,
        "email": call.email,
        "authentication": write_authentication(call.authentication),
    })
}

fn pay(value: &Value) -> Option<PayCall> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let steps = &value["steps"];
    Some(PayCall {
        reference: reference(&value["reference"])?,
        amount: money(&value["amount"])?,
        capture: value["capture"].as_bool()?,
        method: Cow::Owned(text(&value["method"])?),
        steps: match steps[0].as_str()? {
            "immediate" => Steps::Immediate,
            "approval" => Steps::Approval,
            "days" => Steps::Days(u8::try_from(steps[1].as_u64()?).ok()?),
            "voucher" => Steps::Voucher(u32::try_from(steps[1].as_u64()?).ok()?),
            _ => return None,
        },
        account: text(&value["account"]),
        email: text(&value["email"]),
        authentication: authentication(&value["authentication"])?,
    })
}

fn write_authentication(of: Authentication) -> &'static str {
    let named = AUTHENTICATIONS.iter().find(|(one, _)| *one == of);
    named.expect("every way of being there has a word").1
}

fn authentication(value: &Value) -> Option<Authentication> {
    let word = value.as_str()?;
    AUTHENTICATIONS.iter().find(|(_, name)| *name == word).map(|(one, _)| *one)
}
