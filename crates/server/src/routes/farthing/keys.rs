//! `/v1/farthing/keys`, and what its routes share.

pub mod create;
pub mod retrieve;
pub mod update;

use farthing_core::id::base62;
use farthing_core::origin::Origin;
use farthing_domain::command::NewKey;
use farthing_domain::tenant::{ApiKey, KeyClass, Mode, Pages, TenantId};
use zeroize::Zeroizing;

use crate::auth::masked;
use crate::config::Config;
use crate::entropy;
use crate::error::{ApiError, Place, Problem};
use crate::origin;
use crate::params::Params;
use crate::request::ApiRequest;
use crate::wire::json::{Object, object_into};

/// Characters after a key's prefix: 190 bits.
const KEY_CHARS: usize = 32;

/// A new key and its text, which is shown once and stored nowhere.
#[derive(Debug)]
pub struct Minted {
    /// What is stored.
    pub key: NewKey,
    text: Zeroizing<String>,
}

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
    let Some(texts) = params.texts("origins")? else {
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
pub fn mint(request: &ApiRequest, merchant: i64, asked: &Asked) -> Vec<Minted> {
    let each = [
        ("sk_test_", KeyClass::Secret, Mode::Test),
        ("pk_test_", KeyClass::Publishable, Mode::Test),
        ("sk_live_", KeyClass::Secret, Mode::Live),
        ("pk_live_", KeyClass::Publishable, Mode::Live),
    ];
    each.map(|(prefix, class, mode)| {
        let bytes: Zeroizing<[u8; 24]> = Zeroizing::new(entropy::bytes());
        let text = format!("{prefix}{}", base62(bytes.as_slice(), KEY_CHARS));
        let hint = text[text.len() - 4..].to_owned();
        let hash = request.app.vault.hash_api_key(&text);
        let tenant = TenantId::of(merchant, mode);
        let pages = match class {
            KeyClass::Publishable => Pages {
                origins: asked.origins.clone().unwrap_or_default(),
                allow_scripts: asked.allow_scripts.unwrap_or(false) && mode == Mode::Test,
            },
            KeyClass::Secret | KeyClass::Operator => Pages::default(),
        };
        Minted { key: NewKey { hash, class, tenant, hint, pages }, text: Zeroizing::new(text) }
    })
    .into()
}

/// The publishable key in the path. It is no secret: every page that uses it shows it.
///
/// # Errors
/// [`Problem::Missing`] for any other text, other keys' included.
pub async fn named(request: &ApiRequest) -> Result<ApiKey, ApiError> {
    let found = request.app.api_key(&request.id).await?;
    found.filter(|key| key.class == KeyClass::Publishable).ok_or_else(|| {
        let (noun, id) = ("publishable key", masked(&request.id));
        Problem::Missing { noun, id, param: "key", place: Place::Path }.into()
    })
}

/// `keys`, with their text.
pub fn list(out: &mut Object<'_>, minted: &[Minted]) {
    out.list("keys", minted, |out, minted| {
        object_into(out, |out| {
            let NewKey { class, tenant, pages, .. } = &minted.key;
            fields(out, (*class, tenant.mode(), &minted.text), pages);
        });
    });
}

/// The fields of one key.
pub fn fields(out: &mut Object<'_>, (of, mode, text): (KeyClass, Mode, &str), pages: &Pages) {
    out.plain("class", class(of));
    out.bool("livemode", mode == Mode::Live);
    out.text("key", text);
    if of == KeyClass::Publishable {
        out.bool("allow_scripts", pages.allow_scripts);
        out.texts("origins", pages.origins.iter().map(Origin::as_str));
    }
}

fn class(class: KeyClass) -> &'static str {
    match class {
        KeyClass::Secret => "secret",
        KeyClass::Publishable => "publishable",
        KeyClass::Operator => "operator",
    }
}
