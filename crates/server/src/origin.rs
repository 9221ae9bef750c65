//! Pages and where they come from: which are this server's own, and which may embed them.
//!
//! A script cannot set `Origin`, nor can it set `Host`: both are the browser's word. What is not a
//! browser can say anything in either; it has the card number already, so nothing is lost to it.

use farthing_core::origin::Origin;
use http::HeaderMap;
use http::header::{HOST, ORIGIN};

use crate::config::Config;

/// Whether a request was made by a page that this server has sent: the card frame.
pub fn is_own(config: &Config, headers: &HeaderMap) -> bool {
    let mut given = headers.get_all(ORIGIN).iter();
    let (Some(origin), None) = (given.next(), given.next()) else { return false };
    let Ok(origin) = origin.to_str() else { return false };
    if is_public(config, origin) {
        return true;
    }
    config.dev && is_this_machine(origin, headers)
}

/// Whether this is the origin under which browsers reach this server.
fn is_public(config: &Config, origin: &str) -> bool {
    of_url(&config.public_url).is_some_and(|own| own == origin)
}

/// Whether pages of this origin may be told apart from the card frame at all. A server that is
/// mounted into a shop's own origin cannot: any script there reads the frame's fields and is taken for
/// the frame. In development everything is of this machine, and nothing is real.
pub fn may_register(config: &Config, origin: &Origin) -> bool {
    config.dev || !is_public(config, origin.as_str())
}

/// A development process is reached under several names (`localhost`, `127.0.0.1`). Only names of
/// this machine count: a stranger's name that was made to resolve to it has the same `Host`.
fn is_this_machine(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let Ok(parsed) = Origin::parse(origin) else { return false };
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    parsed.is_loopback() && host.is_some() && host == authority
}

/// Pages of this machine, as a content security policy names them.
const LOOPBACK: &str = "http://localhost:* https://localhost:* http://*.localhost:* https://*.localhost:* http://127.0.0.1:* https://127.0.0.1:*";

/// Who may embed a page, as the policy's `frame-ancestors`: the origins that were registered; in a
/// development process any page of this machine, too. An origin that became this server's own after
/// it was registered may not.
pub fn ancestors<'o>(config: &Config, origins: impl IntoIterator<Item = &'o Origin>) -> String {
    let registered = origins.into_iter().filter(|origin| may_register(config, origin));
    let mut list: Vec<&str> = registered.map(Origin::as_str).collect();
    list.sort_unstable();
    list.dedup();
    if config.dev {
        list.push(LOOPBACK);
    }
    if list.is_empty() { "'none'".to_owned() } else { list.join(" ") }
}

/// Whether a page of this origin may embed another, by the same rule.
pub fn may_embed(config: &Config, origins: &[Origin], page: &str) -> bool {
    Origin::parse(page).is_ok_and(|page| {
        may_register(config, &page) && origins.contains(&page) || config.dev && page.is_loopback()
    })
}

/// The origin of a URL, as a browser spells it.
fn of_url(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (scheme, rest) = (scheme.to_ascii_lowercase(), rest.to_ascii_lowercase());
    let authority = rest.split(['/', '?', '#']).next().filter(|text| !text.is_empty())?;
    let port = match scheme.as_str() {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    Some(format!("{scheme}://{}", authority.strip_suffix(port).unwrap_or(authority)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_own_origin_embeds_nothing() {
        let shop = Origin::parse("https://shop.example").unwrap();
        let pay = Origin::parse("https://pay.shop.example").unwrap();
        let origins = [shop.clone(), pay.clone()];
        for (public_url, list) in [
            ("https://shop.example/pay", "https://pay.shop.example"),
            ("https://Pay.shop.example:443", "https://shop.example"),
            ("https://elsewhere.example", "https://pay.shop.example https://shop.example"),
            ("", "https://pay.shop.example https://shop.example"),
        ] {
            let config = Config { public_url: public_url.to_owned(), ..Config::default() };
            assert_eq!(ancestors(&config, &origins), list, "{public_url}");
            for origin in &origins {
                let embeds = list.split(' ').any(|each| each == origin.as_str());
                assert_eq!(may_embed(&config, &origins, origin.as_str()), embeds, "{public_url}");
                assert_eq!(may_register(&config, origin), embeds, "{public_url}");
            }
        }
        for page in ["http://localhost:*", "https://localhost:*", "https://*.localhost:*"] {
            let embeds = ancestors(&Config::dev(), &[]);
            assert!(embeds.split(' ').any(|each| each == page), "{page}");
        }
        let own = Config { public_url: "http://localhost:4242".to_owned(), ..Config::dev() };
        let origin = Origin::parse("http://localhost:4242").unwrap();
        assert!(may_register(&own, &origin));
    }

    #[test]
    fn a_page_is_ours_by_the_browsers_word_alone() {
        let dev = Config { public_url: "http://127.0.0.1:4242".to_owned(), ..Config::dev() };
        let live = Config {
            public_url: "https://Pay.Shop.example:443/base".to_owned(),
            ..Config::default()
        };
        for (config, origin, host, own) in [
            (&dev, "http://127.0.0.1:4242", "127.0.0.1:4242", true),
            (&dev, "http://127.0.0.1:4242", "", true),
            (&dev, "http://localhost:4242", "localhost:4242", true),
            (&dev, "http://localhost:4242", "127.0.0.1:4242", false),
            (&dev, "http://localhost:5173", "localhost:4242", false),
            (&dev, "http://localhost:5173", "", false),
            (&dev, "http://evil.example:4242", "evil.example:4242", false),
            (&dev, "https://evil.example", "evil.example", false),
            (&dev, "null", "127.0.0.1:4242", false),
            (&dev, "", "", false),
            (&live, "https://pay.shop.example", "pay.shop.example", true),
            (&live, "https://pay.shop.example:443", "pay.shop.example:443", false),
            (&live, "http://pay.shop.example", "pay.shop.example", false),
            (&live, "https://shop.example", "shop.example", false),
            (&live, "https://shop.example", "pay.shop.example", false),
            (&live, "http://localhost:4242", "localhost:4242", false),
            (&live, "null", "pay.shop.example", false),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in [(ORIGIN, origin), (HOST, host)] {
                if !value.is_empty() {
                    headers.insert(name, value.parse().unwrap());
                }
            }
            assert_eq!(is_own(config, &headers), own, "{origin} {host}");
            // Two of them are nobody's word.
            headers.append(ORIGIN, "https://evil.example".parse().unwrap());
            assert!(origin.is_empty() || !is_own(config, &headers), "{origin} {host}");
        }
        assert!(!is_own(&Config::default(), &HeaderMap::new()));
    }
}
