//! `GET /`: a small page for people. It holds nothing itself: who looks at it types the token, and
//! the page asks `/status` with it.

use farthing_core::webhook::to_base64;
use sha2::{Digest as _, Sha256};

use super::made;
use crate::host::{Response, response};
use crate::problem::Problem;
use crate::words::cut;

/// The page, whole: its style and its script are in it.
const PAGE: &str = include_str!("page.html");

/// Serves the route.
pub(super) fn page() -> Result<Response, Box<Problem>> {
    let headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("content-security-policy", &policy()),
        ("cross-origin-opener-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ];
    made(response(200, PAGE.as_bytes(), &headers))
}

/// What the page may do: run its one script, wear its one style, ask this Worker. The hashes are
/// taken of the very text that is served, so that they are never those of an older one.
fn policy() -> String {
    let hash = |tag| to_base64(&Sha256::digest(inside(tag)));
    [
        "default-src 'none'; connect-src 'self'; script-src 'sha256-",
        &hash("script"),
        "'; style-src 'sha256-",
        &hash("style"),
        "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
    ]
    .concat()
}

/// What stands in the page's one element of a name.
fn inside(tag: &str) -> &'static str {
    let (open, close) = (["<", tag, ">"].concat(), ["</", tag, ">"].concat());
    let found = cut(PAGE, &open).and_then(|(_, after)| cut(after, &close));
    found.map_or("", |(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_one_script_and_the_one_style() {
        for tag in ["script", "style"] {
            assert_eq!(PAGE.matches(&format!("<{tag}")).count(), 1);
            assert!(inside(tag).len() > 100);
        }
        assert!(!PAGE.contains('\r'), "a browser would hash another text");
        let policy = policy();
        assert_eq!(policy.matches("'sha256-").count(), 2);
        assert_eq!(policy.matches("='").count(), 2, "a hash of 32 bytes ends in one '='");
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains('\n'));
        assert!(!policy.contains("unsafe"));
    }

    #[test]
    fn the_page_needs_nothing_from_elsewhere_and_makes_no_markup_of_data() {
        for forbidden in
            ["http:", "https:", "src=", "@import", "url(", "innerHTML", "insertAdjacent", "style="]
        {
            assert!(!PAGE.contains(forbidden), "{forbidden}");
        }
        assert!(PAGE.len() < 10 << 10, "{} bytes", PAGE.len());
    }
}
