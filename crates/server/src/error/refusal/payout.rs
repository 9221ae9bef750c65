//! What whoever wants funds at the bank is told.

use farthing_domain::payout::Irreversible;
use farthing_domain::refusal::Refusal;

use super::display;
use crate::error::table::Row;

/// The row of a refusal about payouts or bank accounts.
pub(super) fn row(refusal: &Refusal) -> Row {
    match refusal {
        Refusal::BalanceInsufficient { asked } => Row::bad(format!(
            "You have insufficient available funds to move {}. In test mode, a payment with pm_card_bypassPending is available at once.",
            display(*asked)
        ))
        .code("balance_insufficient"),
        Refusal::BankAccountMissing { currency } => Row::bad(format!(
            "You have no external accounts in that currency ({}). Add one with POST /v1/farthing/bank_accounts.",
            currency.code()
        ))
        .param("destination"),
        Refusal::BankAccountCurrency { kept_in } => Row::bad(format!(
            "This external account is kept in {}; a payout to it must be in the same currency.",
            kept_in.code()
        ))
        .param("destination"),
        Refusal::BankAccountsFull => Row::bad(format!(
            "A merchant has at most {} bank accounts.",
            farthing_domain::limits::BANK_ACCOUNTS_PER_TENANT
        )),
        Refusal::BankAccountDefault => Row::bad(
            "This is the default account of its currency. Make another one the default first: add it with default_for_currency=true.",
        ),
        Refusal::PayoutNotCancelable { automatic: true, .. } => {
            Row::bad("Automatic payouts cannot be canceled.")
        }
        Refusal::PayoutNotCancelable { state, .. } => Row::bad(format!(
            "This payout cannot be canceled because it has a status of {state}. Only a pending payout that reverses no other can be canceled."
        )),
        Refusal::PayoutNotReversible { why, .. } => match why {
            Irreversible::State(state) => Row::bad(format!(
                "This payout cannot be reversed because it has a status of {state}. Only a paid payout can be reversed."
            )),
            Irreversible::Reversed => {
                Row::bad("This payout has been reversed already, or reverses another one.")
            }
            Irreversible::Country => {
                Row::bad("Only payouts to bank accounts in the US or in Canada can be reversed.")
            }
        },
        other => unreachable!("{other:?} has its line elsewhere"),
    }
}
