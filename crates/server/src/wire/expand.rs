//! Expansion: which pointers of an object may be replaced by what they point to.
//!
//! The graph is closed and small, so a path is checked by walking it. Four levels, as the wire has it.

/// Levels one path may have.
pub const LEVELS_MAX: usize = 4;

/// Paths still to be expanded below some object.
#[derive(Clone, Debug, Default)]
pub struct Expand<'p> {
    paths: Vec<&'p str>,
}

impl<'p> Expand<'p> {
    /// Nothing is expanded.
    pub fn none() -> Self {
        Self::default()
    }

    /// Of paths that were checked.
    pub fn of(paths: &'p [String]) -> Self {
        Self { paths: paths.iter().map(String::as_str).collect() }
    }

    /// Of the paths under `data.`, for the items of a list.
    pub fn items(paths: &'p [String]) -> Self {
        let paths = paths.iter().filter_map(|path| path.strip_prefix("data."));
        Self { paths: paths.collect() }
    }

    /// What is to be expanded inside a field; none where the field itself is not.
    pub fn below(&self, field: &str) -> Option<Self> {
        if self.paths.is_empty() {
            return None;
        }
        let rests = self.paths.iter().filter_map(|path| path.strip_prefix(field));
        let rests: Vec<&str> =
            rests.filter(|rest| rest.is_empty() || rest.starts_with('.')).collect();
        if rests.is_empty() {
            return None;
        }
        let paths = rests.iter().filter_map(|rest| rest.strip_prefix('.')).collect();
        Some(Self { paths })
    }

    /// Whether nothing is to be expanded.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }
}

/// What kind of object a path starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A payment intent.
    Intent,
    /// A charge.
    Charge,
    /// A refund.
    Refund,
    /// A customer.
    Customer,
    /// What a customer's invoices are like: a part of it, with a pointer of its own.
    InvoiceSettings,
    /// A set-up intent.
    Setup,
    /// One try to set a card up.
    SetupAttempt,
    /// An early fraud warning.
    Warning,
    /// A dispute.
    Dispute,
    /// A payment method.
    Method,
    /// A payout.
    Payout,
    /// A balance transaction.
    BalanceTransaction,
    /// A charge, a refund, a dispute or a payout, whatever moved the funds.
    Source,
    /// Something without pointers: an endpoint, an event, the balance.
    Leaf,
    /// A list of any of these.
    List(Item),
    /// What a search found of any of these.
    Search(Item),
    /// A pointer that is always null here: it may be named, and leads nowhere.
    Null,
}

/// What a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// Payment intents.
    Intents,
    /// Charges.
    Charges,
    /// Customers.
    Customers,
    /// Payment methods.
    Methods,
    /// Set-up intents.
    Setups,
    /// Tries to set a card up.
    SetupAttempts,
    /// Early fraud warnings.
    Warnings,
    /// Refunds.
    Refunds,
    /// Disputes.
    Disputes,
    /// Payouts.
    Payouts,
    /// Balance transactions.
    BalanceTransactions,
    /// Things without pointers.
    Leaves,
}

impl Kind {
    /// Whether a path can be expanded from here.
    pub fn allows(self, path: &str) -> bool {
        let (path, start) = match (self, path.strip_prefix("data.")) {
            (Self::List(item) | Self::Search(item), Some(rest)) => (rest, item.kind()),
            (Self::Search(_), None) => return path == "total_count",
            (Self::List(_), None) => return false,
            (kind, _) => (path, kind),
        };
        let mut at = start;
        let mut levels = 0;
        for field in path.split('.') {
            levels += 1;
            match at.field(field) {
                Some(next) if levels <= LEVELS_MAX => at = next,
                _ => return false,
            }
        }
        // A part of an object is none.
        at != Self::InvoiceSettings
    }

    /// Whether the path would have been right with `data.` in front.
    pub fn list_hint(self, path: &str) -> bool {
        match self {
            Self::List(item) | Self::Search(item) => item.kind().allows(path),
            _ => false,
        }
    }

    fn field(self, field: &str) -> Option<Self> {
        match (self, field) {
            (Self::Intent | Self::Setup | Self::SetupAttempt, "payment_method") => {
                Some(Self::Method)
            }
            (Self::Customer, "invoice_settings") => Some(Self::InvoiceSettings),
            (Self::InvoiceSettings, "default_payment_method") => Some(Self::Method),
            (Self::Setup, "latest_attempt") => Some(Self::SetupAttempt),
            (Self::SetupAttempt, "setup_intent") => Some(Self::Setup),
            (Self::Intent, "latest_charge")
            | (Self::Refund | Self::Dispute | Self::Warning | Self::Source, "charge") => {
                Some(Self::Charge)
            }
            (
                Self::Charge | Self::Refund | Self::Dispute | Self::Warning | Self::Source,
                "payment_intent",
            ) => Some(Self::Intent),
            (Self::Charge | Self::Source, "dispute") => Some(Self::Dispute),
            (Self::Charge | Self::Refund | Self::Payout | Self::Source, "balance_transaction")
            | (Self::Refund | Self::Payout | Self::Source, "failure_balance_transaction") => {
                Some(Self::BalanceTransaction)
            }
            (Self::Payout | Self::Source, "original_payout" | "reversed_by") => Some(Self::Payout),
            (Self::Payout | Self::Source, "destination") => Some(Self::Leaf),
            (Self::BalanceTransaction, "source") => Some(Self::Source),
            (
                Self::Intent
                | Self::Charge
                | Self::Refund
                | Self::Method
                | Self::Setup
                | Self::SetupAttempt
                | Self::Source,
                "customer",
            ) => Some(Self::Customer),
            (Self::Charge | Self::Source, "refunds") => Some(Self::List(Item::Refunds)),
            (Self::List(item), "data") => Some(item.kind()),
            (Self::Intent, "application" | "on_behalf_of" | "review" | "source")
            | (
                Self::Charge,
                "application"
                | "application_fee"
                | "failure_balance_transaction"
                | "on_behalf_of"
                | "review"
                | "source_transfer",
            )
            | (Self::Setup, "application" | "mandate" | "on_behalf_of" | "single_use_mandate")
            | (Self::SetupAttempt, "application" | "on_behalf_of")
            | (Self::Refund, "source_transfer_reversal" | "transfer_reversal")
            | (Self::Payout, "application_fee")
            | (Self::Customer, "default_source" | "test_clock") => Some(Self::Null),
            _ => None,
        }
    }
}

impl Item {
    fn kind(self) -> Kind {
        match self {
            Self::Intents => Kind::Intent,
            Self::Charges => Kind::Charge,
            Self::Customers => Kind::Customer,
            Self::Methods => Kind::Method,
            Self::Setups => Kind::Setup,
            Self::SetupAttempts => Kind::SetupAttempt,
            Self::Warnings => Kind::Warning,
            Self::Refunds => Kind::Refund,
            Self::Disputes => Kind::Dispute,
            Self::Payouts => Kind::Payout,
            Self::BalanceTransactions => Kind::BalanceTransaction,
            Self::Leaves => Kind::Leaf,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_walked_over_the_closed_graph() {
        for (kind, path, allowed) in [
            (Kind::Intent, "latest_charge", true),
            (Kind::Intent, "latest_charge.balance_transaction", true),
            (Kind::Intent, "latest_charge.balance_transaction.source", true),
            (Kind::Intent, "latest_charge.balance_transaction.source.payment_intent", true),
            (Kind::Intent, "latest_charge.balance_transaction.source.charge.payment_intent", false),
            (Kind::Intent, "customer", true),
            (Kind::Intent, "customer.default_source", true),
            (Kind::Customer, "invoice_settings.default_payment_method.customer", true),
            (Kind::Intent, "customer.sources", false),
            (Kind::Charge, "refunds", true),
            (Kind::Charge, "refunds.data.balance_transaction", true),
            (Kind::Intent, "latest_charge.refunds.data.customer", true),
            (Kind::Intent, "latest_charge.refunds.data.charge.customer", false),
            (Kind::Charge, "refunds.charge", false),
            (Kind::Customer, "invoice_settings", false),
            (Kind::Intent, "amount", false),
            (Kind::Intent, "", false),
            (Kind::Intent, "latest_charge.", false),
            (Kind::Intent, "data.latest_charge", false),
            (Kind::List(Item::Intents), "data.latest_charge", true),
            (Kind::List(Item::Intents), "latest_charge", false),
            (Kind::List(Item::Intents), "data", false),
            (Kind::Leaf, "anything", false),
        ] {
            assert_eq!(kind.allows(path), allowed, "{kind:?} {path}");
        }
        assert!(Kind::List(Item::Intents).list_hint("latest_charge"));
        assert!(!Kind::List(Item::Intents).list_hint("nope"));
        assert!(!Kind::Intent.list_hint("latest_charge"));
    }

    #[test]
    fn what_is_below_a_field_is_cut_off_at_its_dot() {
        let paths = ["latest_charge.balance_transaction".to_owned(), "payment_method".to_owned()];
        let expand = Expand::of(&paths);
        assert!(expand.below("latest").is_none());
        let charge = expand.below("latest_charge").unwrap();
        assert!(charge.below("balance_transaction").unwrap().is_empty());
        assert!(charge.below("payment_intent").is_none());
        assert!(expand.below("payment_method").unwrap().is_empty());
        assert!(Expand::none().below("payment_method").is_none());
    }
}
