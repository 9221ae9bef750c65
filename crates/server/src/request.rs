//! One request to the API, from bytes to an authenticated, parsed form, and from a command to its
//! answer.
//!
//! The order is that of decision 3: authenticate, then validate, then key and fingerprint, then
//! decide. Handlers come between the two halves and hold neither rules about money nor status codes.

mod body;
mod outcome;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequest, RawPathParams};
use farthing_core::id::{IntentId, SetupIntentId};
use farthing_core::idempotency::{IdempotencyKey, canonical_param, canonical_request};
use farthing_core::time::TimestampMs;
use farthing_domain::command::{Ask, Command, Meta, RequestMark};
use farthing_domain::idempotency::{Claim, ScopedKey};
use farthing_domain::refusal::Refusal;
use farthing_domain::reply::Reply;
use farthing_domain::tenant::{ApiKey, KeyClass, Mode, TenantId};
use farthing_domain::view::Key;
use http::request::Parts;
use http::{HeaderMap, Method};

use crate::app::Shared;
use crate::auth::{self, Caller};
use crate::breaker::Operation;
use crate::entropy;
use crate::error::{ApiError, Place, Problem, refusal};
use crate::flow;
use crate::form::Form;
use crate::gate::{self, Permit};
use crate::headers::{self, IDEMPOTENCY_KEY, KeyStatus, RequestId, STRIPE_VERSION};
use crate::origin;
use crate::params::Params;
use crate::scope;
use crate::trail;
use crate::wire::error as wire_error;
use crate::wire::render::unresolved;

pub use outcome::Outcome;

/// How long the form of a page may take to arrive.
const PAGE_BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// A request of a secret key.
#[derive(Debug)]
pub struct ApiRequest {
    /// The shared state.
    pub app: Shared,
    /// Whose rows it may touch.
    pub tenant: TenantId,
    /// What its key may do.
    pub class: KeyClass,
    /// The hash of its key, if that one has caps.
    pub spender: Option<[u8; 32]>,
    /// Its own time: wall time and the test clock's offset.
    pub now: TimestampMs,
    /// Wall time.
    pub wall: TimestampMs,
    /// `req_…`
    pub request_id: String,
    /// Its path, without the query.
    pub path: String,
    /// The id in its path; empty where the path has none.
    pub id: String,
    /// Its parameters.
    pub form: Form,
    key: Option<IdempotencyKey>,
    scope: Option<[u8; 12]>,
    /// Its place among those that are answered, until it is.
    _inside: Permit,
}

/// A request of a secret or a publishable key.
#[derive(Debug)]
pub struct PublicRequest(pub ApiRequest);

/// A request of an operator's key.
#[derive(Debug)]
pub struct OperatorRequest(pub ApiRequest);

/// A request of an operator's key, or of a secret key for its own merchant.
#[derive(Debug)]
pub struct HouseRequest(pub ApiRequest);

impl FromRequest<Shared> for ApiRequest {
    type Rejection = ApiError;

    async fn from_request(request: axum::extract::Request, app: &Shared) -> Result<Self, ApiError> {
        let request = read(request, app).await?;
        match request.class {
            KeyClass::Secret | KeyClass::Restricted => Ok(request),
            KeyClass::Publishable => Err(Problem::SecretKeyRequired.into()),
            KeyClass::Operator => Err(Problem::OperatorKeyElsewhere.into()),
        }
    }
}

impl FromRequest<Shared> for PublicRequest {
    type Rejection = ApiError;

    async fn from_request(request: axum::extract::Request, app: &Shared) -> Result<Self, ApiError> {
        let request = read(request, app).await?;
        match request.class {
            KeyClass::Secret | KeyClass::Restricted | KeyClass::Publishable => Ok(Self(request)),
            KeyClass::Operator => Err(Problem::OperatorKeyElsewhere.into()),
        }
    }
}

impl FromRequest<Shared> for OperatorRequest {
    type Rejection = ApiError;

    async fn from_request(request: axum::extract::Request, app: &Shared) -> Result<Self, ApiError> {
        let request = read(request, app).await?;
        match request.class {
            KeyClass::Operator => Ok(Self(request)),
            KeyClass::Secret | KeyClass::Restricted | KeyClass::Publishable => {
                Err(Problem::OperatorKeyRequired.into())
            }
        }
    }
}

impl FromRequest<Shared> for HouseRequest {
    type Rejection = ApiError;

    async fn from_request(request: axum::extract::Request, app: &Shared) -> Result<Self, ApiError> {
        let request = read(request, app).await?;
        match request.class {
            KeyClass::Operator | KeyClass::Secret | KeyClass::Restricted => Ok(Self(request)),
            KeyClass::Publishable => Err(Problem::SecretKeyRequired.into()),
        }
    }
}

/// Authenticates, then reads version, form and key. Without a header the key is in the form, so
/// that is read first then.
async fn read(request: axum::extract::Request, app: &Shared) -> Result<ApiRequest, ApiError> {
    let (mut parts, body) = request.into_parts();
    let id = path_id(&mut parts).await?;
    let in_header = auth::from_headers(&parts.headers);
    let known = match &in_header {
        Some(text) => Some(caller_of(app, text, &parts).await?),
        None if parts.method != Method::POST && parts.uri.query().is_none() => {
            return Err(Problem::NoApiKey.into());
        }
        None => None,
    };
    let form = body::read(&parts, body, app.config.body_timeout).await;
    let (form, caller) = if let Some(caller) = known {
        permit(&caller, &parts)?;
        (form?, caller)
    } else {
        let mut form = form.map_err(|_| Problem::NoApiKey)?;
        let text = auth::from_form(&mut form.params).ok_or(Problem::NoApiKey)?;
        let caller = caller_of(app, &text, &parts).await?;
        permit(&caller, &parts)?;
        (form, caller)
    };
    permit_expansions(&caller, &form)?;
    let class = gate::class_of(&caller.key, &parts.method, parts.uri.path());
    // Before anything is written down of it.
    let inside = app.gate.admit(class, app.flights.count())?;
    trail::asked(app, &caller, &parts).await?;
    let Caller { key, tenant, .. } = caller;
    admit_cards(app, &key, (&form, &parts.headers))?;
    version(&parts.headers)?;
    let wall = app.clock.now();
    let offset_ms = app.offsets.of(&app.store, tenant).await?;
    let request_id = parts.extensions.get::<RequestId>().map(|id| id.0.clone());
    Ok(ApiRequest {
        app: Arc::clone(app),
        tenant,
        class: key.class,
        spender: key.rights.caps.is_some().then_some(key.hash),
        now: wall.plus_ms(offset_ms),
        wall,
        request_id: request_id.unwrap_or_default(),
        path: parts.uri.path().to_owned(),
        id,
        form,
        key: idempotency_key(&parts)?,
        scope: None,
        _inside: inside,
    })
}

/// Who asks, if that key may ask once more.
async fn caller_of(app: &Shared, text: &str, parts: &Parts) -> Result<Caller, ApiError> {
    let caller = auth::authenticate(app, text, &parts.headers).await?;
    let class = gate::class_of(&caller.key, &parts.method, parts.uri.path());
    app.gate.count(&caller.key, class, app.clock.now()).await?;
    Ok(caller)
}

/// Whether the scopes of a restricted key let this method and path through.
fn permit(caller: &Caller, parts: &Parts) -> Result<(), ApiError> {
    if caller.key.class != KeyClass::Restricted {
        return Ok(());
    }
    let masked = caller.masked.clone();
    let needs = match scope::needed(&parts.method, parts.uri.path()) {
        Some((resource, access)) if caller.key.rights.scopes.allow(resource, access) => {
            return Ok(());
        }
        Some((resource, access)) => Some(format!("'{}' on '{}'", access.wire(), resource.wire())),
        None => None,
    };
    Err(Problem::Permissions { masked, needs }.into())
}

/// What a restricted key has expanded it must be allowed to read.
fn permit_expansions(caller: &Caller, form: &Form) -> Result<(), ApiError> {
    if caller.key.class != KeyClass::Restricted {
        return Ok(());
    }
    match scope::closed_expansion(form, &caller.key.rights.scopes) {
        Some(field) => {
            let needs = Some(format!("'read' on what '{field}' points to"));
            Err(Problem::Permissions { masked: caller.masked.clone(), needs }.into())
        }
        None => Ok(()),
    }
}

/// Whether a card that was typed may come with this key: with a publishable one only from the card
/// frame, whose pages are this server's own. Asked of every route at once, before anything is done;
/// what was typed is zeroed as the form is dropped.
fn admit_cards(
    app: &Shared,
    key: &ApiKey,
    (form, headers): (&Form, &HeaderMap),
) -> Result<(), ApiError> {
    let trusted = match key.class {
        KeyClass::Secret | KeyClass::Restricted | KeyClass::Operator => true,
        KeyClass::Publishable => {
            key.pages.allow_scripts && key.tenant.mode() == Mode::Test
                || origin::is_own(&app.config, headers)
        }
    };
    if form.cards.is_empty() || trusted { Ok(()) } else { Err(Problem::CardFromScript.into()) }
}

/// The form of a request that needs no key.
///
/// # Errors
/// A body that cannot be read.
pub async fn read_form(request: axum::extract::Request) -> Result<Form, ApiError> {
    let (parts, body) = request.into_parts();
    body::read(&parts, body, PAGE_BODY_TIMEOUT).await
}

/// The form that was sent, and nothing of the address: who makes a link must not fill in the form
/// behind it.
///
/// # Errors
/// A body that cannot be read.
pub async fn read_sent(request: axum::extract::Request) -> Result<Form, ApiError> {
    let (parts, body) = request.into_parts();
    body::read_alone(&parts, body, PAGE_BODY_TIMEOUT).await
}

async fn path_id(parts: &mut Parts) -> Result<String, ApiError> {
    use axum::extract::FromRequestParts;
    let unknown =
        Problem::UnknownUrl { method: parts.method.to_string(), path: parts.uri.path().to_owned() };
    let params = RawPathParams::from_request_parts(parts, &()).await.map_err(|_| unknown)?;
    Ok(params.iter().next().map(|(_, id)| id.to_owned()).unwrap_or_default())
}

fn version(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(given) = headers.get(STRIPE_VERSION) else { return Ok(()) };
    let text = String::from_utf8_lossy(given.as_bytes());
    if headers::is_version(&text) {
        Ok(())
    } else {
        Err(Problem::Version { given: text.into_owned() }.into())
    }
}

/// Keys count on POST alone (GET and DELETE are idempotent by themselves).
fn idempotency_key(parts: &Parts) -> Result<Option<IdempotencyKey>, ApiError> {
    match parts.headers.get(IDEMPOTENCY_KEY) {
        Some(key) if parts.method == Method::POST => {
            let text = String::from_utf8_lossy(key.as_bytes());
            Ok(Some(IdempotencyKey::parse(&text)?))
        }
        Some(_) | None => Ok(None),
    }
}

impl ApiRequest {
    /// The parameters, all of which must be among `known`.
    ///
    /// # Errors
    /// [`Problem::UnknownParameter`].
    pub fn params(&self, known: &[&str]) -> Result<Params<'_>, ApiError> {
        Params::only(&self.form.params, known)
    }

    /// Names the intent whose client secret a publishable key has shown: its keys are its own
    /// (decision 6).
    pub fn scope_to(&mut self, intent: IntentId) {
        self.scope = Some(intent.bytes());
    }

    /// The same of a set-up intent.
    pub fn scope_to_setup(&mut self, setup: SetupIntentId) {
        self.scope = Some(setup.bytes());
    }

    /// Runs a command and answers with what came of it.
    ///
    /// # Errors
    /// What the store could not do; a key that may not be used so.
    pub async fn submit(&self, ask: Ask, expand: Vec<String>) -> Result<Outcome, ApiError> {
        let claim = self.claim()?;
        let key = self.key.as_ref().map(|key| key.as_str().to_owned());
        let meta = Meta {
            tenant: self.tenant,
            now: self.wall,
            entropy: entropy::command(),
            claim,
            request: Some(RequestMark { id: self.request_id.clone(), key }),
            expand,
            spender: self.spender,
            acquirer: self.app.acquirers.first(Operation::Authorize, self.wall),
        };
        let submitted = flow::run(&self.app, Command { meta, ask }).await?;
        let (answer, kept) = (submitted.answer, submitted.kept);
        let (retry, original) = match submitted.reply {
            Reply::Refused(refused) => return Ok(self.refused(&refused, answer)),
            Reply::Replay(replay) => (None, Some(replay.request_id)),
            Reply::Unresolved(_) => (unresolved().retry, None),
            Reply::Object(_)
            | Reply::Declined(_)
            | Reply::IncrementDeclined(..)
            | Reply::SetupDeclined(_)
            | Reply::NetworkRefused(_)
            | Reply::Begun(_)
            | Reply::CustomerDeleted(_)
            | Reply::EndpointOpened(_)
            | Reply::EndpointDeleted(_)
            | Reply::BankAccountDeleted(_)
            | Reply::ClockAdvanced { .. }
            | Reply::PayoutSettings
            | Reply::ReserveSet { .. }
            | Reply::Done => (None, None),
        };
        let answer = answer.ok_or(Problem::Bug)?;
        let outcome = self.outcome(answer.status, answer.body);
        let key_status = match (&original, kept) {
            (Some(_), _) => KeyStatus::Replayed,
            (None, true) => KeyStatus::Stored,
            (None, false) => KeyStatus::Ignored,
        };
        Ok(Outcome { retry, original, key_status, ..outcome })
    }

    /// Runs an operator's command, whose answer the caller writes itself; some if it was refused.
    ///
    /// # Errors
    /// What the store could not do.
    pub async fn run(&self, ask: Ask) -> Result<Option<Outcome>, ApiError> {
        let submitted = flow::run(&self.app, flow::own(&self.app, self.tenant, ask)).await?;
        match submitted.reply {
            Reply::Refused(refused) => Ok(Some(self.refused(&refused, submitted.answer))),
            _ => Ok(None),
        }
    }

    /// What a command answers for another tenant, whose counters and whose clock it goes by.
    ///
    /// # Errors
    /// What the store could not do.
    pub async fn answer_of(&self, tenant: TenantId, ask: Ask) -> Result<Outcome, ApiError> {
        let submitted = flow::run(&self.app, flow::own(&self.app, tenant, ask)).await?;
        if let Reply::Refused(refused) = submitted.reply {
            return Ok(self.refused(&refused, submitted.answer));
        }
        let answer = submitted.answer.ok_or(Problem::Bug)?;
        Ok(self.outcome(answer.status, answer.body))
    }

    /// An answer without a command.
    pub fn outcome(&self, status: u16, body: Vec<u8>) -> Outcome {
        let key_status = KeyStatus::Ignored;
        Outcome { status, body, retry: None, original: None, key_status, class: self.class }
    }

    fn refused(
        &self,
        refused: &Refusal,
        answer: Option<farthing_domain::reply::Answer>,
    ) -> Outcome {
        let key = self.key.as_ref().map(IdempotencyKey::as_str);
        let row = refusal::with_key(refused, key, self.speaks_as_secret());
        let body = match (refused, answer) {
            // The kept words do not know the key.
            (Refusal::KeyReused { .. }, _) | (_, None) => wire_error::body(&row, |_| {}),
            (_, Some(answer)) => answer.body,
        };
        Outcome { retry: row.retry, ..self.outcome(row.status, body) }
    }

    /// Whether it may learn what only the merchant itself may.
    fn speaks_as_secret(&self) -> bool {
        matches!(self.class, KeyClass::Secret | KeyClass::Restricted)
    }

    /// Whose rows a request to the house is about: its own merchant's, or those of the merchant and
    /// mode that an operator names.
    ///
    /// # Errors
    /// [`Problem::Missing`] for a merchant that is not there; a secret key that names one.
    pub async fn owner(&self, params: &Params<'_>) -> Result<TenantId, ApiError> {
        if self.class != KeyClass::Operator {
            let foreign = ["livemode", "merchant"].into_iter().find(|name| params.has(name));
            return match foreign {
                Some(name) => Err(Problem::UnknownParameter { name: name.to_owned() }.into()),
                None => Ok(self.tenant),
            };
        }
        let number = params.integer("merchant")?.ok_or_else(|| params.missing("merchant"))?;
        let live = params.boolean("livemode")?.unwrap_or(false);
        let tenant = TenantId::of(number, if live { Mode::Live } else { Mode::Test });
        let view = self.app.store.fetch(vec![Key::Tenant(tenant)]).await?;
        if number < 1 || view.tenant(tenant).is_none() {
            let (noun, id, param) = ("merchant", number.to_string(), "merchant");
            return Err(Problem::Missing { noun, id, param, place: Place::Param }.into());
        }
        Ok(tenant)
    }

    /// Checks the key before work is done that a bad one would waste.
    ///
    /// # Errors
    /// [`Problem::KeyGuessable`].
    pub fn check_claim(&self) -> Result<(), ApiError> {
        match (&self.key, self.class, self.scope) {
            (Some(key), KeyClass::Publishable, None) if !key.bits_at_least_128() => {
                Err(Problem::KeyGuessable.into())
            }
            _ => Ok(()),
        }
    }

    /// A key in the scope of whoever asks (decision 6).
    pub fn scoped(&self, key: &IdempotencyKey) -> ScopedKey {
        self.scoped_as(key, self.class)
    }

    /// A key in the scope of the pages that hold the client secret of an object.
    pub fn scoped_to_pages_of(&mut self, object: [u8; 12], key: &IdempotencyKey) -> ScopedKey {
        self.scope = Some(object);
        self.scoped_as(key, KeyClass::Publishable)
    }

    fn scoped_as(&self, key: &IdempotencyKey, class: KeyClass) -> ScopedKey {
        let mut scoped = self.tenant.raw().to_be_bytes().to_vec();
        match (class, self.scope) {
            (KeyClass::Publishable, Some(intent)) => {
                scoped.push(b'i');
                scoped.extend_from_slice(&intent);
            }
            (KeyClass::Publishable, None) => scoped.push(b'p'),
            (KeyClass::Secret | KeyClass::Restricted | KeyClass::Operator, _) => scoped.push(b's'),
        }
        scoped.extend_from_slice(key.as_str().as_bytes());
        let mut short = [0; 16];
        short.copy_from_slice(&self.app.vault.fingerprint(&scoped)[..16]);
        ScopedKey(short)
    }

    /// What the request says of its key (decisions 1 and 6).
    fn claim(&self) -> Result<Option<Claim>, ApiError> {
        let Some(key) = &self.key else { return Ok(None) };
        self.check_claim()?;
        let vault = &self.app.vault;
        let canonical = canonical_request("POST", &self.path, &self.form.params);
        let tags = self
            .form
            .params
            .iter()
            .map(|(name, value)| (name.clone(), vault.tag(&canonical_param(name, value))));
        Ok(Some(Claim {
            key: self.scoped(key),
            path: self.path.clone(),
            fingerprint: vault.fingerprint(&canonical),
            tags: tags.collect(),
        }))
    }
}
