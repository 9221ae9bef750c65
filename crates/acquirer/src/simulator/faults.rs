//! Faults on the way to the network and back: which call meets which, from a seed.
//!
//! The same seed and the same reference meet the same fate, in whatever order calls are made. Shares
//! are kept in millionths, so that no float decides anything.

use std::fmt;
use std::str::FromStr;

use farthing_core::time::TimestampMs;

use crate::call::Reference;
use crate::limits::SLOW_MS_MAX;
use crate::simulator::mix::draw;

/// What can go wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The network refuses the call. Nothing moves, now or later.
    Refused,
    /// The call is lost before the network sees it.
    LostBefore,
    /// The network does it, and the answer is lost.
    LostAfter,
    /// The caller is told of a time-out, and the call arrives afterwards.
    Late,
    /// The call is delivered twice.
    Duplicate,
    /// The call takes a while.
    Slow,
}

impl Fault {
    const ALL: [Self; 6] =
        [Self::Refused, Self::LostBefore, Self::LostAfter, Self::Late, Self::Duplicate, Self::Slow];

    /// The name in the text form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::LostBefore => "lost_before",
            Self::LostAfter => "lost_after",
            Self::Late => "late",
            Self::Duplicate => "duplicate",
            Self::Slow => "slow",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }

    /// Its place in the list of shares.
    fn place(self) -> usize {
        match self {
            Self::Refused => 0,
            Self::LostBefore => 1,
            Self::LostAfter => 2,
            Self::Late => 3,
            Self::Duplicate => 4,
            Self::Slow => 5,
        }
    }
}

/// What is lost of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Nothing.
    Nothing,
    /// The call.
    Call,
    /// The call is not lost but late: the caller has given up when it arrives.
    Patience,
    /// The answer.
    Answer,
}

/// What one call meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// What is lost of it.
    pub loss: Loss,
    /// Whether the network refuses it.
    pub refused: bool,
    /// Whether it is delivered twice.
    pub duplicate: bool,
    /// How long it takes, there and back; how late it is, if late.
    pub delay_ms: u64,
}

/// The faults of a simulator. The default has none.
///
/// Text form: `seed=7,lost_after=0.1,slow_ms=200..900,at=3:lost_after`. Shares are decimals from 0 to
/// 1 with at most six places; `slow_ms` alone slows every call; `at=N:FAULT` hits the N-th call,
/// counted from 1, whatever the shares; `lookup_lost` is the share of look-ups, reversals and feed
/// readings that get no answer; `notice_after_ms` is how long the network waits with its news.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    seed: u64,
    shares: [u32; 6],
    lookup_lost: u32,
    slow_ms: (u32, u32),
    notice_after_ms: u32,
    at: Vec<(u64, Fault)>,
}

impl Faults {
    /// No faults at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// How long the network waits with its news, in milliseconds.
    pub fn notice_after_ms(&self) -> i64 {
        i64::from(self.notice_after_ms)
    }

    /// The fate of a call that moves money. `number` counts such calls from 1.
    pub fn fate(&self, number: u64, reference: Reference) -> Fate {
        let strikes = |fault: Fault| {
            self.at.contains(&(number, fault))
                || self.hits(self.shares[fault.place()], reference, fault.name())
        };
        let loss = if strikes(Fault::LostBefore) {
            Loss::Call
        } else if strikes(Fault::Late) {
            Loss::Patience
        } else if strikes(Fault::LostAfter) {
            Loss::Answer
        } else {
            Loss::Nothing
        };
        let delayed = loss == Loss::Patience || strikes(Fault::Slow);
        let delay_ms = if delayed { self.delay_ms(reference) } else { 0 };
        let (refused, duplicate) = (strikes(Fault::Refused), strikes(Fault::Duplicate));
        Fate { loss, refused, duplicate, delay_ms }
    }

    /// Whether a look-up or reversal gets no answer. It depends on the time too, so that asking again
    /// later may succeed.
    pub fn inquiry_lost(&self, reference: Reference, now: TimestampMs) -> bool {
        self.hits(self.lookup_lost, reference, &format!("lookup at {}", now.ms()))
    }

    fn hits(&self, share: u32, reference: Reference, purpose: &str) -> bool {
        share > 0 && draw(self.seed, reference, purpose) % 1_000_000 < u64::from(share)
    }

    fn delay_ms(&self, reference: Reference) -> u64 {
        let (from, to) = self.slow_ms;
        let span = u64::from(to - from) + 1;
        u64::from(from) + draw(self.seed, reference, "delay") % span
    }

    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "seed" => self.seed = value.parse().ok()?,
            "lookup_lost" => self.lookup_lost = share(value)?,
            "notice_after_ms" => self.notice_after_ms = value.parse().ok()?,
            "slow_ms" => {
                let (from, to) = value.split_once("..").unwrap_or((value, value));
                let (from, to) = (from.parse().ok()?, to.parse().ok()?);
                if from > to || to > SLOW_MS_MAX {
                    return None;
                }
                self.slow_ms = (from, to);
            }
            "at" => {
                let (number, fault) = value.split_once(':')?;
                let number = number.parse().ok().filter(|number| *number > 0)?;
                self.at.push((number, Fault::parse(fault)?));
            }
            fault => self.shares[Fault::parse(fault)?.place()] = share(value)?,
        }
        Some(())
    }
}

impl FromStr for Faults {
    type Err = FaultsError;

    fn from_str(text: &str) -> Result<Self, FaultsError> {
        let mut faults = Self::default();
        let mut slow_share_given = false;
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let wrong = || FaultsError { item: item.to_owned() };
            let (name, value) = item.split_once('=').ok_or_else(wrong)?;
            faults.set(name.trim(), value.trim()).ok_or_else(wrong)?;
            slow_share_given |= name.trim() == "slow" || value.ends_with(":slow");
        }
        if faults.slow_ms.1 > 0 && !slow_share_given {
            faults.shares[Fault::Slow.place()] = 1_000_000;
        }
        Ok(faults)
    }
}

/// An item of the text form that says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultsError {
    /// The item.
    pub item: String,
}

impl FaultsError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        "faults_unparsable"
    }
}

impl fmt::Display for FaultsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a fault; write, for instance, `seed=7,lost_after=0.1,slow_ms=200..900,at=3:lost_before`. Names: seed, lookup_lost, notice_after_ms, slow_ms, at",
            self.item
        )?;
        Fault::ALL.iter().try_for_each(|fault| write!(f, ", {}", fault.name()))?;
        f.write_str(".")
    }
}

impl std::error::Error for FaultsError {}

/// Reads a share from 0 to 1 into millionths.
fn share(text: &str) -> Option<u32> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if decimals.len() > 6
        || !digits(whole)
        || !digits(decimals)
        || (whole.len() + decimals.len()) == 0
    {
        return None;
    }
    let whole: u32 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let millionths: u32 = format!("{decimals:0<6}").parse().ok()?;
    whole.checked_mul(1_000_000)?.checked_add(millionths).filter(|share| *share <= 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(number: u64) -> Reference {
        let mut bytes = [0; 16];
        bytes[8..].copy_from_slice(&number.to_be_bytes());
        Reference(bytes)
    }

    fn faults(text: &str) -> Faults {
        text.parse().unwrap()
    }

    #[test]
    fn shares_are_read_exactly() {
        for (text, expected) in [
            ("0", Some(0)),
            ("1", Some(1_000_000)),
            ("1.0", Some(1_000_000)),
            ("0.1", Some(100_000)),
            (".5", Some(500_000)),
            ("0.000001", Some(1)),
            ("0.0000001", None),
            ("1.000001", None),
            ("2", None),
            ("-0.1", None),
            ("", None),
            (".", None),
            ("1e-1", None),
            ("99999999999", None),
        ] {
            assert_eq!(share(text), expected, "{text}");
        }
    }

    #[test]
    fn nonsense_is_named() {
        for text in [
            "lost",
            "lost=0.1",
            "lost_after",
            "lost_after=2",
            "seed=x",
            "at=0:slow",
            "at=1:later",
            "slow_ms=9..1",
            "slow_ms=0..600001",
        ] {
            let error = format!("seed=1,{text}").parse::<Faults>().unwrap_err();
            assert_eq!(error, FaultsError { item: text.to_owned() });
            assert!(error.to_string().contains("lost_before"));
        }
        assert_eq!(faults(" "), Faults::none());
    }

    #[test]
    fn a_seed_decides_and_shares_come_true() {
        let some = faults("seed=7,lost_after=0.1");
        let struck = |faults: &Faults| -> Vec<u64> {
            (0..10_000).filter(|n| faults.fate(*n, reference(*n)).loss == Loss::Answer).collect()
        };
        assert_eq!(struck(&some), struck(&some.clone()));
        assert_ne!(struck(&some), struck(&faults("seed=8,lost_after=0.1")));
        assert!((900..1_100).contains(&struck(&some).len()), "{}", struck(&some).len());
        assert_eq!(struck(&faults("seed=7")).len(), 0);
        assert_eq!(struck(&faults("seed=7,lost_after=1")).len(), 10_000);
    }

    #[test]
    fn delays_stay_in_their_range_and_reach_it() {
        let slow = faults("seed=1,slow_ms=3..5");
        let mut seen: Vec<u64> =
            (0..100).map(|number| slow.fate(1, reference(number)).delay_ms).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [3, 4, 5]);
        assert_eq!(faults("slow=0,slow_ms=3..5").fate(1, reference(1)).delay_ms, 0);
    }

    #[test]
    fn one_call_can_be_singled_out() {
        let some = faults("at=3:lost_after,at=3:duplicate,at=5:refused");
        for number in 1..8 {
            let fate = some.fate(number, reference(number));
            let expected = match number {
                3 => (Loss::Answer, true, false),
                5 => (Loss::Nothing, false, true),
                _ => (Loss::Nothing, false, false),
            };
            assert_eq!((fate.loss, fate.duplicate, fate.refused), expected, "call {number}");
        }
    }

    #[test]
    fn asking_again_later_may_succeed() {
        let half = faults("seed=3,lookup_lost=0.5");
        let lost: Vec<bool> =
            (0..64).map(|ms| half.inquiry_lost(reference(1), TimestampMs::from_ms(ms))).collect();
        assert!(lost.contains(&true) && lost.contains(&false));
    }
}
