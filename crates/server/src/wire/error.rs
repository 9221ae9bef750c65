//! Error bodies.

use farthing_domain::network::Decline;

use super::json::{Object, object};
use crate::error::decline;
use crate::error::table::Row;

/// Where a code is explained.
const DOC_URL: &str = "https://stripe.com/docs/error-codes/";

/// A whole error body: the row of the table, and what else the answer carries.
pub fn body(row: &Row, attach: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
    object(|out| {
        out.object("error", |out| {
            if let Some(code) = &row.code {
                out.text("code", code);
                doc_url(out, code);
            }
            out.text("message", &row.message);
            if let Some(param) = &row.param {
                out.text("param", param);
            }
            attach(out);
            out.plain("type", row.kind);
        });
    })
}

/// The part of a declined answer that says why.
pub fn decline(out: &mut Object<'_>, why: &Decline) {
    if let Some(advice) = &why.advice_code {
        out.text("advice_code", advice);
    }
    out.text("code", &why.code);
    if let Some(code) = &why.decline_code {
        out.text("decline_code", code);
    }
    doc_url(out, &why.code);
    out.text("message", decline::message(&why.code, why.decline_code.as_deref()));
    if let Some(code) = &why.network_decline_code {
        out.text("network_decline_code", code);
    }
}

fn doc_url(out: &mut Object<'_>, code: &str) {
    let dashed = code.replace('_', "-");
    out.text("doc_url", &format!("{DOC_URL}{dashed}"));
}
