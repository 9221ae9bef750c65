//! What a holder is asked about: a payment, or a card that is set up for later ones.

use farthing_core::id::{IntentId, PaymentMethodId, SetupIntentId};
use farthing_domain::command::{AnswerChallenge, AnswerSetup, Ask};
use farthing_domain::intent::{Intent, IntentState};
use farthing_domain::setup::{SetupIntent, SetupState};
use farthing_domain::tenant::TenantId;
use farthing_domain::view::Key;

use super::page::{About, Outcome};
use crate::app::App;
use crate::error::ApiError;
use crate::error::refusal::display;
use crate::wire::{intent, setup};

/// What a holder is asked about.
#[derive(Debug)]
pub(super) enum Subject {
    Payment(Box<Intent>),
    SetUp(Box<SetupIntent>),
}

impl Subject {
    /// Finds it by the id of the path.
    pub(super) async fn find(
        app: &App,
        tenant: TenantId,
        id: &str,
    ) -> Result<Option<Self>, ApiError> {
        if let Some(id) = IntentId::parse(id) {
            let view = app.store.fetch(vec![Key::Intent(tenant, id)]).await?;
            return Ok(view.intent(tenant, id).map(|row| Self::Payment(row.clone().into())));
        }
        let Some(id) = SetupIntentId::parse(id) else { return Ok(None) };
        let view = app.store.fetch(vec![Key::Setup(tenant, id)]).await?;
        Ok(view.setup(tenant, id).map(|row| Self::SetUp(row.clone().into())))
    }

    /// The same as it is now.
    pub(super) async fn again(&self, app: &App) -> Result<Option<Self>, ApiError> {
        Self::find(app, self.tenant(), &self.id()).await
    }

    pub(super) fn tenant(&self) -> TenantId {
        match self {
            Self::Payment(row) => row.tenant,
            Self::SetUp(row) => row.tenant,
        }
    }

    fn id(&self) -> String {
        match self {
            Self::Payment(row) => row.id.to_string(),
            Self::SetUp(row) => row.id.to_string(),
        }
    }

    pub(super) fn about(&self) -> About {
        match self {
            Self::Payment(_) => About::Payment,
            Self::SetUp(_) => About::SetUp,
        }
    }

    pub(super) fn client_secret(&self) -> String {
        match self {
            Self::Payment(row) => intent::client_secret(row),
            Self::SetUp(row) => setup::client_secret(row),
        }
    }

    /// How much is asked; nothing where nothing is charged.
    pub(super) fn amount(&self) -> Option<String> {
        match self {
            Self::Payment(row) => Some(display(row.amount)),
            Self::SetUp(_) => None,
        }
    }

    pub(super) fn method(&self) -> Option<PaymentMethodId> {
        match self {
            Self::Payment(row) => row.method,
            Self::SetUp(row) => row.method,
        }
    }

    pub(super) fn confirmations(&self) -> u32 {
        match self {
            Self::Payment(row) => row.confirmations,
            Self::SetUp(row) => row.confirmations,
        }
    }

    /// Whether somebody waits for the holder.
    pub(super) fn waits(&self) -> bool {
        match self {
            Self::Payment(row) => matches!(row.state, IntentState::RequiresAction { .. }),
            Self::SetUp(row) => matches!(row.state, SetupState::RequiresAction { .. }),
        }
    }

    /// Where to go afterwards, if the caller said.
    pub(super) fn return_url(&self) -> Option<&str> {
        match self {
            Self::Payment(row) => match &row.state {
                IntentState::RequiresAction { return_url, .. } => return_url.as_deref(),
                _ => None,
            },
            Self::SetUp(row) => match &row.state {
                SetupState::RequiresAction { return_url } => return_url.as_deref(),
                _ => None,
            },
        }
    }

    /// The command that takes the holder's answer.
    pub(super) fn answer(&self, passed: bool) -> Ask {
        let confirmation = self.confirmations();
        match self {
            Self::Payment(row) => {
                Ask::AnswerChallenge(AnswerChallenge { id: row.id, confirmation, passed })
            }
            Self::SetUp(row) => Ask::AnswerSetup(AnswerSetup { id: row.id, confirmation, passed }),
        }
    }

    /// How it stands now.
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Payment(row) => match row.state {
                IntentState::Succeeded { .. } | IntentState::RequiresCapture { .. } => {
                    Outcome::Succeeded
                }
                IntentState::RequiresPaymentMethod { .. } | IntentState::Canceled { .. } => {
                    Outcome::Failed
                }
                IntentState::RequiresAction { .. } => Outcome::Open,
                IntentState::Processing | IntentState::RequiresConfirmation => Outcome::Processing,
            },
            Self::SetUp(row) => match row.state {
                SetupState::Succeeded => Outcome::Succeeded,
                SetupState::RequiresPaymentMethod { .. } | SetupState::Canceled { .. } => {
                    Outcome::Failed
                }
                SetupState::RequiresAction { .. } => Outcome::Open,
                SetupState::Processing | SetupState::RequiresConfirmation => Outcome::Processing,
            },
        }
    }

    /// What stands in the address of the shop's page, in front of the outcome.
    pub(super) fn query(&self) -> String {
        let (id, secret) = (self.id(), self.client_secret());
        match self {
            Self::Payment(_) => {
                format!("payment_intent={id}&payment_intent_client_secret={secret}")
            }
            Self::SetUp(_) => format!("setup_intent={id}&setup_intent_client_secret={secret}"),
        }
    }
}
