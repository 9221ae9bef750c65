//! What an acquirer is asked: plain data, one type per call.

use std::borrow::Cow;
use std::fmt;

use farthing_core::money::Money;
use farthing_core::time::TimestampMs;

/// Our name for one call, unique for ever. The network knows the call by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(pub [u8; 16]);

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reference({self})")
    }
}

/// Reserve funds on a card.
#[derive(Clone, Copy, Debug)]
pub struct AuthorizeCall<'a> {
    /// Our name for this call.
    pub reference: Reference,
    /// How much; zero asks only whether the card is good.
    pub amount: Money,
    /// Take the funds in the same step.
    pub capture: bool,
    /// The card.
    pub card: CardDetails<'a>,
    /// Whether the holder is there, and has authenticated.
    pub authentication: Authentication,
}

/// A card, borrowed from the vault for the length of one call.
#[derive(Clone, Copy)]
pub struct CardDetails<'a> {
    /// The digits of its number.
    pub number: &'a str,
    /// The month it expires at the end of, 1 to 12.
    pub exp_month: u8,
    /// The year it expires in, four digits.
    pub exp_year: u16,
    /// Its verification code, where one is at hand.
    pub cvc: Option<&'a str>,
    /// The first line of the holder's address, where given.
    pub line1: Option<&'a str>,
    /// The holder's postal code, where given.
    pub postal_code: Option<&'a str>,
}

impl fmt::Debug for CardDetails<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardDetails([redacted])")
    }
}

/// Whether the holder is there, and has authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// There, and not asked yet.
    None,
    /// Not there: if the issuer insists, the charge is declined.
    OffSession,
    /// There, and has passed the issuer's challenge.
    Passed,
    /// There, and to be asked wherever the card can, though the issuer may not insist.
    Asked,
    /// There, and not asked now; they agreed when the card was set up for later charges.
    Agreed,
    /// Not there; they agreed when the card was set up for later charges.
    AgreedOffSession,
}

/// Ask for funds by a method that is no card.
#[derive(Clone, Debug)]
pub struct PayCall {
    /// Our name for this call.
    pub reference: Reference,
    /// How much.
    pub amount: Money,
    /// Take the funds in the same step, where the method can do otherwise.
    pub capture: bool,
    /// Which method, as the wire names it.
    pub method: Cow<'static, str>,
    /// In which steps it is paid.
    pub steps: Steps,
    /// The network's own name for the payer's account, where there is one.
    pub account: Option<String>,
    /// The payer's e-mail, where given: the network writes to it.
    pub email: Option<String>,
    /// Whether the payer is there, and has approved.
    pub authentication: Authentication,
}

/// In which steps a method that is no card is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steps {
    /// At once.
    Immediate,
    /// The payer approves first.
    Approval,
    /// Taken on at once, and settled or not after so many days.
    Days(u8),
    /// The payer pays a voucher within so many minutes, or does not.
    Voucher(u32),
}

/// What is known of an account that was shown to the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountFacts {
    /// The network's own name for it, which says nothing of its number.
    pub name: String,
}

/// Take reserved funds.
#[derive(Clone, Copy, Debug)]
pub struct CaptureCall {
    /// Our name for this call.
    pub reference: Reference,
    /// The authorization's reference.
    pub of: Reference,
    /// How much of it.
    pub amount: Money,
    /// What becomes of the rest.
    pub rest: Rest,
}

/// What becomes of reserved funds that a capture does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// They are released.
    Released,
    /// They stay reserved, for another capture.
    Held,
}

/// Reserve more under an authorization that there is, and of which nothing was taken.
#[derive(Clone, Copy, Debug)]
pub struct IncrementCall {
    /// Our name for this call.
    pub reference: Reference,
    /// The authorization's reference.
    pub of: Reference,
    /// The new total, above what is reserved.
    pub amount: Money,
}

/// Release reserved funds.
#[derive(Clone, Copy, Debug)]
pub struct VoidCall {
    /// Our name for this call.
    pub reference: Reference,
    /// The authorization's reference.
    pub of: Reference,
}

/// Send funds to a bank account, or take back what was sent.
#[derive(Clone, Copy, Debug)]
pub struct PayoutCall<'a> {
    /// Our name for this call.
    pub reference: Reference,
    /// How much.
    pub amount: Money,
    /// Which way.
    pub direction: Direction,
    /// The account.
    pub account: BankDetails<'a>,
    /// When it is to be there.
    pub arrival: TimestampMs,
}

/// Which way the funds of a payout go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the bank.
    Out,
    /// Back from there.
    Back,
}

/// A bank account, borrowed from the vault for the length of one call.
#[derive(Clone, Copy)]
pub struct BankDetails<'a> {
    /// Where the bank is: two capital letters.
    pub country: &'a str,
    /// The bank's own number, where it has one.
    pub routing: Option<&'a str>,
    /// The account's number.
    pub number: &'a str,
}

impl fmt::Debug for BankDetails<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BankDetails([redacted])")
    }
}

/// Answer a dispute. Our answers to one dispute are told apart by their content: the same again
/// changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerCall {
    /// The number of the notice that told of the dispute.
    pub dispute: u64,
    /// What we say.
    pub answer: DisputeAnswer,
}

/// What a merchant says to a dispute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DisputeAnswer {
    /// It is contested, with this for evidence.
    Contest {
        /// What the merchant wrote in their own words.
        text: String,
    },
    /// It is accepted: the holder keeps the funds.
    Accept,
}

/// Give taken funds back.
#[derive(Clone, Copy, Debug)]
pub struct RefundCall {
    /// Our name for this call.
    pub reference: Reference,
    /// The reference of the authorization or of its capture; they mean the same charge.
    pub of: Reference,
    /// How much.
    pub amount: Money,
}
