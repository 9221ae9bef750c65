//! Web origins: which pages may embed what the backend serves.
//!
//! An origin is taken only in the one spelling in which browsers send it (RFC 6454, section 6.1) and
//! in which a content security policy can name it, because it is compared as text on both ways.
//! Anything that would need to be normalized first is refused with what is wrong about it.

use alloc::string::String;
use core::fmt;

/// The longest origin, in bytes: a scheme, the longest host name there can be (253) and a port.
pub const ORIGIN_BYTES_MAX: usize = 267;
/// The longest host name and the longest label in one, in bytes (RFC 1035, section 2.3.4).
const HOST_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// `scheme://host` or `scheme://host:port`: `https`, or on loopback `http` too; host in lower case
/// (a name of beyond ASCII in its `xn--` form), or an IPv4 address; no port that goes without saying.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

/// Why a text is no origin that may be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginError {
    /// It is empty.
    Empty,
    /// It is longer than [`ORIGIN_BYTES_MAX`].
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// It is `null`: sandboxed frames, data URLs and files, whoever made them.
    Null,
    /// It holds a `*`.
    Wildcard,
    /// It does not begin with `https://` or `http://`.
    Scheme,
    /// Something stands in front of the host, with an `@`.
    UserInfo,
    /// Something follows the host and the port, be it only a slash.
    Path,
    /// The host is an IPv6 address, which no content security policy can name.
    Ipv6,
    /// The host is no name in lower-case ASCII and no IPv4 address in four decimal parts.
    Host,
    /// The port is no whole number from 1 to 65,535, or begins with a zero.
    Port,
    /// The port is the scheme's own, which browsers leave out.
    DefaultPort,
    /// It is not encrypted, and not on this machine.
    Insecure,
}

impl Origin {
    /// Takes an origin as a browser spells it.
    ///
    /// # Errors
    /// The first of [`OriginError`]'s reasons, in the order in which they are declared.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        if text.is_empty() {
            return Err(OriginError::Empty);
        }
        if text.len() > ORIGIN_BYTES_MAX {
            return Err(OriginError::TooLong { length: text.len() });
        }
        if text == "null" {
            return Err(OriginError::Null);
        }
        if text.contains('*') {
            return Err(OriginError::Wildcard);
        }
        let (encrypted, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://"))
        {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(OriginError::Scheme),
        };
        if rest.contains('@') {
            return Err(OriginError::UserInfo);
        }
        if rest.contains(['/', '?', '#', '\\']) {
            return Err(OriginError::Path);
        }
        if rest.starts_with('[') {
            return Err(OriginError::Ipv6);
        }
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        };
        if !is_host(host) {
            return Err(OriginError::Host);
        }
        if let Some(port) = port {
            check_port(port, encrypted)?;
        }
        if !encrypted && !is_loopback(host) {
            return Err(OriginError::Insecure);
        }
        Ok(Self(String::from(text)))
    }

    /// The text, as browsers send it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether its pages come from this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.0.split_once("://").map_or("", |(_, rest)| rest);
        is_loopback(host.split_once(':').map_or(host, |(host, _)| host))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Names of this machine: `localhost` and what is below it (RFC 6761, section 6.3), and 127.0.0.0/8.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || is_ipv4(host) && host.starts_with("127.")
}

fn is_host(host: &str) -> bool {
    if host.len() > HOST_BYTES_MAX || !host.split('.').all(is_label) {
        return false;
    }
    // A name whose last label looks like a number is read as an address, and rewritten to one.
    let last = host.rsplit('.').next().unwrap_or_default();
    let hex =
        last.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()));
    let digits = last.bytes().all(|byte| byte.is_ascii_digit());
    if hex || digits { is_ipv4(host) } else { true }
}

fn is_label(label: &str) -> bool {
    let inner = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (1..=LABEL_BYTES_MAX).contains(&label.len())
        && label.bytes().all(inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn is_ipv4(host: &str) -> bool {
    host.split('.').count() == 4 && host.split('.').all(|part| decimal(part, 255).is_some())
}

fn check_port(port: &str, encrypted: bool) -> Result<(), OriginError> {
    match (decimal(port, 65_535), encrypted) {
        (None | Some(0), _) => Err(OriginError::Port),
        (Some(443), true) | (Some(80), false) => Err(OriginError::DefaultPort),
        (Some(_), _) => Ok(()),
    }
}

/// A whole number in its one spelling.
fn decimal(text: &str, most: u32) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let padded = text.len() > 1 && text.starts_with('0');
    if !plain || padded {
        return None;
    }
    text.parse().ok().filter(|number| *number <= most)
}

impl OriginError {
    /// A stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "origin_empty",
            Self::TooLong { .. } => "origin_too_long",
            Self::Null => "origin_null",
            Self::Wildcard => "origin_wildcard",
            Self::Scheme => "origin_scheme",
            Self::UserInfo => "origin_user_info",
            Self::Path => "origin_path",
            Self::Ipv6 => "origin_ipv6",
            Self::Host => "origin_host",
            Self::Port => "origin_port",
            Self::DefaultPort => "origin_default_port",
            Self::Insecure => "origin_insecure",
        }
    }
}

impl fmt::Display for OriginError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => out.write_str("An origin cannot be empty."),
            Self::TooLong { length } => write!(
                out,
                "An origin has at most {ORIGIN_BYTES_MAX} bytes; this one has {length}."
            ),
            Self::Null => out.write_str(
                "The origin null belongs to every sandboxed frame and every file; name the site's own.",
            ),
            Self::Wildcard => out.write_str(
                "An origin is exact: name each site in full, without an asterisk.",
            ),
            Self::Scheme => out.write_str("An origin begins with https:// (or http:// on loopback)."),
            Self::UserInfo => out.write_str("An origin has no user name and no password in it."),
            Self::Path => out.write_str(
                "An origin ends with its host or port: no slash, no path, no query after it.",
            ),
            Self::Ipv6 => out.write_str(
                "No content security policy can name an IPv6 address; use a host name.",
            ),
            Self::Host => out.write_str(
                "The host of an origin is a name in lower-case ASCII (xn-- where it has other letters) or an IPv4 address.",
            ),
            Self::Port => out.write_str(
                "The port of an origin is a whole number from 1 to 65535 without leading zeros.",
            ),
            Self::DefaultPort => out.write_str(
                "Leave out a port that goes without saying (443 for https, 80 for http): browsers do.",
            ),
            Self::Insecure => out.write_str(
                "Only pages of this machine may come over http; every other origin begins with https://.",
            ),
        }
    }
}

impl core::error::Error for OriginError {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString as _};

    /// One line per origin: how it is taken, or why not.
    fn check(rows: &[(&str, &str)]) {
        for (text, said) in rows {
            let found = match Origin::parse(text) {
                Ok(origin) => {
                    assert_eq!(origin.to_string(), *text);
                    if origin.is_loopback() { "ok loopback" } else { "ok" }
                }
                Err(error) => error.code(),
            };
            assert_eq!(found, *said, "{text}");
        }
    }

    #[test]
    fn origins_are_taken_in_one_spelling() {
        check(&[
            ("https://shop.example", "ok"),
            ("https://shop.example:8443", "ok"),
            ("https://xn--bcher-kva.example", "ok"),
            ("https://192.0.2.1", "ok"),
            ("https://a", "ok"),
            ("http://localhost", "ok loopback"),
            ("http://localhost:5173", "ok loopback"),
            ("http://shop.localhost:5173", "ok loopback"),
            ("http://127.0.0.1:4242", "ok loopback"),
            ("http://127.255.0.9", "ok loopback"),
            ("https://localhost:1", "ok loopback"),
            ("https://localhost:65535", "ok loopback"),
        ]);
    }

    #[test]
    fn anything_else_is_refused_by_its_first_fault() {
        check(&[
            ("", "origin_empty"),
            ("null", "origin_null"),
            ("*", "origin_wildcard"),
            ("https://*", "origin_wildcard"),
            ("https://*.shop.example", "origin_wildcard"),
            ("https://shop.example:*", "origin_wildcard"),
            ("shop.example", "origin_scheme"),
            ("HTTPS://shop.example", "origin_scheme"),
            (" https://shop.example", "origin_scheme"),
            ("ftp://shop.example", "origin_scheme"),
            ("https:shop.example", "origin_scheme"),
            ("file://", "origin_scheme"),
            ("https://me@shop.example", "origin_user_info"),
            ("https://shop.example/", "origin_path"),
            ("https://shop.example/pay", "origin_path"),
            ("https://shop.example?x", "origin_path"),
            ("https://shop.example#x", "origin_path"),
            ("https://shop.example\\x", "origin_path"),
            ("https://[::1]", "origin_ipv6"),
            ("http://[::1]:4242", "origin_ipv6"),
            ("https://", "origin_host"),
            ("https://:443", "origin_host"),
            ("https://Shop.example", "origin_host"),
            ("https://bücher.example", "origin_host"),
            ("https://shop.example.", "origin_host"),
            ("https://shop..example", "origin_host"),
            ("https://-shop.example", "origin_host"),
            ("https://shop_1.example", "origin_host"),
            ("https://shop.example;script-src", "origin_host"),
            ("https://shop.example other", "origin_host"),
            ("https://shop.example,", "origin_host"),
            ("https://1.2.3", "origin_host"),
            ("https://1.2.3.256", "origin_host"),
            ("https://01.2.3.4", "origin_host"),
            ("https://127.0.0.0x1", "origin_host"),
            ("https://shop.example:", "origin_port"),
            ("https://shop.example:0", "origin_port"),
            ("https://shop.example:0443", "origin_port"),
            ("https://shop.example:65536", "origin_port"),
            ("https://shop.example:99999999999999999999", "origin_port"),
            ("https://shop.example:x", "origin_port"),
            ("https://shop.example:80:80", "origin_port"),
            ("https://shop.example:443", "origin_default_port"),
            ("http://localhost:80", "origin_default_port"),
            ("http://shop.example", "origin_insecure"),
            ("http://192.168.0.1:3000", "origin_insecure"),
            ("http://127.0.0.1.example", "origin_insecure"),
            ("http://localhost.example", "origin_insecure"),
        ]);
        let long = String::from("https://") + &"a.".repeat(130);
        check(&[(&long, "origin_too_long")]);
    }
}
