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
        match piece.strip_prefix('}') {
            Some(rest) => {
                text.push_str(parts.next().copied().unwrap_or_default());
                text.push_str(rest);
            }
            None => {
                text.push('{');
                text.push_str(piece);
            }
        }
    }
    text
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
        assert_eq!((digits(0_usize), digits(7_u32)), ("0".to_owned(), "7".to_owned()));
    }
}
