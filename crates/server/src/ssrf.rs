//! Where a webhook may go: the URL as it is given, and each address as it is connected to.
//!
//! A name is checked by what it resolves to at the moment of the connection, and the connection
//! goes to the very address that was checked, so a name that changes its answer gains nothing
//! (DNS rebinding). Redirects are never followed, so no second URL can slip past.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use farthing_domain::tenant::Mode;
use http::Uri;

/// How far a webhook may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses only.
    Public,
    /// This machine too: for development.
    Loopback,
}

/// Why a URL is no place for webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlError {
    /// It is not an absolute `http` or `https` URL.
    NotAUrl,
    /// It carries a user name or a password.
    Credentials,
    /// Live webhooks travel encrypted.
    HttpsRequired,
    /// It names an address that webhooks may not reach.
    Blocked,
}

impl UrlError {
    /// A stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAUrl => "not_a_url",
            Self::Credentials => "credentials",
            Self::HttpsRequired => "https_required",
            Self::Blocked => "blocked",
        }
    }
}

/// Checks a URL as far as it can be without resolving its name.
///
/// # Errors
/// [`UrlError`], in order of precedence.
pub fn check_url(url: &str, mode: Mode, reach: Reach) -> Result<Uri, UrlError> {
    let uri: Uri = url.parse().map_err(|_| UrlError::NotAUrl)?;
    let encrypted = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        Some(_) | None => return Err(UrlError::NotAUrl),
    };
    let authority = uri.authority().ok_or(UrlError::NotAUrl)?;
    if authority.as_str().contains('@') {
        return Err(UrlError::Credentials);
    }
    if authority.host().is_empty() || uri.port().is_some_and(|port| port.as_u16() == 0) {
        return Err(UrlError::NotAUrl);
    }
    match mode {
        Mode::Live if !encrypted => return Err(UrlError::HttpsRequired),
        Mode::Live | Mode::Test => {}
    }
    let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
    let blocked = match literal(&host) {
        Some(address) => !allows(reach, address),
        None => local_name(&host) && reach == Reach::Public,
    };
    if blocked { Err(UrlError::Blocked) } else { Ok(uri) }
}

/// Whether a webhook may be sent to an address.
pub fn allows(reach: Reach, address: IpAddr) -> bool {
    match reach {
        Reach::Public => public(address),
        Reach::Loopback => address.to_canonical().is_loopback() || public(address),
    }
}

fn literal(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

/// Names that never leave this machine (RFC 6761), refused early for a clear answer.
fn local_name(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

fn public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => public_v4(address),
        IpAddr::V6(address) => public_v6(address),
    }
}

/// All but the special-purpose blocks of IANA's registry.
fn public_v4(address: Ipv4Addr) -> bool {
    !matches!(
        address.octets(),
        [0 | 10 | 127 | 224..=255, ..] // This network, private, loopback, multicast and reserved.
            | [100, 64..=127, ..] // Shared by carriers.
            | [169, 254, ..] // Link-local, where clouds keep their metadata.
            | [172, 16..=31, ..] // Private.
            | [192, 168, ..] // Private.
            | [192, 0, 0 | 2, _] // Protocol assignments, documentation.
            | [192, 88, 99, _] // Former 6to4 relays.
            | [198, 18..=19, ..] // Benchmarks.
            | [198, 51, 100, _] // Documentation.
            | [203, 0, 113, _] // Documentation.
    )
}

/// Only what is allotted as global unicast; an embedded IPv4 address is judged by itself.
fn public_v6(address: Ipv6Addr) -> bool {
    if let Some(embedded) = address.to_ipv4_mapped() {
        return public_v4(embedded);
    }
    match address.segments() {
        // The well-known prefix of translators (RFC 6052).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Protocol assignments with Teredo, documentation, 6to4, and more documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let table = "
            8.8.8.8              public
            1.1.1.1              public
            100.63.255.255       public
            100.128.0.1          public
            172.15.0.1           public
            172.32.0.1           public
            192.0.1.1            public
            223.255.255.255      public
            0.0.0.0              blocked
            10.1.2.3             blocked
            100.64.0.1           blocked
            100.127.255.255      blocked
            127.0.0.1            loopback
            127.255.255.254      loopback
            169.254.169.254      blocked
            172.16.0.1           blocked
            172.31.255.255       blocked
            192.0.0.192          blocked
            192.0.2.1            blocked
            192.88.99.1          blocked
            192.168.0.1          blocked
            198.18.0.1           blocked
            198.19.255.255       blocked
            198.51.100.7         blocked
            203.0.113.7          blocked
            224.0.0.1            blocked
            240.0.0.1            blocked
            255.255.255.255      blocked
            2606:4700::1111      public
            2a00:1450:4001::200e public
            ::                   blocked
            ::1                  loopback
            ::ffff:127.0.0.1     loopback
            ::ffff:10.0.0.1      blocked
            ::ffff:169.254.169.254 blocked
            ::ffff:8.8.8.8       public
            ::8.8.8.8            blocked
            64:ff9b::8.8.8.8     public
            64:ff9b::10.0.0.1    blocked
            64:ff9b::127.0.0.1   blocked
            64:ff9b:1::8.8.8.8   blocked
            100::1               blocked
            2001::1              blocked
            2001:db8::1          blocked
            2002:7f00:1::        blocked
            3fff::1              blocked
            fc00::1              blocked
            fd00:ec2::254        blocked
            fe80::1              blocked
            fec0::1              blocked
            ff02::1              blocked
        ";
        for row in table.lines().map(str::trim).filter(|row| !row.is_empty()) {
            let (address, expected) = row.split_once(' ').unwrap();
            let address: IpAddr = address.parse().unwrap();
            let said = match (allows(Reach::Public, address), allows(Reach::Loopback, address)) {
                (true, true) => "public",
                (false, true) => "loopback",
                (false, false) => "blocked",
                (true, false) => "less from more reach",
            };
            assert_eq!(said, expected.trim(), "{row}");
        }
    }

    #[test]
    fn urls() {
        let table = "
            https://example.com/hook          test public   ok
            http://example.com/hook           test public   ok
            https://example.com               live public   ok
            http://example.com/hook           live public   https_required
            http://127.0.0.1/hook             live public   https_required
            https://example.com:8443/a?b=c    live public   ok
            example.com/hook                  test public   not_a_url
            /hook                             test public   not_a_url
            ftp://example.com/                test public   not_a_url
            file:///etc/passwd                test public   not_a_url
            javascript:alert(1)               test public   not_a_url
            https://                          test public   not_a_url
            https://:80/                      test public   not_a_url
            https://example.com:0/            test public   not_a_url
            https://user@example.com/         test public   credentials
            https://user:pass@example.com/    test public   credentials
            https://example.com@127.0.0.1/    test public   credentials
            http://127.0.0.1:4242/            test public   blocked
            http://127.0.0.1:4242/            test loopback ok
            http://[::1]:4242/                test public   blocked
            http://[::1]:4242/                test loopback ok
            http://[::ffff:127.0.0.1]/        test public   blocked
            http://localhost:3000/            test public   blocked
            http://LOCALHOST./                test public   blocked
            http://shop.localhost/            test public   blocked
            http://localhost:3000/            test loopback ok
            http://169.254.169.254/latest     test loopback blocked
            http://10.0.0.1/                  test loopback blocked
            http://192.168.1.1/               live loopback https_required
        ";
        for row in table.lines().map(str::trim).filter(|row| !row.is_empty()) {
            let [url, mode, reach, expected] =
                row.split_whitespace().collect::<Vec<_>>().try_into().unwrap();
            let mode = if mode == "live" { Mode::Live } else { Mode::Test };
            let reach = if reach == "public" { Reach::Public } else { Reach::Loopback };
            let said = check_url(url, mode, reach).map_or_else(UrlError::code, |_| "ok");
            assert_eq!(said, expected, "{row}");
        }
    }
}
