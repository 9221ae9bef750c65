//! Search: the wire's query language as a closed tree, and whether a row is what it looks for.
//!
//! ```text
//! query  = clause { [ "AND" ] clause } | clause { "OR" clause }
//! clause = [ "-" ] field ( ":" | "~" | ">" | "<" | ">=" | "<=" ) value
//! field  = name | "metadata[" text "]"
//! value  = text | number | "null"          text in double or single quotes
//! ```

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::charge::{Charge, ChargeState};
use crate::customer::Customer;
use crate::intent::Intent;
use crate::limits::{SEARCH_CLAUSES, SEARCH_PART_CHARS};
use crate::method::PaymentMethod;
use crate::object::Metadata;

/// What is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Intents.
    Intents,
    /// Charges.
    Charges,
    /// Customers, deleted ones left out.
    Customers,
}

/// A query that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    clauses: Vec<Clause>,
    /// One clause is enough; otherwise all must hold.
    any: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Clause {
    negated: bool,
    field: Field,
    test: Test,
}

/// What a clause looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Field {
    Amount,
    Created,
    Currency,
    Customer,
    Email,
    Name,
    Phone,
    Status,
    Metadata(String),
    Disputed,
    Refunded,
    PostalCode,
    Brand,
    Last4,
    ExpMonth,
    ExpYear,
    Fingerprint,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Is(String),
    Has(String),
    Number(Order, i64),
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Equal,
    Above,
    Below,
    AtLeast,
    AtMost,
}

/// Why a query was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchError {
    /// It does not follow the grammar.
    Syntax,
    /// No such field here.
    Field,
    /// This field cannot be asked that.
    Operator,
    /// What is looked for inside a text is too short.
    Short,
    /// `AND` and `OR` in one query.
    Mixed,
    /// More clauses than a query may have.
    Clauses,
}

/// A row that can be found, with the card that was charged where one was loaded.
#[derive(Clone, Copy, Debug)]
pub enum Found<'r> {
    /// An intent.
    Intent(&'r Intent),
    /// A charge.
    Charge(&'r Charge, Option<&'r PaymentMethod>),
    /// A customer.
    Customer(&'r Customer),
}

impl Search {
    /// Reads a query.
    ///
    /// # Errors
    /// [`SearchError`] at the first thing that is wrong.
    pub fn parse(text: &str, of: Of) -> Result<Self, SearchError> {
        let mut reader = Reader { rest: text.trim() };
        let mut clauses = Vec::new();
        let (mut and, mut or) = (false, false);
        while !reader.rest.is_empty() {
            if !clauses.is_empty() {
                if reader.word() == Some("OR") {
                    or = true;
                } else {
                    and = true;
                }
            }
            clauses.push(reader.clause(of)?);
            if clauses.len() > SEARCH_CLAUSES {
                return Err(SearchError::Clauses);
            }
        }
        match (clauses.is_empty(), and && or) {
            (true, _) => Err(SearchError::Syntax),
            (false, true) => Err(SearchError::Mixed),
            (false, false) => Ok(Self { clauses, any: or }),
        }
    }

    /// Whether a charge's card must be loaded to know.
    pub fn asks_card(&self) -> bool {
        self.clauses.iter().any(|clause| {
            matches!(
                clause.field,
                Field::Brand | Field::Last4 | Field::ExpMonth | Field::ExpYear | Field::Fingerprint
            )
        })
    }

    /// Whether a row is what is looked for.
    pub fn finds(&self, row: Found<'_>) -> bool {
        let mut clauses = self.clauses.iter().map(|clause| clause.holds(row));
        if self.any { clauses.any(|holds| holds) } else { clauses.all(|holds| holds) }
    }
}

impl Clause {
    fn holds(&self, row: Found<'_>) -> bool {
        let holds = match (&self.test, self.field.number(row)) {
            (Test::Number(order, asked), Some(number)) => order.holds(number, *asked),
            (wanted, _) => match (wanted, self.field.text(row)) {
                (Test::Null, there) => there.is_none(),
                (Test::Is(asked), Some(there)) => there.eq_ignore_ascii_case(asked),
                (Test::Has(part), Some(there)) => {
                    there.to_ascii_lowercase().contains(&part.to_ascii_lowercase())
                }
                (Test::Is(_) | Test::Has(_) | Test::Number(..), _) => false,
            },
        };
        holds != self.negated
    }
}

impl Order {
    fn holds(self, number: i64, asked: i64) -> bool {
        match self {
            Self::Equal => number == asked,
            Self::Above => number > asked,
            Self::Below => number < asked,
            Self::AtLeast => number >= asked,
            Self::AtMost => number <= asked,
        }
    }
}

impl Field {
    fn named(name: &str, of: Of) -> Option<Self> {
        if of == Of::Customers {
            return match name {
                "created" => Some(Self::Created),
                "email" => Some(Self::Email),
                "name" => Some(Self::Name),
                "phone" => Some(Self::Phone),
                _ => None,
            };
        }
        let everywhere = match name {
            "amount" => Some(Self::Amount),
            "created" => Some(Self::Created),
            "currency" => Some(Self::Currency),
            "customer" => Some(Self::Customer),
            "status" => Some(Self::Status),
            _ => None,
        };
        match (everywhere, of) {
            (Some(field), _) => Some(field),
            (None, Of::Intents | Of::Customers) => None,
            (None, Of::Charges) => match name {
                "disputed" => Some(Self::Disputed),
                "refunded" => Some(Self::Refunded),
                "billing_details.address.postal_code" => Some(Self::PostalCode),
                "payment_method_details.card.brand" => Some(Self::Brand),
                "payment_method_details.card.last4" => Some(Self::Last4),
                "payment_method_details.card.exp_month" => Some(Self::ExpMonth),
                "payment_method_details.card.exp_year" => Some(Self::ExpYear),
                "payment_method_details.card.fingerprint" => Some(Self::Fingerprint),
                _ => None,
            },
        }
    }

    fn is_number(&self) -> bool {
        matches!(self, Self::Amount | Self::Created | Self::ExpMonth | Self::ExpYear)
    }

    /// Whether people write it as they like: only there is a part of a text looked for.
    fn is_free(&self) -> bool {
        matches!(
            self,
            Self::Metadata(_) | Self::PostalCode | Self::Email | Self::Name | Self::Phone
        )
    }

    fn number(&self, row: Found<'_>) -> Option<i64> {
        let card = || match row {
            Found::Intent(_) | Found::Customer(_) => None,
            Found::Charge(_, method) => method.map(|method| &method.card),
        };
        match self {
            Self::Amount => match row {
                Found::Intent(row) => Some(row.amount.minor()),
                Found::Charge(row, _) => Some(row.amount.minor()),
                Found::Customer(_) => None,
            },
            Self::Created => Some(match row {
                Found::Intent(row) => row.created.seconds(),
                Found::Charge(row, _) => row.created.seconds(),
                Found::Customer(row) => row.created.seconds(),
            }),
            Self::ExpMonth => card().map(|card| i64::from(card.exp_month)),
            Self::ExpYear => card().map(|card| i64::from(card.exp_year)),
            Self::Currency
            | Self::Customer
            | Self::Email
            | Self::Name
            | Self::Phone
            | Self::Status
            | Self::Metadata(_)
            | Self::Disputed
            | Self::Refunded
            | Self::PostalCode
            | Self::Brand
            | Self::Last4
            | Self::Fingerprint => None,
        }
    }

    fn text<'r>(&self, row: Found<'r>) -> Option<Cow<'r, str>> {
        match (self, row) {
            (Self::Currency, Found::Intent(row)) => Some(row.amount.currency().code().into()),
            (Self::Currency, Found::Charge(row, _)) => Some(row.amount.currency().code().into()),
            (Self::Status, Found::Intent(row)) => Some(row.state.wire().into()),
            (Self::Status, Found::Charge(row, _)) => Some(charge_status(row).into()),
            (Self::Metadata(key), Found::Intent(row)) => pair(&row.metadata, key),
            (Self::Metadata(key), Found::Charge(row, _)) => pair(&row.metadata, key),
            (Self::Metadata(key), Found::Customer(row)) => pair(&row.profile.metadata, key),
            (Self::Email, Found::Customer(row)) => row.profile.email.as_deref().map(Cow::Borrowed),
            (Self::Name, Found::Customer(row)) => row.profile.name.as_deref().map(Cow::Borrowed),
            (Self::Phone, Found::Customer(row)) => row.profile.phone.as_deref().map(Cow::Borrowed),
            (Self::Customer, Found::Intent(row)) => {
                row.customer.map(|customer| customer.to_string().into())
            }
            (Self::Customer, Found::Charge(row, _)) => {
                row.customer.map(|customer| customer.to_string().into())
            }
            (Self::Disputed, Found::Charge(row, _)) => Some(word(row.dispute.is_some())),
            (Self::Refunded, Found::Charge(row, _)) => Some(word(refunded(row))),
            (Self::PostalCode, Found::Charge(row, _)) => {
                row.billing.address.postal_code.as_deref().map(Cow::Borrowed)
            }
            (Self::Brand, Found::Charge(_, Some(method))) => Some(method.card.brand.wire().into()),
            (Self::Last4, Found::Charge(_, Some(method))) => Some((&*method.card.last4).into()),
            (Self::Fingerprint, Found::Charge(_, Some(method))) => {
                Some((&*method.card.fingerprint).into())
            }
            // Numbers are there, though not as texts.
            (Self::Amount | Self::Created | Self::ExpMonth | Self::ExpYear, _) => {
                self.number(row).map(|number| number.to_string().into())
            }
            // What this kind of row does not have.
            (
                Self::Currency
                | Self::Status
                | Self::Customer
                | Self::Email
                | Self::Name
                | Self::Phone
                | Self::Disputed
                | Self::Refunded
                | Self::PostalCode
                | Self::Brand
                | Self::Last4
                | Self::Fingerprint,
                _,
            ) => None,
        }
    }
}

fn pair<'r>(metadata: &'r Metadata, key: &str) -> Option<Cow<'r, str>> {
    metadata.get(key).map(|value| Cow::Borrowed(&**value))
}

fn word(holds: bool) -> Cow<'static, str> {
    Cow::Borrowed(if holds { "true" } else { "false" })
}

fn charge_status(charge: &Charge) -> &'static str {
    match charge.state {
        ChargeState::Held { .. } | ChargeState::Captured { .. } | ChargeState::Released { .. } => {
            "succeeded"
        }
        ChargeState::Pending { .. } => "pending",
        ChargeState::Failed { .. } => "failed",
    }
}

fn refunded(charge: &Charge) -> bool {
    match &charge.state {
        ChargeState::Captured { amount, .. } => charge.refunded == *amount,
        ChargeState::Held { .. }
        | ChargeState::Pending { .. }
        | ChargeState::Released { .. }
        | ChargeState::Failed { .. } => false,
    }
}

/// Reads a query from its beginning; white space in front of what is read is passed over.
struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    /// A word of capital letters with white space behind it, if one is next.
    fn word(&mut self) -> Option<&'t str> {
        let (word, rest) = self.rest.split_once(char::is_whitespace)?;
        if matches!(word, "AND" | "OR") {
            self.rest = rest.trim_start();
            Some(word)
        } else {
            None
        }
    }

    fn clause(&mut self, of: Of) -> Result<Clause, SearchError> {
        let negated = self.take("-");
        let field = self.field(of)?;
        let operators = [
            (">=", Some(Order::AtLeast)),
            ("<=", Some(Order::AtMost)),
            (">", Some(Order::Above)),
            ("<", Some(Order::Below)),
            (":", Some(Order::Equal)),
            ("~", None),
        ];
        let found = operators.into_iter().find(|(sign, _)| self.take(sign));
        let (_, order) = found.ok_or(SearchError::Syntax)?;
        let test = self.test(&field, order)?;
        if !self.rest.is_empty() && !self.rest.starts_with(char::is_whitespace) {
            return Err(SearchError::Syntax);
        }
        self.rest = self.rest.trim_start();
        Ok(Clause { negated, field, test })
    }

    fn test(&mut self, field: &Field, order: Option<Order>) -> Result<Test, SearchError> {
        let text = if let Some(text) = self.quoted()? {
            text
        } else {
            let end = self.rest.find(char::is_whitespace).unwrap_or(self.rest.len());
            let (bare, rest) = self.rest.split_at(end);
            self.rest = rest;
            if bare == "null" && order == Some(Order::Equal) {
                return Ok(Test::Null);
            }
            // Only numbers go without quotes.
            bare.parse::<i64>().map_err(|_| SearchError::Syntax)?.to_string()
        };
        match (order, field.is_number()) {
            (Some(order), true) => text
                .parse()
                .map(|number| Test::Number(order, number))
                .map_err(|_| SearchError::Syntax),
            (Some(Order::Equal), false) => Ok(Test::Is(text)),
            (None, false) if !field.is_free() => Err(SearchError::Operator),
            (None, false) if text.chars().count() < SEARCH_PART_CHARS => Err(SearchError::Short),
            (None, false) => Ok(Test::Has(text)),
            (Some(_), false) | (None, true) => Err(SearchError::Operator),
        }
    }

    fn field(&mut self, of: Of) -> Result<Field, SearchError> {
        let name = |character: char| character.is_ascii_alphanumeric() || "_.".contains(character);
        let end = self.rest.find(|character| !name(character)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        if name == "metadata" {
            if !self.take("[") {
                return Err(SearchError::Syntax);
            }
            let key = self.quoted()?.ok_or(SearchError::Syntax)?;
            return if self.take("]") {
                Ok(Field::Metadata(key))
            } else {
                Err(SearchError::Syntax)
            };
        }
        Field::named(name, of).ok_or(SearchError::Field)
    }

    /// A text in quotes, if one is next; a backslash takes the next character as it is.
    fn quoted(&mut self) -> Result<Option<String>, SearchError> {
        let mut characters = self.rest.chars();
        let Some(quote @ ('"' | '\'')) = characters.next() else { return Ok(None) };
        let mut text = String::new();
        loop {
            match characters.next().ok_or(SearchError::Syntax)? {
                '\\' => text.push(characters.next().ok_or(SearchError::Syntax)?),
                character if character == quote => {
                    self.rest = characters.as_str();
                    return Ok(Some(text));
                }
                character => text.push(character),
            }
        }
    }

    fn take(&mut self, sign: &str) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}
