//! What is asked of the simulator and what it says, as JSON between two processes of one program.
//!
//! Both sides are of one version, so that this is no format to keep. What must stay true: nothing
//! here has a place for a card's or an account's number.

mod operation;

use bytes::Bytes;
use farthing_core::currency::Currency;
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;
use serde_json::{Value, json};

use crate::answer::{Answer, CallError, LookupAnswer, Refusal, Reversed};
use crate::call::{AnswerCall, DisputeAnswer, Reference};
use crate::notice::Notice;
use crate::simulator::book::feed::{Line, read_line, write_line};
use crate::simulator::book::rows::{read_verdict, write_verdict};
use crate::simulator::book::{Paying, Reply, Request, Verdict};
use crate::simulator::cards;

/// An answer, with the number of the newest notice.
pub(crate) struct Told {
    pub(crate) reply: Result<Reply, CallError>,
    pub(crate) newest: u64,
}

/// Writes a question.
pub(crate) fn question(request: &Request, now: TimestampMs) -> Bytes {
    let mut value = match request {
        Request::Act { operation, .. } | Request::Refuse { operation, .. } => {
            json!({ "ask": "act", "operation": operation::write(operation) })
        }
        Request::Lookup { reference } => {
            json!({ "ask": "lookup", "reference": reference.to_string() })
        }
        Request::Reverse { reference, .. } => {
            json!({ "ask": "reverse", "reference": reference.to_string() })
        }
        Request::Answer { call, .. } => {
            let text = match &call.answer {
                DisputeAnswer::Contest { text } => Some(text),
                DisputeAnswer::Accept => None,
            };
            json!({ "ask": "answer", "dispute": call.dispute, "contest": text })
        }
        Request::Pay { paying, .. } => json!({ "ask": "pay", "paying": paying.to_json() }),
        Request::SetClock { scope, offset_ms } => {
            json!({ "ask": "set_clock", "scope": u32::from_be_bytes(*scope), "offset_ms": offset_ms })
        }
        Request::Notices { after, limit, .. } => {
            json!({ "ask": "notices", "after": after, "limit": limit })
        }
    };
    value["now"] = now.ms().into();
    Bytes::from(value.to_string())
}

/// Reads a question.
pub(crate) fn read_question(bytes: &[u8]) -> Option<(Request, TimestampMs)> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let now = TimestampMs::from_ms(value["now"].as_i64()?);
    let request = match value["ask"].as_str()? {
        "act" => Request::Act { operation: operation::read(&value["operation"])?, now },
        "lookup" => Request::Lookup { reference: reference(&value["reference"])? },
        "reverse" => Request::Reverse { reference: reference(&value["reference"])?, now },
        "answer" => {
            let answer = match &value["contest"] {
                Value::Null => DisputeAnswer::Accept,
                text => DisputeAnswer::Contest { text: text.as_str()?.to_owned() },
            };
            Request::Answer {
                call: AnswerCall { dispute: value["dispute"].as_u64()?, answer },
                now,
            }
        }
        "pay" => Request::Pay { paying: Paying::from_json(&value["paying"])?, now },
        "set_clock" => Request::SetClock {
            scope: u32::try_from(value["scope"].as_u64()?).ok()?.to_be_bytes(),
            offset_ms: value["offset_ms"].as_i64()?,
        },
        "notices" => Request::Notices {
            after: value["after"].as_u64()?,
            limit: usize::try_from(value["limit"].as_u64()?).ok()?,
            now,
        },
        _ => return None,
    };
    Some((request, now))
}

/// Writes what is said to a question; none if it does not arrive.
pub(crate) fn reply(
    request: &Request,
    reply: &Result<Reply, CallError>,
    newest: u64,
) -> Option<Bytes> {
    let said = match reply {
        Err(CallError::Refused { reason }) => json!({ "unwilling": reason.code() }),
        Err(CallError::TimedOut | CallError::Unreachable | CallError::Unsent) => return None,
        Ok(Reply::Verdict(said)) => write_said(said, about(request)),
        Ok(Reply::Lookup(LookupAnswer::NeverSeen)) => json!({ "state": "never_seen" }),
        Ok(Reply::Lookup(LookupAnswer::Reversed)) => json!({ "state": "reversed" }),
        Ok(Reply::Lookup(LookupAnswer::Refused(reason))) => {
            write_said(&Err(*reason), about(request))
        }
        Ok(Reply::Lookup(LookupAnswer::Known(said)) | Reply::Reversed(Reversed::Stands(said))) => {
            write_said(&Ok(said.clone()), about(request))
        }
        Ok(Reply::Reversed(Reversed::Barred)) => json!({ "state": "barred" }),
        Ok(Reply::Reversed(Reversed::Undone)) => json!({ "state": "undone" }),
        Ok(Reply::Paid(done) | Reply::Answered(done)) => {
            json!({ "refused": done.err().map(Refusal::code) })
        }
        Ok(Reply::Notices(notices)) => {
            json!({ "notices": notices.iter().map(write_notice).collect::<Vec<_>>() })
        }
        Ok(Reply::ClockSet) => json!({}),
    };
    let mut said = said;
    said["newest"] = newest.into();
    Some(Bytes::from(said.to_string()))
}

/// Reads what was said to a question.
pub(crate) fn read_reply(request: &Request, bytes: &[u8]) -> Option<Told> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let newest = value["newest"].as_u64()?;
    if let Some(code) = value["unwilling"].as_str() {
        let reply = Err(CallError::Refused { reason: refusal(code)? });
        return Some(Told { reply, newest });
    }
    let state = value["state"].as_str();
    let done = || match &value["refused"] {
        Value::Null => Some(Ok(())),
        code => Some(Err(refusal(code.as_str()?)?)),
    };
    let reply = match (request, state) {
        (Request::Act { .. } | Request::Refuse { .. }, _) => {
            Reply::Verdict(read_said(&value, about(request))?)
        }
        (Request::Lookup { .. }, Some("never_seen")) => Reply::Lookup(LookupAnswer::NeverSeen),
        (Request::Lookup { .. }, Some("reversed")) => Reply::Lookup(LookupAnswer::Reversed),
        (Request::Lookup { .. }, _) => Reply::Lookup(match read_said(&value, about(request))? {
            Ok(answer) => LookupAnswer::Known(answer),
            Err(reason) => LookupAnswer::Refused(reason),
        }),
        (Request::Reverse { .. }, Some("barred")) => Reply::Reversed(Reversed::Barred),
        (Request::Reverse { .. }, Some("undone")) => Reply::Reversed(Reversed::Undone),
        (Request::Reverse { .. }, _) => {
            Reply::Reversed(Reversed::Stands(read_said(&value, about(request))?.ok()?))
        }
        (Request::Pay { .. }, _) => Reply::Paid(done()?),
        (Request::Answer { .. }, _) => Reply::Answered(done()?),
        (Request::Notices { .. }, _) => {
            let notices = value["notices"].as_array()?.iter().map(read_notice);
            Reply::Notices(notices.collect::<Option<_>>()?)
        }
        (Request::SetClock { .. }, _) => Reply::ClockSet,
    };
    Some(Told { reply: Ok(reply), newest })
}

/// The call that a question is about; of others, nobody's.
fn about(request: &Request) -> Reference {
    match request {
        Request::Act { operation, .. } | Request::Refuse { operation, .. } => operation.reference,
        Request::Lookup { reference } | Request::Reverse { reference, .. } => *reference,
        Request::Answer { .. }
        | Request::Pay { .. }
        | Request::SetClock { .. }
        | Request::Notices { .. } => Reference([0; 16]),
    }
}

/// An approval follows from the call and a card of the table but for a few words, in the book as here.
fn write_said(said: &Verdict, about: Reference) -> Value {
    let card = match said {
        Ok(Answer::Approved(approval)) => cards::label_of(approval, about),
        Ok(Answer::Declined(_) | Answer::ActionRequired) | Err(_) => None,
    };
    json!({ "said": write_verdict(said), "card": card })
}

fn read_said(value: &Value, about: Reference) -> Option<Verdict> {
    read_verdict(value["said"].as_str()?, value["card"].as_str(), about).ok()
}

fn write_notice(notice: &Notice) -> Value {
    let line = write_line(&notice.kind);
    json!({
        "id": notice.id,
        "at": notice.at.ms(),
        "kind": line.kind,
        "subject": line.subject,
        "amount": line.amount,
        "currency": line.currency,
    })
}

fn read_notice(value: &Value) -> Option<Notice> {
    let byte = |value: &Value| u8::try_from(value.as_u64()?).ok();
    let line = Line {
        kind: value["kind"].as_str()?.to_owned(),
        subject: value["subject"].as_array()?.iter().map(byte).collect::<Option<_>>()?,
        amount: value["amount"].as_i64()?,
        currency: value["currency"].as_str()?.to_owned(),
    };
    let at = TimestampMs::from_ms(value["at"].as_i64()?);
    Some(Notice { id: value["id"].as_u64()?, at, kind: read_line(&line).ok()? })
}

fn refusal(code: &str) -> Option<Refusal> {
    Refusal::ALL.into_iter().find(|refusal| refusal.code() == code)
}

/// Reads a reference.
pub(crate) fn reference(value: &Value) -> Option<Reference> {
    let text = value.as_str().filter(|text| text.len() == 32 && text.is_ascii())?;
    Some(Reference(u128::from_str_radix(text, 16).ok()?.to_be_bytes()))
}

/// Writes an amount.
pub(crate) fn write_money(amount: Money) -> Value {
    json!([amount.minor(), amount.currency().code()])
}

/// Reads an amount.
pub(crate) fn money(value: &Value) -> Option<Money> {
    let currency = Currency::parse(value[1].as_str()?).ok()?;
    Money::new(value[0].as_i64()?, currency).ok()
}
