//! How often somebody may ask: so many times at once, and then so many a minute at a steady pace. A
//! minute that begins with all of them at once can therefore see up to twice as many.
//!
//! One number per caller is remembered: the moment at which everything that was let in so far would
//! have been paced out evenly. Whoever is a whole minute ahead of that pace waits. A caller whose
//! moment has passed is as good as one who never came, and can be forgotten.

const MINUTE_US: u64 = 60_000_000;

/// So many requests a minute; at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    each_us: u64,
}

/// Whether a request may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may; this is the moment to remember, in microseconds since the epoch.
    Go {
        /// The moment.
        paced_until_us: u64,
    },
    /// It may not, for so many seconds more; nothing is to be remembered.
    Wait {
        /// At least one.
        seconds: u64,
    },
}

impl Rate {
    /// So many a minute, after as many at once. Zero is taken for one; whoever wants no limit does not ask.
    pub fn per_minute(requests: u32) -> Self {
        Self { each_us: MINUTE_US.div_euclid(u64::from(requests.max(1))).max(1) }
    }

    /// Judges a request. `paced_until_us` is what was remembered of its caller, zero for nothing.
    pub fn admit(self, paced_until_us: u64, now_us: u64) -> Admission {
        let paced_until_us = paced_until_us.max(now_us).saturating_add(self.each_us);
        match paced_until_us.saturating_sub(now_us).checked_sub(MINUTE_US) {
            None | Some(0) => Admission::Go { paced_until_us },
            Some(ahead_us) => Admission::Wait { seconds: ahead_us.div_ceil(1_000_000) },
        }
    }
}

/// A name for whoever is behind an address: the address itself, or for IPv6 the first 64 bits of it,
/// since that is what one customer of a provider has. Anything else is nobody in particular.
pub fn caller(address: &str) -> u64 {
    let seed = 0xcbf2_9ce4_8422_2325_u64;
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    match network(address) {
        Some(groups) => groups.into_iter().flat_map(u16::to_be_bytes).fold(seed, mix),
        None => address.bytes().fold(seed, mix),
    }
}

/// The first four groups of an IPv6 address.
fn network(address: &str) -> Option<[u16; 4]> {
    // By hand: the standard library's search for a text in a text weighs more than all of this.
    let gap = address.as_bytes().windows(2).position(|pair| pair == b"::");
    let (head, tail) = match gap.and_then(|at| address.split_at_checked(at)) {
        Some((head, rest)) => (head, rest.strip_prefix("::")),
        None => (address, None),
    };
    let count = |text: &str| if text.is_empty() { 0 } else { text.split(':').count() };
    // An IPv4 address at the end stands for two groups, neither of them among the first.
    let tail_groups = count(tail.unwrap_or(""));
    let named = count(head).checked_add(tail_groups)?;
    match tail {
        None if named != 8 => return None,
        Some(_) if named > 7 => return None,
        None | Some(_) => {}
    }
    let zeros = 8_usize.checked_sub(named)?;
    let before = head.split(':').filter(|group| !group.is_empty());
    let after = tail.unwrap_or("").split(':').filter(|group| !group.is_empty());
    let all = before.chain(core::iter::repeat_n("0", zeros)).chain(after);
    let mut groups = [0; 4];
    for (to, group) in groups.iter_mut().zip(all) {
        *to = u16::from_str_radix(group, 16).ok()?;
    }
    Some(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_s_worth_at_once_and_then_a_steady_pace() {
        let rate = Rate::per_minute(30);
        let now = 1_795_000_000_000_000;
        let mut paced = 0;
        for nth in 0..30 {
            match rate.admit(paced, now) {
                Admission::Go { paced_until_us } => paced = paced_until_us,
                Admission::Wait { .. } => panic!("refused {nth}"),
            }
        }
        assert_eq!(rate.admit(paced, now), Admission::Wait { seconds: 2 });
        assert_eq!(rate.admit(paced, now + 1_000_000), Admission::Wait { seconds: 1 });
        assert!(matches!(rate.admit(paced, now + 2_000_000), Admission::Go { .. }));
        // After a minute of silence everything is as at first, and nothing needs to be known.
        assert_eq!(paced, now + MINUTE_US);
        assert_eq!(rate.admit(paced, now + MINUTE_US), rate.admit(0, now + MINUTE_US));
    }

    #[test]
    fn any_rate_holds_over_an_hour() {
        for requests in [1, 7, 60, 99_999] {
            let rate = Rate::per_minute(requests);
            let (mut paced, mut admitted) = (0, 0_u64);
            let step = MINUTE_US.div_euclid(u64::from(requests) * 3).max(1);
            let mut now = 1_000_000;
            while now < 1_000_000 + MINUTE_US * 10 {
                if let Admission::Go { paced_until_us } = rate.admit(paced, now) {
                    paced = paced_until_us;
                    admitted += 1;
                }
                now += step;
            }
            let most = u64::from(requests) * 11 + 11;
            assert!(admitted <= most, "{requests}: {admitted}");
            assert!(admitted >= u64::from(requests) * 10, "{requests}: {admitted}");
        }
        assert_eq!(Rate::per_minute(0), Rate::per_minute(1));
        assert!(matches!(Rate::per_minute(1).admit(u64::MAX, 5), Admission::Wait { .. }));
    }

    #[test]
    fn callers() {
        let same = [
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::9"),
            ("2001:db8::1", "2001:db8:0:0:ffff::"),
            ("::1", "::ffff:192.0.2.1"),
            ("1::", "1:0:0:0:5:6:7:8"),
        ];
        for (one, other) in same {
            assert_eq!(caller(one), caller(other), "{one} {other}");
        }
        let different = [
            ("192.0.2.1", "192.0.2.2"),
            ("2001:db8:1:2::", "2001:db8:1:3::"),
            ("", "192.0.2.1"),
            ("1:2:3", "1:2:3::"),
        ];
        for (one, other) in different {
            assert_ne!(caller(one), caller(other), "{one} {other}");
        }
    }
}
