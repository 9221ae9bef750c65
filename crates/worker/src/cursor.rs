//! A reader's place in an inbox: one number per shard, since shards do not share a clock and a time
//! would skip rows. Opaque to readers.

use farthing_core::print::Digits;

use crate::route::Listing;

/// A place in one listing of a source.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    sign: char,
    places: Vec<i64>,
}

impl Cursor {
    /// Reads a cursor; none is the beginning. Answers nothing for what is no cursor of this listing
    /// and of so many shards.
    pub(crate) fn parse(text: Option<&str>, listing: Listing, shards: u32) -> Option<Self> {
        let shards = usize::try_from(shards).ok()?;
        let sign = match listing {
            Listing::Handed => 'h',
            Listing::Arrived => 'a',
            Listing::Waiting => 'w',
            Listing::Parked => 'p',
        };
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Some(Self { sign, places: vec![0; shards] });
        };
        let plain = |place: &str| !place.is_empty() && place.bytes().all(|b| b.is_ascii_digit());
        let places: Vec<i64> = text
            .strip_prefix(sign)?
            .split('.')
            .map(|place| plain(place).then(|| place.parse().ok()).flatten())
            .collect::<Option<_>>()?;
        (places.len() == shards).then_some(Self { sign, places })
    }

    /// The place in one shard.
    pub(crate) fn place(&self, shard: u32) -> i64 {
        let index = usize::try_from(shard).unwrap_or(usize::MAX);
        self.places.get(index).copied().unwrap_or(0)
    }

    /// The cursor as its reader keeps it.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        for place in &self.places {
            text.push(if text.is_empty() { self.sign } else { '.' });
            text.push_str(Digits::signed(*place).as_str());
        }
        text
    }

    /// Moves on in one shard.
    pub(crate) fn move_to(&mut self, shard: usize, place: i64) {
        if let Some(at) = self.places.get_mut(shard) {
            *at = place;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_and_no_other_text_is_one() {
        let parse = |text| Cursor::parse(Some(text), Listing::Handed, 3);
        let cursor = parse("h3.0.7").unwrap();
        assert_eq!([cursor.place(0), cursor.place(1), cursor.place(2)], [3, 0, 7]);
        assert_eq!(cursor.to_text(), "h3.0.7");
        assert_eq!(parse("").unwrap().to_text(), "h0.0.0");
        for wrong in
            ["3.0.7", "a3.0.7", "h3.0", "h3.0.7.9", "h3.x.7", "h3..7", "h-3.0.7", "h 3.0.7"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(parse("h99999999999999999999.0.0"), None);
    }
}
