//! `/v1/farthing/keys`, and what its routes share.
//!
//! An operator does everything here; a secret key makes restricted keys of its own merchant and
//! mode, and rolls and ends those.

pub mod create;
pub mod delete;
pub mod list;
pub mod retrieve;
pub mod rights;
pub mod roll;
pub mod update;

use farthing_core::id::ApiKeyId;
use farthing_core::origin::Origin;
use farthing_core::time::TimestampMs;
use farthing_domain::command::{Ask, NewKey};
use farthing_domain::key::{Caps, Rights};
use farthing_domain::query::Scan;
use farthing_domain::tenant::{ApiKey, KeyClass, Mode, Pages, TenantId};
use farthing_domain::view::Row;

use crate::auth::masked;
use crate::config::Config;
use crate::error::{ApiError, Place, Problem};
use crate::mint::{Minted, mint};
use crate::origin;
use crate::params::Params;
use crate::request::{ApiRequest, Outcome};
use crate::wire::json::{Object, object_into};

/// What a request says about pages.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Their origins; an empty list takes all away.
    pub origins: Option<Vec<Origin>>,
    /// Whether scripts may send card numbers.
    pub allow_scripts: Option<bool>,
}

/// Reads `origins` and `allow_scripts`.
///
/// # Errors
/// [`Problem::BadOrigin`] and [`Problem::OwnOrigin`] with the place in the list; wrong types.
pub fn asked(config: &Config, params: &Params<'_>) -> Result<Asked, ApiError> {
    let allow_scripts = params.boolean("allow_scripts")?;
    // An empty value unsets, as everywhere.
    if params.scalar("origins").is_ok_and(|text| text == Some("")) {
        return Ok(Asked { origins: Some(Vec::new()), allow_scripts });
    }
    let Some(texts) = params.any_texts("origins")? else {
        return Ok(Asked { origins: None, allow_scripts });
    };
    let mut origins = Vec::with_capacity(texts.len());
    for (place, text) in texts.into_iter().enumerate() {
        let name = || format!("origins[{place}]");
        let origin = Origin::parse(text).map_err(|why| Problem::BadOrigin { name: name(), why })?;
        if !origin::may_register(config, &origin) {
            return Err(Problem::OwnOrigin { name: name() }.into());
        }
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    Ok(Asked { origins: Some(origins), allow_scripts })
}

/// One secret and one publishable key for each mode. What is asked for pages is for both publishable
/// keys; scripts are for the test one alone.
pub fn pairs(request: &ApiRequest, merchant: i64, asked: &Asked) -> Vec<Minted> {
    let each = [
        (KeyClass::Secret, Mode::Test),
        (KeyClass::Publishable, Mode::Test),
        (KeyClass::Secret, Mode::Live),
        (KeyClass::Publishable, Mode::Live),
    ];
    each.map(|(class, mode)| {
        let mut minted = mint(&request.app.vault, class, TenantId::of(merchant, mode));
        if class == KeyClass::Publishable {
            minted.key.pages = Pages {
                origins: asked.origins.clone().unwrap_or_default(),
                allow_scripts: asked.allow_scripts.unwrap_or(false) && mode == Mode::Test,
            };
        }
        minted
    })
    .into()
}

/// The key in the path, by its name; a publishable one by its text too, which is no secret: every
/// page that uses it shows it. What whoever asks has no business with is not there.
///
/// # Errors
/// [`Problem::Missing`] for any other text, other keys' included.
pub async fn named(request: &ApiRequest) -> Result<ApiKey, ApiError> {
    let (app, text) = (&request.app, request.id.as_str());
    let found = match ApiKeyId::parse(text) {
        Some(id) => {
            let rows = app.store.scan(Scan::KeyNamed { id }).await?;
            rows.into_iter().find_map(|row| match row {
                Row::ApiKey(key) => Some(key),
                _ => None,
            })
        }
        None => app.api_key(text).await?.filter(|key| key.class == KeyClass::Publishable),
    };
    let own = |key: &ApiKey| match request.class {
        KeyClass::Operator => true,
        KeyClass::Secret => key.tenant == request.tenant && key.class == KeyClass::Restricted,
        KeyClass::Publishable | KeyClass::Restricted => false,
    };
    found.filter(own).ok_or_else(|| {
        // A name is no secret; whatever else was sent may be one.
        let id = if text.starts_with("key_") { text.to_owned() } else { masked(text) };
        let noun = "API key";
        Problem::Missing { noun, id, param: "key", place: Place::Path }.into()
    })
}

/// Changes a key and has this process forget what it remembers of it. In a task of its own: whoever
/// hangs up must not keep the old rights alive.
///
/// # Errors
/// What the store could not do.
pub async fn change(
    request: ApiRequest,
    hash: [u8; 32],
    ask: Ask,
) -> Result<(ApiRequest, Option<Outcome>), ApiError> {
    let changing = tokio::spawn(async move {
        let refused = request.run(ask).await;
        // Whatever came of it: what is remembered may be old now.
        request.app.keys.forget(&hash);
        refused.map(|refused| (request, refused))
    });
    changing.await.map_err(|_| Problem::Bug)?
}

/// `keys`, with their text.
pub fn shown(out: &mut Object<'_>, minted: &[Minted]) {
    out.list("keys", minted, |out, minted| object_into(out, |out| new_fields(out, minted)));
}

/// A new key, with its text.
pub fn new_fields(out: &mut Object<'_>, minted: &Minted) {
    let NewKey { hash, class, tenant, pages, rights, .. } = &minted.key;
    out.plain("id", farthing_domain::tenant::key_id(*hash));
    out.plain("class", class_word(*class));
    out.bool("livemode", tenant.mode() == Mode::Live);
    out.text("key", &minted.text);
    page_fields(out, *class, pages);
    right_fields(out, *class, rights);
}

/// A stored key, without its text, which nobody has.
pub fn fields(out: &mut Object<'_>, key: &ApiKey, (now, used): (TimestampMs, Option<TimestampMs>)) {
    out.plain("id", key.id());
    out.plain("object", "farthing.key");
    out.plain("class", class_word(key.class));
    out.int("created", key.created.seconds());
    out.text("ends_with", &key.hint);
    out.maybe_int("last_used", used.map(TimestampMs::seconds));
    out.bool("livemode", key.tenant.mode() == Mode::Live);
    out.int("merchant", key.tenant.merchant());
    out.plain("status", if key.expired(now) { "ended" } else { "active" });
    page_fields(out, key.class, &key.pages);
    right_fields(out, key.class, &key.rights);
}

fn page_fields(out: &mut Object<'_>, class: KeyClass, pages: &Pages) {
    if class == KeyClass::Publishable {
        out.bool("allow_scripts", pages.allow_scripts);
        out.texts("origins", pages.origins.iter().map(Origin::as_str));
    }
}

fn right_fields(out: &mut Object<'_>, class: KeyClass, rights: &Rights) {
    out.maybe_text("name", rights.name.as_deref());
    out.maybe_int("expires_at", rights.expires_at.map(TimestampMs::seconds));
    if class == KeyClass::Restricted {
        out.object("scopes", |out| {
            for (resource, access) in &rights.scopes.0 {
                out.plain(resource.wire(), access.wire());
            }
        });
        match &rights.caps {
            None => out.null("caps"),
            Some(Caps { currency, each_minor, total }) => out.object("caps", |out| {
                out.plain("currency", currency.code());
                out.maybe_int("amount", *each_minor);
                out.maybe_int("total_amount", total.map(|total| total.minor));
                let window_ms = total.and_then(|total| total.window_ms);
                out.maybe_int("window_seconds", window_ms.map(|ms| ms / 1_000));
            }),
        }
    }
}

/// The classes that a request may name.
pub const CLASSES: [(&str, KeyClass); 3] = [
    ("secret", KeyClass::Secret),
    ("publishable", KeyClass::Publishable),
    ("restricted", KeyClass::Restricted),
];

fn class_word(class: KeyClass) -> &'static str {
    match class {
        KeyClass::Secret => "secret",
        KeyClass::Publishable => "publishable",
        KeyClass::Operator => "operator",
        KeyClass::Restricted => "restricted",
    }
}
