//! From a typed card to a sealed one: the only place of the wire side that touches a number.

use farthing_acquirer::{Acquirer as _, MagicCard, magic};
use farthing_core::card::{Expiry, check_expiry};
use farthing_core::id::{PaymentMethodId, TokenId};
use farthing_core::time::TimestampMs;
use farthing_domain::command::{CreateMethod, MethodSource, NewExpiry, UseToken};
use farthing_domain::method::{Card, PaymentMethod, Redisplay, WALLET};
use farthing_domain::method_type::MethodType;
use farthing_domain::object::{Billing, Metadata};
use farthing_domain::tenant::{Mode, TenantId};
use farthing_vault::{CardNumber, CardScope, Cvc, Nonce};

use crate::app::App;
use crate::entropy;
use crate::error::{ApiError, Place, Problem};
use crate::form::CardSecrets;
use crate::request::ApiRequest;

/// What a new card comes with.
#[derive(Debug)]
pub struct Around {
    /// Whom it belongs to.
    pub billing: Billing,
    /// The caller's own pairs.
    pub metadata: Metadata,
    /// Whether it may be shown to its customer again.
    pub redisplay: Redisplay,
}

impl Around {
    /// A card that comes with nothing else.
    pub fn nothing() -> Self {
        Self {
            billing: Billing::default(),
            metadata: Metadata::new(),
            redisplay: Redisplay::Unspecified,
        }
    }
}

/// Checks, fingerprints and seals a card that was typed. Its code goes on the shelf for its one use.
///
/// # Errors
/// [`Problem::Card`] with the part that is wrong.
pub fn typed(
    request: &mut ApiRequest,
    path: &str,
    (month, year): (i64, i64),
    around: Around,
) -> Result<CreateMethod, ApiError> {
    let CardSecrets { number, cvc } = request.form.cards.remove(path).unwrap_or_default();
    let wrong = |error, name| ApiError::from(Problem::Card { error, name });
    let mut number =
        number.ok_or_else(|| Problem::CardNumberMissing { name: format!("{path}[number]") })?;
    let number = CardNumber::take(&mut number).map_err(|error| wrong(error, "number"))?;
    let expiry = expiry(month, year, request.now)?;
    let cvc = match cvc {
        Some(mut cvc) if !cvc.is_empty() => {
            Some(Cvc::take(&mut cvc, number.brand()).map_err(|error| wrong(error, "cvc"))?)
        }
        Some(_) | None => None,
    };
    let place = (request.tenant, request.now);
    let (ask, fingerprint) = seal(&request.app, place, (number, expiry), around)?;
    request.form.put_fingerprint(path, &fingerprint);
    if let Some(cvc) = cvc {
        request.app.cvcs.put(ask.id, cvc, request.wall);
    }
    Ok(ask)
}

/// The card that a parameter names: one on file, or one of the simulator's, minted on the spot.
///
/// # Errors
/// [`Problem::Missing`] where there can be no such card.
pub fn named(request: &ApiRequest, text: &str) -> Result<MethodSource, ApiError> {
    if let Some(source) = simulated(request, text)? {
        return Ok(source);
    }
    match PaymentMethodId::parse(text) {
        Some(id) => Ok(MethodSource::Stored(id)),
        None => Err(missing(text)),
    }
}

/// One of the simulator's cards by its name, minted on the spot; none if there is no such name.
///
/// # Errors
/// Ours only.
pub fn simulated(request: &ApiRequest, text: &str) -> Result<Option<MethodSource>, ApiError> {
    let Some(card) = magic_card(request, text) else { return Ok(None) };
    Ok(Some(MethodSource::New(Box::new(minted(request, card, Around::nothing())?))))
}

/// The card that a token stands for: one that was typed before, or one of the simulator's
/// (`card[token]=tok_visa`), minted on the spot.
///
/// # Errors
/// [`Problem::Missing`] where there can be no such token.
pub fn token(request: &ApiRequest, text: &str, around: Around) -> Result<MethodSource, ApiError> {
    if let Some(card) = magic_card(request, text).filter(|_| text.starts_with("tok_")) {
        return Ok(MethodSource::New(Box::new(minted(request, card, around)?)));
    }
    let token = TokenId::parse(text).ok_or_else(|| Problem::Missing {
        noun: "token",
        id: text.to_owned(),
        param: "card[token]",
        place: Place::Param,
    })?;
    let Around { billing, metadata, redisplay } = around;
    Ok(MethodSource::Token(Box::new(UseToken { token, billing, metadata, redisplay })))
}

/// The answer for a card that does not exist or belongs to somebody else.
fn missing(text: &str) -> ApiError {
    Problem::Missing {
        noun: "PaymentMethod",
        id: text.to_owned(),
        param: "payment_method",
        place: Place::Param,
    }
    .into()
}

/// Test cards are for test mode.
fn magic_card(request: &ApiRequest, text: &str) -> Option<MagicCard> {
    match request.tenant.mode() {
        Mode::Test => magic(text),
        Mode::Live => None,
    }
}

fn minted(request: &ApiRequest, card: MagicCard, around: Around) -> Result<CreateMethod, ApiError> {
    let MagicCard { number, exp_month, exp_year, cvc, wallet } = card;
    let number = CardNumber::take(&mut number.as_bytes().to_vec()).map_err(|_| Problem::Bug)?;
    let cvc = Cvc::take(&mut cvc.as_bytes().to_vec(), number.brand()).ok();
    let expiry = Expiry { month: exp_month, year: exp_year };
    let place = (request.tenant, request.now);
    let (mut ask, _) = seal(&request.app, place, (number, expiry), around)?;
    if let Some(wallet) = wallet {
        ask.parts.insert(WALLET.to_owned(), wallet.to_owned());
    }
    if let Some(cvc) = cvc {
        request.app.cvcs.put(ask.id, cvc, request.wall);
    }
    Ok(ask)
}

/// The number of a card on file sealed again, with another expiry. Either part may be left as it is.
///
/// # Errors
/// [`Problem::Card`] with the part that is wrong.
pub fn renewed(
    request: &ApiRequest,
    method: &PaymentMethod,
    (month, year): (Option<i64>, Option<i64>),
) -> Result<NewExpiry, ApiError> {
    let month = month.unwrap_or(i64::from(method.card.exp_month));
    let year = year.unwrap_or(i64::from(method.card.exp_year));
    let expiry = expiry(month, year, request.now)?;
    let vault = &request.app.vault;
    let scope = CardScope { tenant: request.tenant.raw(), method: method.id };
    let nonce = Nonce::from_entropy(entropy::bytes());
    let seal = |card: &farthing_vault::OpenCard| {
        let number = CardNumber::take(&mut card.number().as_bytes().to_vec()).ok()?;
        Some(vault.seal_card(&number, expiry, scope, nonce))
    };
    let sealed = vault.with_card(&method.sealed, scope, None, seal).map_err(|_| Problem::Vault)?;
    let sealed = sealed.ok_or(Problem::Vault)?;
    Ok(NewExpiry { month: expiry.month, year: expiry.year, sealed })
}

fn expiry(month: i64, year: i64, now: TimestampMs) -> Result<Expiry, ApiError> {
    check_expiry(month, year, now).map_err(|error| {
        let name = if error.code() == "invalid_expiry_month" { "exp_month" } else { "exp_year" };
        Problem::Card { error, name }.into()
    })
}

fn seal(
    app: &App,
    (tenant, now): (TenantId, TimestampMs),
    (number, expiry): (CardNumber, Expiry),
    around: Around,
) -> Result<(CreateMethod, String), ApiError> {
    let id = PaymentMethodId::new(now, entropy::bytes());
    let scope = CardScope { tenant: tenant.raw(), method: id };
    let fingerprint = app.vault.card_fingerprint(tenant.raw(), &number);
    let nonce = Nonce::from_entropy(entropy::bytes());
    let sealed = app.vault.seal_card(&number, expiry, scope, nonce);
    let look =
        |card: &farthing_vault::OpenCard| app.acquirers.principal().network.facts(card.number());
    let facts = app.vault.with_card(&sealed, scope, None, look).map_err(|_| Problem::Vault)?;
    let card = Card {
        brand: facts.brand,
        last4: number.last4(),
        exp_month: expiry.month,
        exp_year: expiry.year,
        fingerprint: fingerprint.clone(),
        funding: facts.funding.wire().to_owned(),
        country: facts.country.map(str::to_owned),
    };
    let Around { billing, metadata, redisplay } = around;
    let (kind, parts) = (MethodType::CARD, Metadata::new());
    let ask = CreateMethod { id, kind, card, parts, billing, sealed, metadata, redisplay };
    Ok((ask, fingerprint))
}
