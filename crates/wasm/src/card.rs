//! Card numbers as they are typed: brand, grouping, checks. The digits come and go; nothing is kept.

use alloc::vec::Vec;

use farthing_core::{
    card::{self, Brand, brand_of, check_number as checked, luhn as luhn_holds},
    time::TimestampMs,
};

use crate::message::{Args, Fault, Reply};

/// A number field after a key press: what to show, and what it means.
#[derive(Debug, PartialEq, Eq)]
struct TypedNumber {
    digits: Ascii,
    shown: Ascii,
    brand: Brand,
    complete: bool,
}

/// An expiry field after a key press. Month and year are empty until they are typed in full.
#[derive(Debug, PartialEq, Eq)]
struct TypedExpiry {
    shown: Ascii,
    month: Ascii,
    year: Ascii,
}

/// Digits, and what is put between them.
type Ascii = Vec<u8>;

/// `(digits)`: brand and CVC length, how many lengths there are, the lengths, the display groups.
pub(crate) fn facts(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let brand = brand_of(args.bytes()?);
    reply.text(brand.wire());
    reply.count(brand.cvc_length());
    reply.count(brand.lengths().len());
    for number in brand.lengths().iter().chain(card::groups(brand)) {
        reply.count(*number);
    }
    Ok(())
}

/// `(digits)`: the Luhn check.
pub(crate) fn luhn(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    reply.yes(luhn_holds(args.bytes()?));
    Ok(())
}

/// `(digits)`: checks a whole number and answers its brand.
pub(crate) fn check_number(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    reply.text(checked(args.bytes()?)?.wire());
    Ok(())
}

/// `(brand, cvc)`: checks a CVC; a brand that is not known takes any length.
pub(crate) fn check_cvc(args: &mut Args<'_>, _: &mut Reply) -> Result<(), Fault> {
    let brand = Brand::parse(args.text()?).unwrap_or(Brand::Unknown);
    card::check_cvc(brand, args.bytes()?)?;
    Ok(())
}

/// `(month, year, now_ms)`: checks an expiry at a moment; two-digit years mean this century.
pub(crate) fn check_expiry(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let (month, year) = (args.whole("month")?, args.whole("year")?);
    let now = TimestampMs::from_ms(args.whole("time")?);
    let expiry = card::check_expiry(month, year, now)?;
    reply.number(i64::from(expiry.month));
    reply.number(i64::from(expiry.year));
    Ok(())
}

/// `(text)`: reads a number field as it is typed or pasted: drops what is not a digit, cuts at the
/// brand's longest number, and groups the rest for display. Answers the digits, the text to show,
/// brand, CVC length, whether it is complete.
pub(crate) fn typed_number(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let number = number_of(args.text()?);
    reply.bytes(&number.digits);
    reply.bytes(&number.shown);
    reply.text(number.brand.wire());
    reply.count(number.brand.cvc_length());
    reply.yes(number.complete);
    Ok(())
}

/// `(text, deleting)`: reads an expiry field as it is typed, pasted or filled in: `4`, `0434`,
/// `4/34`, `04/2034`. The separator is shown as soon as the month is whole, but not put back while
/// `deleting` is not empty. Answers the text to show, month, year.
pub(crate) fn typed_expiry(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let expiry = expiry_of(args.text()?, !args.text()?.is_empty());
    reply.bytes(&expiry.shown);
    reply.bytes(&expiry.month);
    reply.bytes(&expiry.year);
    Ok(())
}

fn number_of(text: &str) -> TypedNumber {
    let mut digits = digits_of(text.as_bytes());
    let brand = brand_of(&digits);
    digits.truncate(brand.lengths().iter().copied().max().unwrap_or(digits.len()));
    let shown = grouped(brand, &digits);
    TypedNumber { complete: checked(&digits).is_ok(), shown, brand, digits }
}

fn digits_of(text: &[u8]) -> Ascii {
    text.iter().copied().filter(u8::is_ascii_digit).collect()
}

/// The digits with a space where a group ends and another begins.
fn grouped(brand: Brand, digits: &[u8]) -> Ascii {
    let mut shown = Vec::new();
    let mut ends = card::groups(brand).iter().scan(0, |end, size| {
        *end += size;
        Some(*end)
    });
    let mut end = ends.next();
    for (at, digit) in digits.iter().enumerate() {
        if end == Some(at) {
            shown.push(b' ');
            end = ends.next();
        }
        shown.push(*digit);
    }
    shown
}

fn expiry_of(text: &str, deleting: bool) -> TypedExpiry {
    let (month, year) = split_expiry(text.as_bytes());
    let mut shown = month.clone();
    // Somebody who deletes must be able to delete the separator too.
    if month.len() == 2 && !(deleting && year.is_empty()) {
        shown.extend_from_slice(b" / ");
        shown.extend_from_slice(&year);
    }
    let whole = month.len() == 2 && year.len() == 2;
    let (month, year) = if whole { (month, year) } else { (Vec::new(), Vec::new()) };
    TypedExpiry { shown, month, year }
}

/// Month and year digits of whatever was typed; at most two each, or three while a fourth may come.
fn split_expiry(text: &[u8]) -> (Ascii, Ascii) {
    let (mut month, mut year) = (Vec::new(), Vec::new());
    for byte in text {
        match byte {
            b'0'..=b'9' if month.len() == 2 => year.push(*byte),
            b'0'..=b'9' => {
                // A first digit above 1 can only be a whole month.
                if month.is_empty() && *byte > b'1' {
                    month.push(b'0');
                }
                month.push(*byte);
            }
            // So can one digit before a separator.
            b'/' | b'-' | b'.' if month.len() == 1 => month.insert(0, b'0'),
            _ => {}
        }
    }
    (month, year_of(year))
}

/// Browsers fill in four digits of year, and some people type them: waits for the fourth.
fn year_of(mut typed: Ascii) -> Ascii {
    let may_be_four = typed.starts_with(b"20");
    if may_be_four && typed.len() > 3 {
        typed.drain(..2);
    }
    typed.truncate(if may_be_four && typed.len() == 3 { 3 } else { 2 });
    typed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn str(ascii: &[u8]) -> &str {
        core::str::from_utf8(ascii).unwrap()
    }

    #[test]
    fn numbers_are_grouped_as_the_brand_prints_them() {
        for (typed, shown, brand) in [
            ("4242", "4242", "visa"),
            ("4242 42", "4242 42", "visa"),
            ("4242-4242-4242-4242", "4242 4242 4242 4242", "visa"),
            ("378282246310005", "3782 822463 10005", "amex"),
            ("3782822463100059999", "3782 822463 10005", "amex"),
            ("", "", "unknown"),
            ("pay me", "", "unknown"),
        ] {
            let number = number_of(typed);
            let read = (str(&number.shown), number.brand.wire());
            assert_eq!(read, (shown, brand), "{typed}");
        }
        assert!(number_of("4242 4242 4242 4242").complete);
        assert!(!number_of("4242 4242 4242 4241").complete);
    }

    #[test]
    fn an_expiry_reads_as_people_and_browsers_write_it() {
        for (typed, deleting, shown, month, year) in [
            ("", false, "", "", ""),
            ("1", false, "1", "", ""),
            ("12", false, "12 / ", "", ""),
            ("12 /", true, "12", "", ""),
            ("4", false, "04 / ", "", ""),
            ("4/34", false, "04 / 34", "04", "34"),
            ("1/34", false, "01 / 34", "01", "34"),
            ("0434", false, "04 / 34", "04", "34"),
            ("434", false, "04 / 34", "04", "34"),
            ("12/2034", false, "12 / 34", "12", "34"),
            ("12 / 203", false, "12 / 203", "", ""),
            ("12 / 2034", false, "12 / 34", "12", "34"),
            ("122034", false, "12 / 34", "12", "34"),
            ("12 / 345", false, "12 / 34", "12", "34"),
        ] {
            let read = expiry_of(typed, deleting);
            let got = (str(&read.shown), str(&read.month), str(&read.year));
            assert_eq!(got, (shown, month, year), "{typed}");
        }
    }
}
