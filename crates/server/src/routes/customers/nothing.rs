//! Below a customer: what no customer has here. Its lists are empty, no id is one of its own, and whoever
//! makes one is told what to do instead.
//!
//! `/v1/customers/{id}/balance_transactions`, `…/sources` and `…/tax_ids`, and what is below those.

use farthing_domain::object::ObjectRef;

use super::parts;
use crate::error::{ApiError, Problem};
use crate::read::{self, LIST};
use crate::request::{ApiRequest, Outcome};
use crate::routes::payment_methods::list::there;
use crate::wire::expand::Kind;

/// Something that no customer has.
#[derive(Debug)]
pub struct Nothing {
    /// What the wire calls one.
    noun: &'static str,
    /// What a list of them can be asked beside what every list can.
    filters: &'static [&'static str],
    /// What one is made of; the first is what it cannot be without.
    fields: &'static [&'static str],
    /// What to do instead.
    instead: &'static str,
}

/// Changes of what a customer owes, one by one.
pub static BALANCE: Nothing = Nothing {
    noun: "customer balance transaction",
    filters: &["invoice"],
    fields: &["amount", "currency", "description", "metadata"],
    instead: "Changes of a customer's balance are not kept one by one: set the balance of the customer.",
};

/// Cards of before there were payment methods.
pub static SOURCES: Nothing = Nothing {
    noun: "source",
    filters: &["object"],
    fields: &["source", "metadata", "validate"],
    instead: "Cards are payment methods here: make one, and attach it to the customer.",
};

/// Numbers under which a customer pays tax.
pub static TAX_IDS: Nothing = Nothing {
    noun: "tax_id",
    filters: &[],
    fields: &["type", "value"],
    instead: "No invoices are made here, so no tax ids are kept: write them into the customer's metadata.",
};

/// Lists nothing of a customer that is there.
///
/// # Errors
/// A customer that is not there; a cursor; wrong types.
pub async fn list(request: ApiRequest, of: &'static Nothing) -> Result<Outcome, ApiError> {
    let params = request.params(&[&LIST[..], of.filters].concat())?;
    params.integer("limit")?;
    params.expand(Kind::Leaf)?;
    present(&request).await?;
    for cursor in ["starting_after", "ending_before"] {
        if let Some(given) = params.text(cursor)? {
            return Err(read::no_such(of.noun, given, cursor));
        }
    }
    Ok(read::none(&request))
}

/// Refuses to make one.
///
/// # Errors
/// Always; first for what is missing.
pub async fn make(request: ApiRequest, of: &'static Nothing) -> Result<Outcome, ApiError> {
    let params = request.params(&[&["expand"], of.fields].concat())?;
    let name = of.fields.first().copied().unwrap_or_default();
    params.required(name)?;
    present(&request).await?;
    Err(Problem::NotTaken { name: name.to_owned(), why: of.instead }.into())
}

/// Finds none of that id.
///
/// # Errors
/// Always.
pub async fn one(request: ApiRequest, of: &'static Nothing) -> Result<Outcome, ApiError> {
    request.params(&[&["expand"], of.fields].concat())?;
    present(&request).await?;
    let id = request.path.rsplit('/').next().unwrap_or_default();
    Err(read::none_such(of.noun, id, "id"))
}

async fn present(request: &ApiRequest) -> Result<(), ApiError> {
    let customer = parts::path_id(request)?;
    if there(request, customer).await? {
        Ok(())
    } else {
        Err(read::missing(ObjectRef::Customer(customer)))
    }
}
