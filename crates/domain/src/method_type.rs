//! Kinds of payment methods: what each can do, as one table that drives all of them.
//!
//! Here: who may pay with what, in which steps, and what may follow. Not here: what a kind looks like
//! on the wire (the server's table of shapes) or how the network behaves (the acquirer's business).
//! What must stay true: no rule asks which kind it has before it; it asks the kind's row.

mod table;

use core::fmt;

use farthing_core::currency::Currency;

pub use table::TABLE;

/// One kind of payment method: a row of [`TABLE`].
#[derive(Clone, Copy)]
pub struct MethodType(&'static MethodRow);

/// What is true of a kind.
#[derive(Debug)]
pub struct MethodRow {
    /// As stored, 1 to [`NUMBER_MAX`]: never changed or reused.
    pub number: u8,
    /// The wire's `type`.
    pub wire: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// In which steps it is paid.
    pub flow: Flow,
    /// The wire's codes of the currencies it can be charged in; none for every currency.
    pub currencies: &'static [&'static str],
    /// Where its payers are, as two-letter codes; none for everywhere.
    pub countries: &'static [&'static str],
    /// What else it can do.
    pub can: &'static [Can],
    /// What a payment with it cannot do without.
    pub needs: &'static [Need],
    /// What is said of the method itself, within its own hash.
    pub parts: &'static [(&'static str, Part)],
    /// Days after the charge in which it can be refunded; none where it cannot.
    pub refund_days: Option<u16>,
    /// Days until the network says whether the funds came.
    pub settles_days: u8,
    /// Minutes in which the payer must act; 0 where nobody counts them.
    pub lapses_minutes: u32,
}

/// The largest number of a row: a set of kinds is kept in 60 bits.
pub const NUMBER_MAX: u8 = 60;

/// In which steps a payment is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// At once, unless the issuer wants its holder to authenticate.
    Immediate,
    /// The payer approves elsewhere, on another page or by a code in their bank's program; then at once.
    Redirect,
    /// The network takes it on at once and says after days whether the funds came.
    Delayed,
    /// The payer gets a voucher and pays it later, or does not.
    Voucher,
}

impl Flow {
    /// As documents and programs name it.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::Redirect => "redirect",
            Self::Delayed => "delayed",
            Self::Voucher => "voucher",
        }
    }
}

/// What a kind may be able to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Can {
    /// Hold funds first and take them later.
    CaptureLater,
    /// Be disputed by its payer.
    Dispute,
    /// Be kept by a customer and used again.
    Reuse,
}

/// What a payment may not be able to do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The payer's name.
    Name,
    /// The payer's e-mail.
    Email,
    /// The country of the payer's address.
    Country,
    /// The first line of the payer's address.
    Line1,
    /// The town of the payer's address.
    City,
    /// The state of the payer's address.
    State,
    /// The postal code of the payer's address.
    PostalCode,
    /// Where to send the payer afterwards.
    ReturnUrl,
    /// The payer's word that they may be debited.
    Mandate,
}

/// What is said of a method within its own hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The account's number; it is given to the network and kept nowhere.
    Account,
    /// The account's international number, which names its country and its bank.
    Iban,
    /// A word that must be there.
    Required,
    /// A word that may be there.
    Optional,
}

impl MethodType {
    /// Cards.
    pub const CARD: Self = Self(&table::CARD);

    /// From the wire's `type`.
    pub fn parse(wire: &str) -> Option<Self> {
        Self::all().find(|kind| kind.wire == wire)
    }

    /// From a stored column.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::all().find(|kind| i64::from(kind.number) == number)
    }

    /// Every kind, cards first.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(Self)
    }

    /// Whether it can do something.
    pub fn can(self, what: Can) -> bool {
        self.0.can.contains(&what)
    }

    /// Whether it cannot do without something.
    pub fn needs(self, what: Need) -> bool {
        self.0.needs.contains(&what)
    }

    /// Whether it can be charged in a currency.
    pub fn takes(self, currency: Currency) -> bool {
        self.0.currencies.is_empty() || self.0.currencies.contains(&currency.code())
    }

    /// Whether payers of a country have it, by the country's two letters.
    pub fn reaches(self, country: &str) -> bool {
        self.0.countries.is_empty() || self.0.countries.contains(&country)
    }
}

impl core::ops::Deref for MethodType {
    type Target = MethodRow;

    fn deref(&self) -> &MethodRow {
        self.0
    }
}

impl PartialEq for MethodType {
    fn eq(&self, other: &Self) -> bool {
        self.0.number == other.0.number
    }
}

impl Eq for MethodType {}

impl fmt::Debug for MethodType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0.wire)
    }
}

/// Some kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MethodSet(u64);

impl MethodSet {
    /// None.
    pub const NONE: Self = Self(0);
    /// Cards alone.
    pub const CARD: Self = Self(1 << table::CARD.number);

    /// With one more.
    #[must_use]
    pub fn with(self, kind: MethodType) -> Self {
        Self(self.0 | 1_u64.wrapping_shl(u32::from(kind.number)))
    }

    /// Whether one is among them.
    pub fn has(self, kind: MethodType) -> bool {
        self.0 & 1_u64.wrapping_shl(u32::from(kind.number)) != 0
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// All of them, in the table's order.
    pub fn iter(self) -> impl Iterator<Item = MethodType> {
        MethodType::all().filter(move |kind| self.has(*kind))
    }

    /// As one number, 61 bits.
    pub fn bits(self) -> u64 {
        self.0
    }

    /// The reverse; none if a bit names no kind.
    pub fn from_bits(bits: u64) -> Option<Self> {
        let known = MethodType::all().fold(Self::NONE, Self::with);
        (bits & !known.0 == 0).then_some(Self(bits))
    }
}

/// Why a payment cannot be made with a kind of method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is not among those that the intent takes.
    Unlisted,
    /// It is not charged in this currency.
    Currency(Currency),
    /// It cannot hold funds first.
    CaptureLater,
    /// It leaves the page, which the intent does not allow.
    Redirects,
    /// Something is missing.
    Lacks(Need),
    /// Its payer has to act, which nobody is to wait for.
    Acts,
    /// It cannot be kept by a customer.
    Reuse,
    /// It is never refunded.
    Refund,
    /// It is too late to refund it.
    RefundLate,
    /// The payer still has a voucher that can be paid.
    Outstanding,
}
