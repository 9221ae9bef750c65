//! Sentences with something put into them. Pure.
//!
//! The formatting macros of the standard library bring padding, signs and precision along, which no
//! sentence here has; see core's `print`.

use farthing_core::print::Digits;

/// A sentence in which each `{}` is one of the parts, in their order.
pub(crate) fn filled(sentence: &str, parts: &[&str]) -> String {
    let mut parts = parts.iter();
    let mut pieces = sentence.split('{');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        if let Some(rest) = piece.strip_prefix('}') {
            text.push_str(parts.next().copied().unwrap_or_default());
            text.push_str(rest);
        } else {
            text.push('{');
            text.push_str(piece);
        }
    }
    text
}

/// What stands before and after the first of a word in a text. (The standard library's own search is
/// made for long texts: two kilobytes of it.)
pub(crate) fn cut<'t>(text: &'t str, word: &str) -> Option<(&'t str, &'t str)> {
    text.char_indices().find_map(|(at, _)| {
        let (before, rest) = text.split_at_checked(at)?;
        Some((before, rest.strip_prefix(word)?))
    })
}

/// A text with another word in the place of one, wherever that stands.
pub(crate) fn replaced(text: &str, word: &str, other: &str) -> String {
    let (mut whole, mut rest) = (String::new(), text);
    while let Some((before, after)) = cut(rest, word).filter(|_| !word.is_empty()) {
        whole.push_str(before);
        whole.push_str(other);
        rest = after;
    }
    whole.push_str(rest);
    whole
}

/// A whole number in digits.
pub(crate) fn digits(number: impl TryInto<u64>) -> String {
    Digits::of(number.try_into().unwrap_or(u64::MAX)).as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_take_their_places() {
        let table = [
            ("{} is not set: {}.", &["A", "{}"][..], "A is not set: {}."),
            ("Send {\"items\"} and {}", &["no {} more", "x"], "Send {\"items\"} and no {} more"),
            ("{}{}{}", &["a", "b"], "ab"),
            ("", &["a"], ""),
            ("plain", &[], "plain"),
        ];
        for (sentence, parts, expected) in table {
            assert_eq!(filled(sentence, parts), expected);
        }
        assert_eq!(cut("a<b>c<b>", "<b>"), Some(("a", "c<b>")));
        assert_eq!(cut("\u{fc}://", "://"), Some(("\u{fc}", "")));
        assert_eq!(replaced("the key k1, k1", "k1", "cart"), "the key cart, cart");
        assert_eq!((cut("ab", "abc"), cut("", "a")), (None, None));
        assert_eq!((digits(0_usize), digits(7_u32)), ("0".to_owned(), "7".to_owned()));
    }
}
