//! The few things this Worker has to know about an address. Pure.
//!
//! The runtime parses every address that is called or served; a full parser of our own would bring
//! the tables of international domain names along, half of the artefact. So this is a narrow
//! grammar: what it does not know, it refuses.

/// The parts of `scheme://host:port/path?query#fragment`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address<'a> {
    scheme: &'a str,
    host: &'a str,
    port: Option<u16>,
    /// Scheme, host and port together.
    pub(crate) origin: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
}

impl<'a> Address<'a> {
    /// Splits an `http` or `https` address; `None` for anything unusual, credentials included.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let rest = rest.split('#').next()?;
        if !matches!(scheme, "http" | "https") || !rest.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return None;
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, local) = rest.split_at_checked(end)?;
        let (path, query) = local.split_once('?').unwrap_or((local, ""));
        let (host, port) = split_port(authority)?;
        let origin = text.get(..scheme.len().checked_add("://".len())?.checked_add(end)?)?;
        Some(Self { scheme, host, port, origin, path, query })
    }

    /// Whether this Worker may send secrets and events there: HTTPS, or HTTP on the loopback
    /// interface (development).
    pub(crate) fn is_callable(&self) -> bool {
        self.scheme == "https" || matches!(self.host, "localhost" | "127.0.0.1" | "[::1]")
    }

    /// Whether it is an origin as browsers write it: nothing behind the port, no default port, no
    /// capital.
    pub(crate) fn is_origin(&self) -> bool {
        let default = matches!((self.scheme, self.port), ("https", Some(443)) | ("http", Some(80)));
        let bare = self.path.is_empty() && self.query.is_empty();
        bare && !default && !self.host.bytes().any(|byte| byte.is_ascii_uppercase())
    }
}

fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
        _ => (authority, None),
    };
    let name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let plain = !host.is_empty() && host.bytes().all(name);
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let v6 = literal.is_some_and(|host| host.bytes().all(|b| b.is_ascii_hexdigit() || b == b':'));
    (plain || v6).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let all = Address::parse("http://127.0.0.1:8787/in/shop?after=1.2&x=#y").unwrap();
        assert_eq!(
            (all.origin, all.path, all.query, all.port),
            ("http://127.0.0.1:8787", "/in/shop", "after=1.2&x=", Some(8787))
        );
        let bare = Address::parse("https://shop.example").unwrap();
        assert_eq!((bare.origin, bare.path, bare.query), ("https://shop.example", "", ""));
        let query = Address::parse("https://shop.example?x").unwrap();
        assert_eq!((query.origin, query.path, query.query), ("https://shop.example", "", "x"));
    }

    #[test]
    fn what_may_be_called() {
        let table = [
            ("https://shop.example/hook", true),
            ("https://shop.example:8443", true),
            ("http://localhost:3000/x", true),
            ("http://127.0.0.1", true),
            ("http://[::1]:80/", true),
            ("http://shop.example", false),
            ("http://localhost.evil.example", false),
            ("http://127.0.0.1.evil.example", false),
            ("http://localhost@evil.example/", false), // Credentials: refused for https as well.
            ("https://user:pass@shop.example/", false),
            ("https://shop.example\\@evil.example", false),
            ("ftp://shop.example", false),
            ("https://", false),
            ("https:///path", false),
            ("https://shop.example:99999", false),
            ("https://shop.example:x", false),
            ("https://shop example", false),
            ("https://sh\u{f6}p.example", false), // Written as xn--... it is welcome.
            ("HTTPS://shop.example", false),
            ("shop.example", false),
            ("", false),
        ];
        for (text, expected) in table {
            let got = Address::parse(text).is_some_and(|address| address.is_callable());
            assert_eq!(got, expected, "{text}");
        }
    }

    #[test]
    fn what_browsers_call_an_origin() {
        let table = [
            ("https://shop.example", true),
            ("http://localhost:5173", true),
            ("https://shop.example/", false),
            ("https://shop.example?x", false),
            ("https://shop.example:443", false),
            ("http://shop.example:80", false),
            ("https://Shop.example", false),
            ("null", false),
            ("*", false),
        ];
        for (text, expected) in table {
            let got = Address::parse(text).is_some_and(|address| address.is_origin());
            assert_eq!(got, expected, "{text}");
        }
    }
}
