//! A call as the book sees it: owned, and without the card number.

use std::fmt;

use farthing_core::money::Money;

use crate::call::{
    Authentication, AuthorizeCall, CaptureCall, CardDetails, IncrementCall, PayCall, Reference,
    RefundCall, Rest, VoidCall,
};
use crate::simulator::cards::{self, TestCard};

/// One call on its way to the book.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Our name for it.
    pub reference: Reference,
    /// What is asked.
    pub ask: Ask,
}

/// What is asked.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Reserve funds.
    Authorize {
        /// How much.
        amount: Money,
        /// Take them in the same step.
        capture: bool,
        /// What was seen of the card.
        card: CardSeen,
        /// Whether the holder is there, and has authenticated.
        authentication: Authentication,
    },
    /// Ask for funds by a method that is no card.
    Pay(PayCall),
    /// Take reserved funds.
    Capture {
        /// The authorization's reference.
        of: Reference,
        /// How much.
        amount: Money,
        /// What becomes of the rest.
        rest: Rest,
    },
    /// Reserve more.
    Increment {
        /// The authorization's reference.
        of: Reference,
        /// The new total.
        amount: Money,
    },
    /// Release reserved funds.
    Void {
        /// The authorization's reference.
        of: Reference,
    },
    /// Give taken funds back.
    Refund {
        /// The reference of the authorization or of its capture.
        of: Reference,
        /// How much.
        amount: Money,
    },
}

/// What the simulator keeps of a card: which test card it is, its last four digits, and what else was
/// given. Made from the details before a call is queued.
#[derive(Clone)]
pub struct CardSeen {
    pub(crate) card: Option<&'static TestCard>,
    pub(crate) last4: String,
    pub(crate) exp_month: u8,
    pub(crate) exp_year: u16,
    pub(crate) cvc: Given,
    pub(crate) line1: Given,
    pub(crate) postal_code: Given,
}

/// Whether something optional came with the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    Yes,
    No,
}

impl Given {
    fn from(text: Option<&str>) -> Self {
        if text.is_some_and(|text| !text.is_empty()) { Self::Yes } else { Self::No }
    }
}

impl CardSeen {
    /// Looks at a card and keeps what may be kept.
    pub fn look(card: &CardDetails<'_>) -> Self {
        let digits = card.number.as_bytes();
        let tail = digits.last_chunk::<4>().map_or(&[][..], |tail| tail.as_slice());
        Self {
            card: cards::by_number(card.number),
            last4: String::from_utf8_lossy(tail).into_owned(),
            exp_month: card.exp_month,
            exp_year: card.exp_year,
            cvc: Given::from(card.cvc),
            line1: Given::from(card.line1),
            postal_code: Given::from(card.postal_code),
        }
    }

    /// What the book calls the card.
    pub fn label(&self) -> &'static str {
        self.card.map_or("unknown", |card| card.label)
    }
}

impl fmt::Debug for CardSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardSeen({} {})", self.label(), self.last4)
    }
}

impl From<&AuthorizeCall<'_>> for Operation {
    fn from(call: &AuthorizeCall<'_>) -> Self {
        let (amount, capture, authentication) = (call.amount, call.capture, call.authentication);
        let card = CardSeen::look(&call.card);
        let ask = Ask::Authorize { amount, capture, card, authentication };
        Self { reference: call.reference, ask }
    }
}

impl From<PayCall> for Operation {
    fn from(call: PayCall) -> Self {
        Self { reference: call.reference, ask: Ask::Pay(call) }
    }
}

impl From<CaptureCall> for Operation {
    fn from(call: CaptureCall) -> Self {
        let ask = Ask::Capture { of: call.of, amount: call.amount, rest: call.rest };
        Self { reference: call.reference, ask }
    }
}

impl From<IncrementCall> for Operation {
    fn from(call: IncrementCall) -> Self {
        let ask = Ask::Increment { of: call.of, amount: call.amount };
        Self { reference: call.reference, ask }
    }
}

impl From<VoidCall> for Operation {
    fn from(call: VoidCall) -> Self {
        Self { reference: call.reference, ask: Ask::Void { of: call.of } }
    }
}

impl From<RefundCall> for Operation {
    fn from(call: RefundCall) -> Self {
        let ask = Ask::Refund { of: call.of, amount: call.amount };
        Self { reference: call.reference, ask }
    }
}

/// What was asked, in words: two calls under one reference must agree in it.
pub(crate) fn asked(operation: &Operation) -> String {
    let money = |amount: &Money| format!("{} {}", amount.minor(), amount.currency().code());
    match &operation.ask {
        Ask::Authorize { amount, capture, card, .. } => {
            let verb = if *capture { "charge" } else { "authorize" };
            format!("{verb} {} {} {}", money(amount), card.label(), card.last4)
        }
        Ask::Pay(call) => format!("pay {} {}", money(&call.amount), call.method),
        Ask::Capture { of, amount, rest: Rest::Released } => {
            format!("capture {} of {of}", money(amount))
        }
        Ask::Capture { of, amount, rest: Rest::Held } => {
            format!("capture {} of {of}, and hold the rest", money(amount))
        }
        Ask::Increment { of, amount } => format!("increment {of} to {}", money(amount)),
        Ask::Void { of } => format!("void {of}"),
        Ask::Refund { of, amount } => format!("refund {} of {of}", money(amount)),
    }
}
