//! What a process asks for in a round, from what it read of everybody's leases in the last one: that it
//! is there, the work that is nobody's in particular, and its share of the groups of deliveries.
//!
//! Pure: the database decides who holds what, and its clock until when. What must stay true: a group
//! that somebody else holds is never asked for, and one that is given up is asked for until nothing of
//! it is in the air any more, so that no two processes send to one endpoint at a time.

use std::collections::BTreeSet;

use farthing_domain::delivery::{GROUPS, Groups};
use farthing_store::Lease;

/// Before the name of who is there.
pub(super) const HERE: &str = "lease:here:";
/// Before the number of a group.
pub(super) const GROUP: &str = "lease:group:";
/// What is done by one process at a time.
pub(super) const WORK: &str = "lease:work";

/// Who asks.
pub(super) type Holder = [u8; 16];

/// What one process asks for next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asks {
    /// To be taken, or kept.
    pub(super) take: Vec<String>,
    /// To be given up.
    pub(super) give: Vec<String>,
    /// Of these nothing new is to be sent.
    pub(super) leaving: Groups,
}

/// What to ask for. `busy` are the groups of which something is in the air, or may be soon.
pub(super) fn asks(me: Holder, board: &[Lease], busy: Groups) -> Asks {
    let mine = groups_of(me, board);
    let share = GROUPS.div_ceil(present(me, board));
    let surplus = mine.count().saturating_sub(share);
    let leaving: Groups = mine.iter().rev().take(surplus).collect();
    let mut asks = Asks { take: vec![here(me), WORK.to_owned()], give: Vec::new(), leaving };
    for group in mine.iter() {
        if leaving.has(group) && !busy.has(group) {
            asks.give.push(name_of(group));
        } else {
            asks.take.push(name_of(group));
        }
    }
    let held: Groups = board.iter().filter(|each| each.left_ms > 0).filter_map(group).collect();
    // Each begins elsewhere, so that two who come at once seldom ask for the same.
    let first = usize::from(me[0]) % GROUPS;
    let free =
        (0..GROUPS).map(|number| (first + number) % GROUPS).filter(|group| !held.has(*group));
    asks.take.extend(free.take(share.saturating_sub(mine.count())).map(name_of));
    asks
}

/// The groups that somebody holds, by what was read.
pub(super) fn groups_of(holder: Holder, board: &[Lease]) -> Groups {
    let theirs = board.iter().filter(|each| each.left_ms > 0 && each.holder == holder);
    theirs.filter_map(group).collect()
}

/// The name under which a process says that it is there.
pub(super) fn here(holder: Holder) -> String {
    format!("{HERE}{:032x}", u128::from_be_bytes(holder))
}

/// The name of a group's lease.
pub(super) fn name_of(group: usize) -> String {
    format!("{GROUP}{group:02}")
}

fn group(lease: &Lease) -> Option<usize> {
    lease.name.strip_prefix(GROUP)?.parse().ok().filter(|group| *group < GROUPS)
}

/// How many processes are there, this one included.
fn present(me: Holder, board: &[Lease]) -> usize {
    let there = board.iter().filter(|each| each.left_ms > 0 && each.name.starts_with(HERE));
    let mut holders: BTreeSet<Holder> = there.map(|each| each.holder).collect();
    holders.insert(me);
    holders.len()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const LEASE_MS: i64 = 6_000;

    /// What the database does: a lease goes to whoever asks first, until it runs out.
    #[derive(Default)]
    struct Board {
        now_ms: i64,
        rows: BTreeMap<String, (Holder, i64)>,
    }

    impl Board {
        fn read(&self) -> Vec<Lease> {
            let lease = |(name, (holder, until)): (&String, &(Holder, i64))| Lease {
                name: name.clone(),
                holder: *holder,
                left_ms: until - self.now_ms,
            };
            self.rows.iter().map(lease).collect()
        }

        fn ask(&mut self, me: Holder, asks: &Asks) {
            let given = asks.give.iter().map(|name| (name, -1));
            for (name, ms) in asks.take.iter().map(|name| (name, LEASE_MS)).chain(given) {
                let held = self.rows.get(name);
                if held.is_none_or(|(holder, until)| *holder == me || *until < self.now_ms) {
                    self.rows.insert(name.clone(), (me, self.now_ms + ms));
                }
            }
        }

        /// A round of all of these, one after the other, and a second goes by.
        fn round(&mut self, processes: &[Holder], busy: Groups) {
            for me in processes {
                let asks = asks(*me, &self.read(), busy);
                self.ask(*me, &asks);
            }
            self.now_ms += 1_000;
        }

        fn counts(&self, processes: &[Holder]) -> Vec<usize> {
            let board = self.read();
            processes.iter().map(|each| groups_of(*each, &board).count()).collect()
        }
    }

    fn process(number: u8) -> Holder {
        [number * 5; 16]
    }

    #[test]
    fn one_has_all_and_several_have_their_share() {
        let (one, two, three) = (process(1), process(2), process(3));
        let mut board = Board::default();
        board.round(&[one], Groups::NONE);
        assert_eq!(board.counts(&[one]), [16]);
        for _ in 0..3 {
            board.round(&[one, two], Groups::NONE);
        }
        assert_eq!(board.counts(&[one, two]), [8, 8]);
        for _ in 0..4 {
            board.round(&[one, two, three], Groups::NONE);
        }
        let counts = board.counts(&[one, two, three]);
        assert_eq!(counts.iter().sum::<usize>(), GROUPS, "{counts:?}");
        assert!(counts.iter().all(|count| (4..=6).contains(count)), "{counts:?}");
        // One of them dies: what it held runs out, and is taken over.
        for _ in 0..8 {
            board.round(&[one, three], Groups::NONE);
        }
        assert_eq!(board.counts(&[one, three]), [8, 8]);
    }

    #[test]
    fn what_is_in_the_air_is_kept_until_it_has_landed() {
        let (one, two) = (process(1), process(2));
        let mut board = Board::default();
        board.round(&[one], Groups::NONE);
        for _ in 0..10 {
            board.round(&[one, two], Groups::ALL);
        }
        assert_eq!(board.counts(&[one, two]), [16, 0]);
        let leaving = asks(one, &board.read(), Groups::ALL).leaving;
        assert_eq!(leaving.count(), 8, "and yet nothing new of it is sent");
        board.round(&[one, two], leaving.without(Groups::of([15])));
        board.round(&[one, two], Groups::NONE);
        assert_eq!(board.counts(&[one, two]), [8, 8]);
    }

    #[test]
    fn nobody_takes_what_another_holds() {
        let (one, two) = (process(1), process(2));
        let mut board = Board::default();
        board.round(&[one], Groups::NONE);
        let asks = asks(two, &board.read(), Groups::NONE);
        assert_eq!(asks.take, [here(two), WORK.to_owned()]);
        assert!(asks.give.is_empty());
    }
}
