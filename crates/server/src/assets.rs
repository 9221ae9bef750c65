//! What browsers load from here, as it was built in: the bytes, the same bytes packed, and their tag.

use axum::response::{IntoResponse, Response};
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    REFERRER_POLICY, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// A file that was built in.
#[derive(Debug)]
pub(crate) struct Asset {
    plain: &'static [u8],
    packed: &'static [u8],
    /// The beginning of its hash: the same in every process that has the same file.
    tag: &'static str,
    /// It was not built when the server was: what is here says so, and nobody may keep it.
    missing: bool,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A module.
    Script,
    /// A style sheet.
    Style,
    /// JSON.
    Json,
}

/// How long a browser may keep a file without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Five minutes, so that an upgrade reaches open shops soon.
    Briefly,
    /// For ever: its address names its version.
    Forever,
}

impl Asset {
    /// Whether it was not there when the server was built.
    pub(crate) fn is_missing(&self) -> bool {
        self.missing
    }

    /// The text.
    pub(crate) fn text(&self) -> &'static str {
        str::from_utf8(self.plain).unwrap_or_default()
    }

    /// The answer to a request for it: packed where the browser can unpack, and nothing at all where
    /// it has these bytes already.
    pub(crate) fn answer(&self, kind: Kind, keep: Keep, asked: &HeaderMap) -> Response {
        let packed = takes_gzip(asked);
        let tag = format!("\"{}{}\"", self.tag, if packed { "-gz" } else { "" });
        let mut response = if has(asked, &tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            (if packed { self.packed } else { self.plain }).into_response()
        };
        let fresh = response.status() == StatusCode::OK;
        let headers = response.headers_mut();
        headers.remove(CONTENT_TYPE);
        if fresh {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind.name()));
            if packed {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
        }
        for (name, value) in [
            (CACHE_CONTROL, if self.missing { NEVER } else { keep.name() }),
            (VARY, "Accept-Encoding"),
            (REFERRER_POLICY, "no-referrer"),
            // A module of another origin is loaded with CORS or not at all.
            (HeaderName::from_static("access-control-allow-origin"), "*"),
            (HeaderName::from_static("x-content-type-options"), "nosniff"),
            (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(ETAG, tag);
        }
        response
    }
}

/// For what the next build will have.
const NEVER: &str = "no-store";

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Script => "text/javascript; charset=utf-8",
            Self::Style => "text/css; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

impl Keep {
    fn name(self) -> &'static str {
        match self {
            Self::Briefly => "public, max-age=300",
            Self::Forever => "public, max-age=31536000, immutable",
        }
    }
}

/// Whether a browser unpacks gzip: named, or by `*`, and not with a weight of zero (RFC 9110,
/// section 12.5.3).
fn takes_gzip(asked: &HeaderMap) -> bool {
    let mut any = false;
    for (coding, weight) in listed(asked, &ACCEPT_ENCODING).map(weighed) {
        match coding {
            "gzip" | "x-gzip" => return weight,
            "*" => any = weight,
            _ => {}
        }
    }
    any
}

/// A coding, and whether its weight is above zero.
fn weighed(item: &str) -> (&str, bool) {
    let (coding, rest) = item.split_once(';').unwrap_or((item, ""));
    let weight = rest.trim().strip_prefix("q=").map_or(1.0, |text| text.parse().unwrap_or(0.0));
    (coding.trim(), weight > 0.0)
}

/// Whether the browser has the bytes of this tag.
fn has(asked: &HeaderMap, tag: &str) -> bool {
    listed(asked, &IF_NONE_MATCH).any(|held| held == "*" || held.trim_start_matches("W/") == tag)
}

fn listed<'h>(asked: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    let values = asked.get_all(name).into_iter();
    values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim)
}

#[cfg(test)]
impl Asset {
    /// What stands for a script that was not built.
    pub(crate) const STUB: Self =
        Self { plain: b"throw new Error('none')", packed: b"", tag: "0", missing: true };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_missing_file_is_kept_by_nobody() {
        for keep in [Keep::Briefly, Keep::Forever] {
            let answer = Asset::STUB.answer(Kind::Script, keep, &HeaderMap::new());
            assert_eq!(answer.headers()[CACHE_CONTROL], "no-store", "{keep:?}");
        }
    }

    #[test]
    fn gzip_is_for_those_who_take_it() {
        for (accepts, taken) in [
            ("gzip", true),
            ("gzip, deflate, br, zstd", true),
            ("br;q=1.0, gzip;q=0.8, *;q=0.1", true),
            ("*", true),
            ("", false),
            ("identity", false),
            ("br", false),
            ("gzip;q=0", false),
            ("*, gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("gzip;q=x", false),
            ("*;q=0", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, accepts.parse().unwrap());
            assert_eq!(takes_gzip(&headers), taken, "{accepts}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
