//! What merchants do with what is available, and what becomes of it.

use farthing_core::currency::Currency;
use farthing_core::id::BankAccountId;
use farthing_core::money::Money;
use farthing_domain::bank::BankDetails;
use farthing_domain::command::{
    AddBankAccount, Ask, CreatePayout, Funds, HearPayout, MetadataPatch, PayoutNews, PayoutTold,
    ReversePayout, UpdatePayoutSettings,
};
use farthing_domain::object::Metadata;
use farthing_domain::payout::{PayoutFailure, PayoutMethod};
use farthing_domain::query::{CreatedRange, List};
use farthing_domain::tenant::Interval;
use farthing_domain::view::Row;
use farthing_store::Store;

use super::{Drive, rows};

impl Drive {
    /// A payout is made, given up, reversed, told of or heard of; or the schedule changes.
    pub(super) fn payout(&mut self, store: &Store) -> Option<Ask> {
        let accounts = rows(store, List::BankAccounts);
        let currencies = [("US", Currency::USD), ("JP", Currency::JPY)];
        if accounts.len() < 2 || self.seeded.one_in(30) {
            let which = accounts.len() % 2;
            return Some(self.add_account(currencies[which]));
        }
        if self.seeded.one_in(12) {
            let minor = i64::try_from(self.seeded.below(3_000)).unwrap_or(0);
            return Some(Ask::SetReserve(Money::new(minor, Currency::USD).expect("not negative")));
        }
        if self.seeded.one_in(20) {
            let Row::BankAccount(account) = self.seeded.pick(&accounts)? else { return None };
            return Some(Ask::DeleteBankAccount(account.id));
        }
        let arrival = CreatedRange::default();
        let list = List::Payouts { state: None, destination: None, arrival };
        let payouts = rows(store, list);
        let dice = self.seeded.below(12);
        if dice < 4 {
            return Some(self.create_payout());
        }
        if dice == 4 {
            return Some(self.schedule());
        }
        let Row::Payout(payout) = self.seeded.pick(&payouts)? else { return None };
        let news = [PayoutNews::Paid, PayoutNews::Failed(PayoutFailure::NoAccount)];
        Some(match dice {
            5 => Ask::CancelPayout(payout.id),
            6 => {
                let metadata = Metadata::new();
                Ask::ReversePayout(Box::new(ReversePayout { id: payout.id, metadata }))
            }
            7 => Ask::UpdatePayout(payout.id, MetadataPatch::default()),
            8 => {
                let refused = self.seeded.one_in(3);
                let said = if refused { PayoutTold::Refused } else { PayoutTold::Taken };
                Ask::PayoutTold(payout.id, said)
            }
            _ => {
                let news = self.seeded.pick(&news)?;
                Ask::HearPayout(HearPayout { id: payout.id, news, at: payout.arrival })
            }
        })
    }

    fn add_account(&mut self, (country, currency): (&str, Currency)) -> Ask {
        let details = BankDetails {
            country: country.to_owned(),
            currency,
            holder: None,
            routing: None,
            last4: "6789".to_owned(),
            fingerprint: "fingerprint".to_owned(),
            sealed: vec![3; 30],
        };
        let id = BankAccountId::new(self.now, self.seeded.bytes());
        let metadata = Metadata::new();
        let make_default = self.seeded.one_in(2);
        Ask::AddBankAccount(Box::new(AddBankAccount { id, details, make_default, metadata }))
    }

    fn create_payout(&mut self) -> Ask {
        let currency = if self.seeded.one_in(4) { Currency::JPY } else { Currency::USD };
        let minor = i64::try_from(self.seeded.below(60_000)).unwrap_or(0) + 1;
        let methods = [PayoutMethod::Standard, PayoutMethod::Instant];
        Ask::CreatePayout(Box::new(CreatePayout {
            amount: Money::new(minor, currency).expect("not negative"),
            destination: None,
            method: self.seeded.pick(&methods).expect("there are some"),
            funds: Funds::Card,
            description: None,
            statement_descriptor: None,
            metadata: Metadata::new(),
        }))
    }

    fn schedule(&mut self) -> Ask {
        let intervals =
            [Interval::Manual, Interval::Daily, Interval::Weekly(2), Interval::Monthly(31)];
        Ask::UpdatePayoutSettings(UpdatePayoutSettings {
            delay_days: self.seeded.pick(&[None, Some(1), Some(2)]).expect("there are some"),
            interval: self.seeded.pick(&intervals),
        })
    }
}
