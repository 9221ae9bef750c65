//! The parts of an address, and which addresses this Worker may call. Pure.
//!
//! The runtime parses every address that is called or served; a full parser of our own would bring
//! the tables of international domain names along, half of the artefact. What an origin looks like
//! is core's to say; this only cuts what comes after it.

use farthing_core::origin::Origin;

use crate::words::cut;

/// The parts of `scheme://host:port/path?query#fragment`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address<'a> {
    /// Scheme, host and port, unchecked.
    pub(crate) origin: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
}

impl<'a> Address<'a> {
    /// Cuts an address apart; `None` if it has no `://`.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let text = text.split('#').next()?;
        let (_, host) = cut(text, "://")?;
        let after = host.find(['/', '?']).map_or("", |end| host.get(end..).unwrap_or_default());
        let (origin, local) = text.split_at_checked(text.len().checked_sub(after.len())?)?;
        let (path, query) = local.split_once('?').unwrap_or((local, ""));
        Some(Self { origin, path, query })
    }

    /// Whether this Worker may send secrets and events there: HTTPS, or HTTP on the loopback
    /// interface (development), with a host and a port in their one spelling.
    pub(crate) fn is_callable(&self) -> bool {
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        plain(self.path) && plain(self.query) && Origin::parse(self.origin).is_ok()
    }
}

/// Whether this Worker may call an address.
pub(crate) fn is_callable(text: &str) -> bool {
    Address::parse(text).is_some_and(|address| address.is_callable())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let all = Address::parse("http://127.0.0.1:8787/in/shop?after=1.2&x=#y").unwrap();
        assert_eq!(
            (all.origin, all.path, all.query),
            ("http://127.0.0.1:8787", "/in/shop", "after=1.2&x=")
        );
        let bare = Address::parse("https://shop.example").unwrap();
        assert_eq!((bare.origin, bare.path, bare.query), ("https://shop.example", "", ""));
        let query = Address::parse("https://shop.example?x=/y").unwrap();
        assert_eq!((query.origin, query.path, query.query), ("https://shop.example", "", "x=/y"));
        assert_eq!(Address::parse("shop.example"), None);
    }

    #[test]
    fn what_may_be_called() {
        let table = [
            ("https://shop.example/hook", true),
            ("https://shop.example:8443", true),
            ("http://localhost:3000/x", true),
            ("http://127.0.0.1", true),
            ("http://[::1]:80/", false), // Write 127.0.0.1.
            ("http://shop.example", false),
            ("http://localhost.evil.example", false),
            ("http://127.0.0.1.evil.example", false),
            ("http://localhost@evil.example/", false), // Credentials: refused for https as well.
            ("https://user:pass@shop.example/", false),
            ("https://shop.example\\@evil.example", false),
            ("https://shop.example#@evil.example", true), // The runtime calls shop.example, too.
            ("ftp://shop.example", false),
            ("https://", false),
            ("https:///path", false),
            ("https://shop.example:99999", false),
            ("https://shop.example:x", false),
            ("https://shop example", false),
            ("https://shop.example/a b", false),
            ("https://sh\u{f6}p.example", false), // Written as xn--... it is welcome.
            ("HTTPS://shop.example", false),
            ("shop.example", false),
            ("", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_callable(text), expected, "{text}");
        }
    }
}
