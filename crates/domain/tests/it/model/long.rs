//! Long sequences at random, where the walks are short and complete: all alphabets in one, the same
//! promises after every step, more payments at a time.

use farthing_domain::reply::Reply;
use proptest::prelude::*;

use super::alphabet::{From, LETTERS, Letter};
use super::funds::FUNDS;
use super::later::LATER;
use super::promises;
use super::state::{State, claim};
use super::walk::SAME;

/// Payments at a time.
const PAYMENTS: usize = 3;

/// Takes the steps that the numbers choose among what can happen, and answers how many took effect.
fn take(choices: &[(u16, u16)]) -> Result<usize, String> {
    let letters: Vec<&Letter> = [LETTERS, FUNDS, LATER].into_iter().flatten().collect();
    let (mut state, mut effects) = (State::funded(PAYMENTS), 0);
    let mut path = Vec::new();
    for (letter, which) in choices {
        let letter = letters[usize::from(*letter) % letters.len()];
        let asks = (letter.asks)(&state);
        let Some((_, ask)) = asks.get(usize::from(*which) % asks.len().max(1)) else { continue };
        let key = (letter.from == From::Merchant).then(|| claim(state.steps + 1, SAME));
        let step = state.step(ask, key);
        path.push(letter.name);
        let told = |why| format!("{}: {why}", path.join(" > "));
        promises::after_step(&state, ask, &step).map_err(told)?;
        if !step.writes.is_empty() {
            promises::of_state(&step).map_err(told)?;
            effects += 1;
        }
        assert!(!matches!(step.submitted.reply, Reply::Replay(_)), "every key is new");
        state = step.after;
    }
    Ok(effects)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_long_sequence_keeps_the_promises(
        choices in prop::collection::vec(any::<(u16, u16)>(), 1..160),
    ) {
        prop_assert_eq!(take(&choices).err(), None);
    }
}

/// The numbers do reach what matters; otherwise the test above would prove little.
#[test]
fn much_of_what_is_asked_takes_effect() {
    let choices: Vec<(u16, u16)> = (0..600_u16).map(|at| (at.wrapping_mul(40_503), at)).collect();
    let effects = take(&choices).unwrap();
    assert!(effects > 25, "{effects}");
}
