//! Cards set up for later, tokens, and warnings of fraud.

use farthing_core::id::{FraudWarningId, TokenId};
use farthing_domain::command::{
    AnswerSetup, Ask, CancelSetup, ConfirmSetup, CreateSetup, MetadataPatch, Patch, SetupConfirm,
    UpdateSetup, UseToken, WarnOfFraud,
};
use farthing_domain::intent::MethodChoice;
use farthing_domain::method::Redisplay;
use farthing_domain::object::{Billing, Metadata};
use farthing_domain::query::List;
use farthing_domain::view::Row;
use farthing_store::Store;

use super::{Drive, rows};

impl Drive {
    /// A set-up is made, confirmed, answered, changed or given up; or a token is; or a charge is
    /// warned of.
    pub(super) fn setup(&mut self, store: &Store) -> Option<Ask> {
        let setups = rows(store, List::Setups { customer: None, method: None });
        if setups.len() < 3 || self.seeded.one_in(3) {
            return Some(self.create_setup());
        }
        let Row::Setup(setup) = self.seeded.pick(&setups)? else { return None };
        let id = setup.id;
        Some(match self.seeded.below(8) {
            0 => Ask::CancelSetup(CancelSetup { id, reason: None }),
            1 => Ask::UpdateSetup(Box::new(UpdateSetup {
                id,
                customer: None,
                method: self.seeded.one_in(2).then(|| self.source()),
                description: Patch::Set("d".to_owned()),
                metadata: MetadataPatch::default(),
            })),
            2 | 3 => {
                let passed = !self.seeded.one_in(3);
                let older = u32::from(self.seeded.one_in(8));
                let confirmation = setup.confirmations.saturating_sub(older);
                Ask::AnswerSetup(AnswerSetup { id, confirmation, passed })
            }
            4 => Ask::CreateToken(Box::new(self.method())),
            5 => self.use_token(store)?,
            6 => {
                let charges = rows(store, List::Charges { intent: None, group: None });
                let Row::Charge(charge) = self.seeded.pick(&charges)? else { return None };
                let id = FraudWarningId::new(self.now, self.seeded.bytes());
                Ask::WarnOfFraud(WarnOfFraud { id, charge: charge.id })
            }
            _ => Ask::ConfirmSetup(Box::new(ConfirmSetup {
                id,
                method: Some(self.source()),
                confirm: SetupConfirm { return_url: Some("https://back".to_owned()) },
            })),
        })
    }

    fn create_setup(&mut self) -> Ask {
        let method = Some(self.source());
        Ask::CreateSetup(Box::new(CreateSetup {
            customer: None,
            method,
            methods: MethodChoice::Listed(farthing_domain::method_type::MethodSet::CARD),
            confirm: (!self.seeded.one_in(4)).then(SetupConfirm::default),
            description: None,
            metadata: Metadata::new(),
        }))
    }

    /// Some token, used before or not.
    fn use_token(&mut self, store: &Store) -> Option<Ask> {
        let tokens: Vec<TokenId> = store
            .dump()
            .expect("readable")
            .into_iter()
            .filter_map(|row| if let Row::Token(token) = row { Some(token.id) } else { None })
            .collect();
        let token = self.seeded.pick(&tokens)?;
        let (billing, metadata) = (Billing::default(), Metadata::new());
        let redisplay = Redisplay::Unspecified;
        Some(Ask::UseToken(Box::new(UseToken { token, billing, metadata, redisplay })))
    }
}
