//! Who asks: from a header, or a form field, to a key that was stored.

use std::collections::BTreeMap;

use farthing_core::id::MerchantId;
use farthing_core::idempotency::Param;
use farthing_domain::query::Scan;
use farthing_domain::tenant::{ApiKey, KeyClass, Mode, TenantId};
use farthing_domain::view::Row;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::error::{ApiError, Problem};
use crate::headers::STRIPE_ACCOUNT;

/// The longest text that is looked at as a key.
pub const KEY_CHARS_MAX: usize = 255;

/// The key text of a request's header, if it has one.
pub fn from_headers(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return (!rest.is_empty()).then(|| rest.to_owned());
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let plain = String::from_utf8(base64(rest)?).ok()?;
        let user = plain.split_once(':').map_or(plain.as_str(), |(user, _)| user);
        return (!user.is_empty()).then(|| user.to_owned());
    }
    None
}

/// The key text of a form, as scripts in browsers send it; taken out, because it is no parameter.
pub fn from_form(params: &mut BTreeMap<String, Param>) -> Option<String> {
    match params.remove("key") {
        Some(Param::Text(text)) if !text.is_empty() => Some(text),
        Some(Param::Text(_) | Param::List(_) | Param::Map(_)) | None => None,
    }
}

/// Who asks: a key, and whose rows it asks for.
#[derive(Debug)]
pub struct Caller {
    /// The key.
    pub key: ApiKey,
    /// Its own merchant's rows, or those of the account that the merchant is the platform of.
    pub tenant: TenantId,
    /// The key as it may be shown to whoever sent it.
    pub masked: String,
}

/// The stored key with this text, and for whom it asks.
///
/// # Errors
/// [`Problem::BadApiKey`] if there is none; [`Problem::ExpiredKey`]; [`Problem::LiveRefused`];
/// [`Problem::Account`].
pub async fn authenticate(app: &App, text: &str, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let found = if text.len() <= KEY_CHARS_MAX { app.api_key(text).await? } else { None };
    let Some(key) = found else {
        let masked = masked(text);
        app.keys.refused(&masked);
        return Err(Problem::BadApiKey { masked }.into());
    };
    // Wall time: no test clock ends a key, or keeps it.
    let now = app.clock.now();
    if key.expired(now) {
        let masked = masked(text);
        app.keys.refused(&masked);
        return Err(Problem::ExpiredKey { masked }.into());
    }
    if key.class != KeyClass::Operator
        && key.tenant.mode() == Mode::Live
        && !app.config.simulate_live
    {
        return Err(Problem::LiveRefused.into());
    }
    let tenant = match headers.get(STRIPE_ACCOUNT) {
        Some(account) => acting_for(app, &key, account.as_bytes()).await?,
        None => key.tenant,
    };
    app.keys.used(&key.hash, now);
    let masked = if key.class == KeyClass::Restricted { masked(text) } else { String::new() };
    Ok(Caller { key, tenant, masked })
}

/// The account that a request names, in the mode of its key. Only a secret key of the merchant that
/// is recorded as its platform may name it (decision 16); an account that is not there looks the same.
async fn acting_for(app: &App, key: &ApiKey, account: &[u8]) -> Result<TenantId, ApiError> {
    let refused = || ApiError::from(Problem::Account);
    if key.class != KeyClass::Secret {
        return Err(refused());
    }
    let text = std::str::from_utf8(account).map_err(|_| refused())?;
    let account = MerchantId::parse(text).ok_or_else(refused)?;
    let rows = app.store.scan(Scan::TenantsOf { account }).await?;
    let allowed = |row: Row| match row {
        Row::Tenant(tenant) => (tenant.id.mode() == key.tenant.mode()
            && tenant.platform == Some(key.tenant.merchant()))
        .then_some(tenant.id),
        _ => None,
    };
    rows.into_iter().find_map(allowed).ok_or_else(refused)
}

/// Whether two secrets are equal, in a time that depends on their lengths only.
pub fn same_secret(given: &str, stored: &str) -> bool {
    bool::from(given.as_bytes().ct_eq(stored.as_bytes()))
}

/// A key that may be shown to whoever sent it: its family, stars, its last four characters.
pub fn masked(text: &str) -> String {
    let printable: String =
        text.chars().filter(char::is_ascii_graphic).take(KEY_CHARS_MAX).collect();
    let family = match printable.match_indices('_').nth(1) {
        Some((at, _)) if at <= 8 => &printable[..=at],
        _ => "",
    };
    let rest = printable.len() - family.len();
    let shown = if rest >= 12 { 4 } else { 0 };
    let stars = "*".repeat(rest - shown);
    format!("{family}{stars}{}", &printable[printable.len() - shown..])
}

/// Standard base64, padded or not.
fn base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    STANDARD_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_by_bearer_or_basic() {
        for (header, key) in [
            ("Bearer sk_test_1", Some("sk_test_1")),
            ("bearer  sk_test_1 ", Some("sk_test_1")),
            ("Basic c2tfdGVzdF8xOg==", Some("sk_test_1")),
            ("Basic c2tfdGVzdF8xOg", Some("sk_test_1")),
            ("Basic c2tfdGVzdF8x", Some("sk_test_1")),
            ("Basic Og==", None),
            ("Basic !!", None),
            ("Bearer ", None),
            ("Bearer", None),
            ("Digest x", None),
            ("sk_test_1", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, header.parse().unwrap());
            assert_eq!(from_headers(&headers).as_deref(), key, "{header}");
        }
        assert_eq!(from_headers(&HeaderMap::new()), None);
    }

    #[test]
    fn a_masked_key_shows_its_family_and_its_end() {
        for (text, shown) in [
            ("sk_test_abcdefghijklmnop", "sk_test_************mnop"),
            ("sk_test_short", "sk_test_*****"),
            ("whatever", "********"),
            ("a_very_long_thing_without_family", "a_very_*********************mily"),
            ("", ""),
            ("ключ", ""),
        ] {
            assert_eq!(masked(text), shown, "{text}");
        }
    }

    #[test]
    fn secrets_are_equal_only_if_all_of_them_is() {
        assert!(same_secret("abc", "abc"));
        assert!(!same_secret("abd", "abc"));
        assert!(!same_secret("ab", "abc"));
        assert!(!same_secret("", "abc"));
    }
}
