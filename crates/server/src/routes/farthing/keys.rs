//! `POST /v1/farthing/keys`

use farthing_core::id::base62;
use farthing_domain::command::{Ask, NewKey};
use farthing_domain::tenant::{KeyClass, Mode, TenantId};
use farthing_domain::view::Key;
use zeroize::Zeroizing;

use crate::entropy;
use crate::error::{ApiError, Place, Problem};
use crate::request::{ApiRequest, OperatorRequest, Outcome};
use crate::wire::json::{Object, object, object_into};

/// Characters after a key's prefix: 190 bits.
const KEY_CHARS: usize = 32;

/// A new key and its text, which is shown once and stored nowhere.
#[derive(Debug)]
pub struct Minted {
    /// What is stored.
    pub key: NewKey,
    text: Zeroizing<String>,
}

/// Adds a pair of keys for each mode to a merchant, shown this once.
///
/// # Errors
/// A merchant that is not there; wrong types.
pub async fn handle(OperatorRequest(request): OperatorRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["merchant"])?;
    let number = params.integer("merchant")?.ok_or_else(|| params.missing("merchant"))?;
    let tenant = Key::Tenant(TenantId::of(number, Mode::Test));
    let view = request.app.store.fetch(vec![tenant]).await?;
    if number < 1 || view.row(&tenant).is_none() {
        let (noun, id, param) = ("merchant", number.to_string(), "merchant");
        return Err(Problem::Missing { noun, id, param, place: Place::Param }.into());
    }
    let minted = mint(&request, number);
    let keys = minted.iter().map(|minted| minted.key.clone()).collect();
    if let Some(refused) = request.run(Ask::AddKeys(keys)).await? {
        return Ok(refused);
    }
    let body = object(|out| {
        out.plain("object", "farthing.keys");
        out.int("merchant", number);
        list(out, &minted);
    });
    Ok(request.outcome(200, body))
}

/// One secret and one publishable key for each mode.
pub fn mint(request: &ApiRequest, merchant: i64) -> Vec<Minted> {
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
        Minted { key: NewKey { hash, class, tenant, hint }, text: Zeroizing::new(text) }
    })
    .into()
}

/// `keys`, with their text.
pub fn list(out: &mut Object<'_>, minted: &[Minted]) {
    out.list("keys", minted, |out, minted| {
        object_into(out, |out| {
            out.plain("class", class(minted.key.class));
            out.bool("livemode", minted.key.tenant.mode() == Mode::Live);
            out.text("key", &minted.text);
        });
    });
}

fn class(class: KeyClass) -> &'static str {
    match class {
        KeyClass::Secret => "secret",
        KeyClass::Publishable => "publishable",
        KeyClass::Operator => "operator",
    }
}
