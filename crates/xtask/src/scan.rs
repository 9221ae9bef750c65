//! The card scan: no test card number may be found in anything the tests left on disk.
//!
//! This is the second half of promise 6. The tests pay with well-known numbers; databases, logs,
//! captured bodies and browser profiles are then searched for each of them as typed, in groups, in
//! UTF-16, in hexadecimal and in base64 at every alignment. What this cannot see: a number inside
//! compressed or encrypted bytes; the code that writes those has tests of its own.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::failure::{Attempting, Failure};

/// The numbers that the tests, the simulator and the official clients' examples pay with.
const CARDS: &str = "
    4242424242424242 4242424242424241 4111111111111111 4012888888881881 4000056655665556
    4000000000000002 4000000000009995 4000000000009987 4000000000009979 4000000000000069
    4000000000000127 4000000000000119 4000000000006975 4000000000000341 4100000000000019
    4000000000004954 4000000000009235 4000000000000101 4000000000000036 4000000000000028
    4000000000000010 4000000000000044 4000000000000259 4000000000002685 4000000000001976
    4000000000005423 4000000404000079 4000000000007726 4000000000005126 4000000000000077
    4000003720000278 4000002500003155 4000002760003184 4000003800000446 4000008260003178
    4000000000003220 4000000000003063 4000008400000027 4000008400001280 4000008400001629
    4000000000003055 4000000000003097 4000582600000094 4000058260000005 4000000760000002
    4000001240000000 4000004840008001 4000000320000021 4000001560000002 4000000360000006
    4000003560000008 4000003920000003 4000007020000003 4000002500000003 4000002760000016
    4000008260000000 4000007240000007 4000003720000005 4000000400000008 4000004040000079
    4000000032200000 5555555555554444 5555558265554449 5200828282828210 5105105105105100
    2223003122003222 378282246310005 371449635398431 6011111111111117 6011000990139424
    6011981111111113 3056930009020004 36227206271667 30569309025904 6555900000604105
    3566002020360505 3530111333300000 6200000000000005 6200000000000047 6205500000000000004";

/// Files are read in pieces of this size, each overlapping the one before by the longest form.
const PIECE: usize = 1 << 20;

/// One number found where it must not be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) file: PathBuf,
    pub(crate) offset: u64,
    /// Only the last four digits: a report of a leak must not be the next leak.
    pub(crate) last4: String,
    pub(crate) form: &'static str,
}

struct Needle {
    bytes: Vec<u8>,
    card: usize,
    form: &'static str,
}

/// Searches for a set of card numbers in every form at once.
pub(crate) struct Scanner {
    cards: Vec<String>,
    needles: Vec<Needle>,
    /// Needles by their first two bytes: the one look-up that every byte of every file pays.
    by_start: Vec<Vec<usize>>,
    longest: usize,
}

/// What a scan of a folder saw.
#[derive(Debug, Default)]
pub(crate) struct Scanned {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    pub(crate) hits: Vec<Hit>,
}

impl Scanner {
    /// A scanner for the built-in numbers and those in the text of a vectors file.
    pub(crate) fn with_vectors(vectors: &str) -> Self {
        let mut cards: Vec<String> = CARDS.split_whitespace().map(str::to_owned).collect();
        cards.extend(numbers_in(vectors));
        cards.sort();
        cards.dedup();
        Self::new(cards)
    }

    fn new(cards: Vec<String>) -> Self {
        let needles: Vec<Needle> = cards
            .iter()
            .enumerate()
            .flat_map(|(card, digits)| {
                forms(digits).into_iter().map(move |(form, bytes)| Needle { bytes, card, form })
            })
            .collect();
        let mut by_start = vec![Vec::new(); 1 << 16];
        for (index, needle) in needles.iter().enumerate() {
            by_start[start(&needle.bytes)].push(index);
        }
        let longest = needles.iter().map(|needle| needle.bytes.len()).max().unwrap_or(0);
        Self { cards, needles, by_start, longest }
    }

    pub(crate) fn cards(&self) -> &[String] {
        &self.cards
    }

    /// Scans every regular file below a folder.
    ///
    /// # Errors
    /// If a folder or file cannot be read: an unread file is not a clean one.
    pub(crate) fn folder(&self, folder: &Path) -> Result<Scanned, Failure> {
        let mut seen = Scanned::default();
        let mut folders = vec![folder.to_path_buf()];
        while let Some(folder) = folders.pop() {
            let told = || format!("scanning {}", folder.display());
            for entry in fs::read_dir(&folder).attempting(told())? {
                let entry = entry.attempting(told())?;
                let kind = entry.file_type().attempting(told())?;
                if kind.is_dir() {
                    folders.push(entry.path());
                } else if kind.is_file() {
                    self.file(&entry.path(), &mut seen)?;
                }
            }
        }
        Ok(seen)
    }

    fn file(&self, path: &Path, seen: &mut Scanned) -> Result<(), Failure> {
        let told = || format!("scanning {}", path.display());
        let mut file = File::open(path).attempting(told())?;
        let (mut piece, mut kept, mut base) = (vec![0; PIECE], 0, 0_u64);
        loop {
            let read = file.read(&mut piece[kept..]).attempting(told())?;
            if read == 0 {
                break;
            }
            let filled = kept + read;
            self.piece(&piece[..filled], |offset, needle| {
                // What ends within the overlap was reported with the piece before.
                if offset + needle.bytes.len() > kept {
                    seen.hits.push(Hit {
                        file: path.to_path_buf(),
                        offset: base + offset as u64,
                        last4: last4(&self.cards[needle.card]),
                        form: needle.form,
                    });
                }
            });
            seen.bytes += read as u64;
            kept = filled.min(self.longest.saturating_sub(1));
            piece.copy_within(filled - kept..filled, 0);
            base += (filled - kept) as u64;
        }
        seen.files += 1;
        Ok(())
    }

    fn piece(&self, bytes: &[u8], mut found: impl FnMut(usize, &Needle)) {
        for (offset, pair) in bytes.windows(2).enumerate() {
            for index in &self.by_start[start(pair)] {
                let needle = &self.needles[*index];
                if bytes[offset..].starts_with(&needle.bytes) {
                    found(offset, needle);
                }
            }
        }
    }
}

fn start(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

fn last4(digits: &str) -> String {
    digits[digits.len() - 4..].to_owned()
}

/// Every spelling of one number that is searched for.
fn forms(digits: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![
        ("plain", digits.as_bytes().to_vec()),
        ("hexadecimal", digits.bytes().flat_map(|digit| [b'3', digit]).collect()),
        ("UTF-16", digits.bytes().flat_map(|digit| [digit, 0]).collect()),
    ];
    for separator in [" ", "-", "+", ".", "%20", "%2B", "\\u0020", "\u{a0}"] {
        forms.push(("groups", groups(digits).join(separator).into_bytes()));
    }
    for alignment in 0..3 {
        forms.push(("base64", base64_core(digits.as_bytes(), alignment)));
    }
    forms
}

/// The groups in which a number is embossed: 4-6-5 and 4-6-4 for fifteen and fourteen digits.
fn groups(digits: &str) -> Vec<&str> {
    let first_cuts: &[usize] = match digits.len() {
        14 | 15 => &[4, 10],
        _ => &[4, 8, 12, 16],
    };
    let mut parts = Vec::new();
    let mut from = 0;
    for cut in first_cuts.iter().copied().filter(|cut| *cut < digits.len()) {
        parts.push(&digits[from..cut]);
        from = cut;
    }
    parts.push(&digits[from..]);
    parts
}

/// The characters of the base64 text that depend on these bytes alone, when `before` bytes of
/// something else (modulo three) stand in front of them and anything may follow.
fn base64_core(bytes: &[u8], before: usize) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let padded: Vec<u8> = std::iter::repeat_n(0, before).chain(bytes.iter().copied()).collect();
    let first = (before * 8).div_ceil(6);
    let end = padded.len() * 8 / 6;
    (first..end)
        .map(|place| {
            let bit = place * 6;
            let high = u16::from(padded[bit / 8]) << 8;
            let low = padded.get(bit / 8 + 1).copied().map_or(0, u16::from);
            let sextet = (high | low) >> (10 - bit % 8) & 0x3f;
            ALPHABET[usize::from(sextet)]
        })
        .collect()
}

/// Digit runs in a text that could be card numbers.
fn numbers_in(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|run| (14..=19).contains(&run.len()) && run.starts_with(['2', '3', '4', '5', '6']))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = "4242424242424242";

    fn hits_in(bytes: &[u8]) -> Vec<(&'static str, u64)> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("deep")).unwrap();
        fs::write(folder.path().join("deep/file"), bytes).unwrap();
        let scanned = Scanner::with_vectors("").folder(folder.path()).unwrap();
        assert_eq!((scanned.files, scanned.bytes), (1, bytes.len() as u64));
        scanned.hits.into_iter().map(|hit| (hit.form, hit.offset)).collect()
    }

    #[test]
    fn a_number_is_found_in_every_spelling() {
        let utf16: Vec<u8> = CARD.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, form) in [
            (b"card=4242424242424242&".as_slice(), "plain"),
            (b"<4242 4242 4242 4242>", "groups"),
            (b"card=4242-4242-4242-4242", "groups"),
            (b"card=4242+4242+4242+4242", "groups"),
            (b"3782 822463 10005", "groups"),
            (b"34323432343234323432343234323432", "hexadecimal"),
            (&utf16, "UTF-16"),
        ] {
            let found = hits_in(bytes);
            assert!(found.iter().any(|(got, _)| *got == form), "{bytes:?}: {found:?}");
        }
    }

    /// The three texts were made by another program, of the number behind 0, 1 and 2 bytes.
    #[test]
    fn base64_is_found_at_every_alignment() {
        for text in [
            "NDI0MjQyNDI0MjQyNDI0Mg==",
            "eDQyNDI0MjQyNDI0MjQyNDJ5eg==",
            "eHg0MjQyNDI0MjQyNDI0MjQyeXl5",
            "W3sibnVtYmVyIjoiNDI0MjQyNDI0MjQyNDI0MiJ9XQ==",
        ] {
            let found = hits_in(text.as_bytes());
            assert!(found.iter().any(|(form, _)| *form == "base64"), "{text}: {found:?}");
        }
    }

    #[test]
    fn a_number_across_two_pieces_is_found_once() {
        for before in PIECE - 17..PIECE + 2 {
            let mut bytes = vec![b'x'; before];
            bytes.extend_from_slice(CARD.as_bytes());
            bytes.extend_from_slice(&[b'y'; 100]);
            assert_eq!(hits_in(&bytes), [("plain", before as u64)]);
        }
    }

    #[test]
    fn what_may_be_stored_is_not_reported() {
        assert_eq!(hits_in(b"last4=4242 bin=424242 at=1795262042424 4242 4242 4242 424"), []);
        assert_eq!(hits_in(&[0; 4096]), []);
    }

    #[test]
    fn vectors_add_numbers() {
        let scanner =
            Scanner::with_vectors(r#"[{"number":"6011000000000012","at":1795262042424}]"#);
        assert!(scanner.cards().iter().any(|card| card == "6011000000000012"));
        assert!(!scanner.cards().iter().any(|card| card.starts_with("17952")));
    }
}
