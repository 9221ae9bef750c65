//! What the vault promises to the rest of the system.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as the tests do")]

use farthing_core::card::{Brand, Expiry};
use farthing_core::id::{EndpointId, PaymentMethodId};
use farthing_core::time::TimestampMs;
use farthing_vault::{CardNumber, CardScope, Cvc, Nonce, RootKey, Vault, VaultError};

const ROOT: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const OTHER: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const PAN: &str = "4242424242424242";
const EXPIRY: Expiry = Expiry { month: 12, year: 2034 };

fn root(text: &str) -> RootKey {
    RootKey::parse(text).unwrap()
}

fn vault() -> Vault {
    Vault::new(root(ROOT))
}

fn number(digits: &str) -> CardNumber {
    CardNumber::take_text(&mut digits.to_owned()).unwrap()
}

fn method(last: u8) -> PaymentMethodId {
    PaymentMethodId::new(TimestampMs::from_ms(1), [0, 0, 0, 0, 0, last])
}

fn endpoint(last: u8) -> EndpointId {
    EndpointId::new(TimestampMs::from_ms(1), [0, 0, 0, 0, 0, last])
}

fn scope() -> CardScope {
    CardScope { tenant: 7, method: method(1) }
}

fn sealed(vault: &Vault) -> Vec<u8> {
    vault.seal_card(&number(PAN), EXPIRY, scope(), Nonce::random().unwrap())
}

fn opened(vault: &Vault, seal: &[u8], scope: CardScope) -> Result<String, VaultError> {
    vault.with_card(seal, scope, None, |card| card.number().to_owned())
}

#[test]
fn a_sealed_card_opens_for_its_own_scope() {
    let cvc = Cvc::take_text(&mut "123".to_owned(), Brand::Visa).unwrap();
    let seal = sealed(&vault());
    let seen = vault().with_card(&seal, scope(), Some(cvc), |card| {
        let cvc = card.cvc().map(str::to_owned);
        (card.number().to_owned(), card.exp_month(), card.exp_year(), cvc)
    });
    assert_eq!(seen.unwrap(), (PAN.to_owned(), 12, 2034, Some("123".to_owned())));
    let foreign_tenant = CardScope { tenant: 8, ..scope() };
    let foreign_method = CardScope { method: method(2), ..scope() };
    for foreign in [foreign_tenant, foreign_method] {
        assert_eq!(opened(&vault(), &seal, foreign), Err(VaultError::NotAuthentic));
    }
}

#[test]
fn a_seal_does_not_contain_the_card() {
    let seal = sealed(&vault());
    assert!(!seal.windows(4).any(|window| window == &PAN.as_bytes()[..4]));
    assert_ne!(seal, sealed(&vault()), "the nonce must differ from seal to seal");
}

#[test]
fn any_flipped_bit_is_noticed() {
    let vault = vault();
    let seal = sealed(&vault);
    for at in 0..seal.len() {
        let mut broken = seal.clone();
        broken[at] ^= 1;
        let error = opened(&vault, &broken, scope()).unwrap_err();
        let expected =
            if at == 0 { VaultError::UnknownKey { key: 1 } } else { VaultError::NotAuthentic };
        assert_eq!(error, expected, "byte {at}");
    }
    for length in 0..seal.len() {
        let error = opened(&vault, &seal[..length], scope()).unwrap_err();
        assert!(matches!(error, VaultError::Truncated | VaultError::NotAuthentic), "{length}");
    }
}

#[test]
fn another_root_key_opens_nothing_and_shows_in_the_key_check() {
    let other = Vault::new(root(OTHER));
    assert_eq!(opened(&other, &sealed(&vault()), scope()), Err(VaultError::NotAuthentic));
    assert_ne!(other.key_check(), vault().key_check());
    assert_eq!(vault().key_check(), vault().key_check());
}

#[test]
fn rotating_encryption_opens_old_seals_and_changes_nothing_else() {
    let before = vault();
    let after = Vault::with_encryption_keys(root(ROOT), vec![root(OTHER)]);
    let (old, new) = (sealed(&before), sealed(&after));
    assert_eq!(opened(&after, &old, scope()).unwrap(), PAN);
    assert_eq!(opened(&after, &new, scope()).unwrap(), PAN);
    assert_eq!(opened(&before, &new, scope()), Err(VaultError::UnknownKey { key: 1 }));
    let mut relabelled = new;
    relabelled[0] = 0;
    assert_eq!(opened(&after, &relabelled, scope()), Err(VaultError::NotAuthentic));

    assert_eq!(after.key_check(), before.key_check());
    assert_eq!(after.fingerprint(b"x"), before.fingerprint(b"x"));
    assert_eq!(after.tag(b"x"), before.tag(b"x"));
    assert_eq!(after.hash_api_key("sk"), before.hash_api_key("sk"));
    assert_eq!(after.card_fingerprint(7, &number(PAN)), before.card_fingerprint(7, &number(PAN)));
}

#[test]
fn a_further_key_is_stored_before_it_seals() {
    let one = vault();
    let stored = one.another_key().unwrap();
    assert_eq!(sealed(&one)[0], 0, "a key that was not stored must not seal");
    one.adopt(&stored).unwrap();
    let new = sealed(&one);
    assert_eq!((new[0], one.newest_key()), (1, 1));
    one.adopt(&stored).unwrap();
    assert_eq!(one.newest_key(), 1, "what is known stays");
    // The root key and what is stored are enough; neither alone is.
    let other = vault();
    assert_eq!(opened(&other, &new, scope()), Err(VaultError::UnknownKey { key: 1 }));
    other.adopt(&stored).unwrap();
    assert_eq!(opened(&other, &new, scope()).unwrap(), PAN);
    let stranger = Vault::new(root(OTHER));
    assert_eq!(stranger.adopt(&stored), Err(VaultError::NotAuthentic));
    assert!(other.adopt(&stored[1..]).is_err() && other.adopt(b"").is_err(), "no seal of keys");
}

#[test]
fn a_key_that_another_process_made_is_looked_up() {
    let (one, other) = (vault(), vault());
    let stored = one.another_key().unwrap();
    one.adopt(&stored).unwrap();
    let new = sealed(&one);
    other.look_elsewhere(move || Some(stored.clone()));
    assert_eq!(opened(&other, &new, scope()).unwrap(), PAN);
    assert_eq!(sealed(&other)[0], 1, "and it seals here as well");
}

#[test]
fn an_older_seal_is_made_anew_and_a_new_one_left() {
    let vault = vault();
    let old = sealed(&vault);
    let anew = |seal: &[u8]| vault.reseal_card(seal, scope(), Nonce::random().unwrap());
    assert_eq!(anew(&old), Ok(None), "there is no newer key");
    vault.adopt(&vault.another_key().unwrap()).unwrap();
    let new = anew(&old).unwrap().unwrap();
    assert_eq!((new[0], opened(&vault, &new, scope()).unwrap()), (1, PAN.to_owned()));
    assert_eq!(anew(&new), Ok(None));
}

#[test]
fn there_are_256_keys_at_most() {
    let vault = vault();
    for _ in 0..255 {
        vault.adopt(&vault.another_key().unwrap()).unwrap();
    }
    assert_eq!(vault.newest_key(), 255);
    assert_eq!(vault.another_key(), Err(VaultError::TooManyKeys));
    let last = sealed(&vault);
    assert_eq!((last[0], opened(&vault, &last, scope()).unwrap()), (255, PAN.to_owned()));
}

#[test]
fn a_card_fingerprint_is_stable_keyed_and_per_tenant() {
    let print = vault().card_fingerprint(7, &number(PAN));
    assert_eq!(print.len(), 16);
    assert!(print.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_eq!(print, vault().card_fingerprint(7, &number("4242 4242 4242 4242")));
    assert_ne!(print, vault().card_fingerprint(8, &number(PAN)));
    assert_ne!(print, vault().card_fingerprint(7, &number("4000056655665556")));
    assert_ne!(print, Vault::new(root(OTHER)).card_fingerprint(7, &number(PAN)));
}

#[test]
fn each_purpose_has_its_own_key() {
    let vault = vault();
    let whole = vault.fingerprint(b"same");
    assert_ne!(whole, vault.hash_api_key("same"));
    assert_ne!(whole[..8], vault.tag(b"same"));
    let seal = vault.seal_secret(endpoint(1), "whsec_x", Nonce::from_entropy([5; 12]));
    assert_eq!(opened(&vault, &seal, scope()), Err(VaultError::NotAuthentic));
}

#[test]
fn a_webhook_secret_opens_for_its_own_endpoint() {
    let vault = vault();
    let seal = vault.seal_secret(endpoint(1), "whsec_secret", Nonce::random().unwrap());
    let secret = vault.open_secret(endpoint(1), &seal).unwrap();
    assert_eq!(secret.as_str(), "whsec_secret");
    assert_eq!(format!("{secret:?}"), "OpenSecret([redacted])");
    assert_eq!(vault.open_secret(endpoint(2), &seal).unwrap_err(), VaultError::NotAuthentic);
}

#[test]
fn a_vault_prints_nothing() {
    assert_eq!(format!("{:?}", vault()), "Vault([redacted])");
    assert_eq!(format!("{:?}", Nonce::from_entropy([1; 12])), "Nonce([redacted])");
}

/// A derived key that changed with a new version would orphan every stored card and key, so the
/// derivations are pinned. The figures were computed by another implementation. The figures were computed by another implementation.
#[test]
fn derivations_never_change() {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap();
    let hex = |bytes: &[u8]| -> String {
        bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    };
    let vault = vault();
    assert_eq!(hex(&vault.key_check()), "dbf56039f53fd737a883e23bdb4bfd5c");
    assert_eq!(hex(&vault.fingerprint(b"x")[..8]), "e9ecf9211fac7bc1");
    assert_eq!(hex(&vault.tag(b"x")), "50100a75f5b4cd2e");
    assert_eq!(hex(&vault.hash_api_key("x")[..8]), "53e7215803bd17ac");
    assert_eq!(vault.card_fingerprint(7, &number(PAN)), "eFRpOlK9uShcJvP5");
    let seal = vault.seal_card(&number(PAN), EXPIRY, scope(), Nonce::from_entropy([9; 12]));
    assert_eq!(
        hex(&seal[13..]),
        "4d70be3f05693fd9299493fed70efa2dc367d742740683aa63de68172ed32bea2efd92"
    );
}
