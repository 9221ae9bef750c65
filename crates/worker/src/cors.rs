//! Which pages of other origins may call the checkout. Pure.

use farthing_core::origin::Origin;

/// What to do with a request's `Origin` header.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict<'a> {
    /// Not a page of another origin: no header is needed.
    Plain,
    /// On the list: echo exactly this origin.
    Allow(&'a str),
    /// Somebody else's page.
    Refuse,
}

/// Judges an origin. The list is exact: no wildcard, no suffix, no `null`.
pub(crate) fn judge<'a>(allowed: &[Origin], own: &str, origin: Option<&'a str>) -> Verdict<'a> {
    match origin {
        None => Verdict::Plain,
        Some(origin) if origin == own => Verdict::Plain,
        Some(origin) if allowed.iter().any(|one| one.as_str() == origin) => Verdict::Allow(origin),
        Some(_) => Verdict::Refuse,
    }
}

/// The headers of an answer that a page of `origin` may read.
pub(crate) fn headers(origin: &str) -> [(&'static str, &str); 3] {
    [
        ("access-control-allow-origin", origin),
        ("access-control-expose-headers", "retry-after"),
        ("vary", "origin"),
    ]
}

/// The further headers of an answer to a preflight.
pub(crate) const PREFLIGHT: [(&str, &str); 3] = [
    ("access-control-allow-methods", "POST"),
    ("access-control-allow-headers", "content-type"),
    ("access-control-max-age", "600"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_exact() {
        let allowed = [Origin::parse("https://shop.example").unwrap()];
        let table = [
            (None, Verdict::Plain),
            (Some("https://edge.example"), Verdict::Plain), // A page served by the Worker's own host.
            (Some("https://shop.example"), Verdict::Allow("https://shop.example")),
            (Some("https://shop.example:8443"), Verdict::Refuse),
            (Some("http://shop.example"), Verdict::Refuse),
            (Some("https://shop.example.evil"), Verdict::Refuse),
            (Some("https://evil.example"), Verdict::Refuse),
            (Some("null"), Verdict::Refuse),
            (Some("*"), Verdict::Refuse),
        ];
        for (origin, expected) in table {
            assert_eq!(judge(&allowed, "https://edge.example", origin), expected, "{origin:?}");
        }
    }
}
