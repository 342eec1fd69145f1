//! The copy problem: a word is read, and said again after a wait.
//!
//! ```text
//! ids    w_1 … w_L   blank · (D - 1)   delimiter   blank · L        [2·L + D]
//! tags      -             -                -       w_1 … w_L
//! ```
//!
//! M. Arjovsky, A. Shah and Y. Bengio, Unitary Evolution Recurrent Neural Networks, 2016, <https://arxiv.org/abs/1511.06464>, after
//! a problem of Hochreiter and Schmidhuber, 1997. There the network must also say blank at all other steps, which any network
//! learns at once; here only the word is asked for, so that guessing is right once in as many times as there are symbols, and
//! an accuracy means something at any distance.

use serde::{Deserialize, Serialize};

use super::refused;
use crate::random::Draws;
use crate::sequences::{SequenceError, Sequences, Targets, UNTAGGED};

const STREAM: u64 = 0x636F_7079;
/// More steps than anyone waits for.
const MAX_STEPS: usize = 1 << 20;

/// Settings of the copy problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CopyConfig {
    /// Different symbols that words are made of; 2 to 1,000, default 8.
    pub symbols: usize,
    /// Symbols of a word, L; at least 1, default 10.
    pub length: usize,
    /// D: from the end of the word to the beginning of its repetition, at least 1, default 100. Each symbol is asked for D + L steps
    /// after it was read.
    pub distance: usize,
}

impl Default for CopyConfig {
    fn default() -> Self {
        Self { symbols: 8, length: 10, distance: 100 }
    }
}

impl CopyConfig {
    /// Words of 10 out of 8 symbols, over this distance.
    pub fn new(distance: usize) -> Self {
        Self { distance, ..Self::default() }
    }

    /// Ids that occur, 0 for padding included: the symbols are 1 to S, then come blank and delimiter. An embedding has so
    /// many rows.
    pub fn vocabulary_size(&self) -> usize {
        self.symbols + 3
    }

    fn check(&self) -> Result<(), SequenceError> {
        let Self { symbols, length, distance } = *self;
        let steps = length.saturating_mul(2).saturating_add(distance);
        match () {
            () if !(2..=1000).contains(&symbols) => {
                refused("copy problem", "symbols", symbols, "there are 2 to 1,000 of them")
            }
            () if length == 0 => refused("copy problem", "length", length, "a word has at least one symbol"),
            () if distance == 0 => refused("copy problem", "distance", distance, "it is at least 1"),
            () if steps > MAX_STEPS => refused("copy problem", "distance", distance, "at most 2^20 steps in all"),
            () => Ok(()),
        }
    }
}

/// `count` sequences of the copy problem: ids, and a tag for each step of the repetition (symbol s has id s + 1 and tag s).
///
/// ```
/// use firebrick_data::problems::{CopyConfig, copy};
///
/// let config = CopyConfig { symbols: 4, length: 2, distance: 3 };
/// let sequences = copy(1, &config, 7)?;
/// let ids = sequences.ids(0).expect("ids");
/// assert_eq!((ids.len(), &ids[2..]), (7, &[5, 5, 6, 5, 5][..]));
/// # Ok::<(), firebrick_data::SequenceError>(())
/// ```
///
/// # Errors
/// When a setting is out of its range.
pub fn copy(count: usize, config: &CopyConfig, seed: u64) -> Result<Sequences, SequenceError> {
    config.check()?;
    let names = (0..config.symbols).map(|symbol| symbol.to_string()).collect();
    let samples = (0..count as u64).map(|i| sample(config, &mut Draws::new(&[STREAM, seed, i])));
    let (ids, tags): (Vec<_>, Vec<_>) = samples.unzip();
    Sequences::of_ids(&ids, Targets::tags(tags, names))
}

fn sample(config: &CopyConfig, draws: &mut Draws) -> (Vec<u32>, Vec<u32>) {
    let &CopyConfig { symbols, length, distance } = config;
    let blank = symbols as u32 + 1;
    let word: Vec<u32> = (0..length).map(|_| draws.below(symbols as u64) as u32).collect();
    let mut ids: Vec<u32> = word.iter().map(|symbol| symbol + 1).collect();
    ids.resize(length + distance - 1, blank);
    ids.push(blank + 1);
    ids.resize(2 * length + distance, blank);
    let mut tags = vec![UNTAGGED; length + distance];
    tags.extend(word);
    (ids, tags)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequences::Target;

    #[test]
    fn the_word_stands_first_and_is_asked_for_last() {
        let config = CopyConfig { symbols: 5, length: 3, distance: 4 };
        let sequences = copy(50, &config, 1).unwrap();
        for i in 0..50 {
            let ids = sequences.ids(i).unwrap();
            assert!(ids[..3].iter().all(|id| (1..=5).contains(id)));
            assert_eq!(ids[3..], [6, 6, 6, 7, 6, 6, 6]);
            let Target::Tags(tags) = sequences.target(i) else { panic!("tags") };
            assert!(tags[..7].iter().all(|&tag| tag == UNTAGGED));
            assert!(tags[7..].iter().zip(ids).all(|(tag, id)| tag + 1 == *id));
        }
        assert!(sequences.lengths().iter().all(|&length| length == 10));
        assert_eq!((config.vocabulary_size(), sequences.classes().unwrap().len()), (8, 5));
        assert_ne!(sequences.ids(0), copy(1, &config, 2).unwrap().ids(0));
    }

    #[test]
    fn a_distance_of_one_has_no_blank_before_the_delimiter() {
        let config = CopyConfig { symbols: 2, length: 1, distance: 1 };
        assert_eq!(copy(1, &config, 0).unwrap().ids(0).unwrap()[1..], [4, 3]);
    }

    #[test]
    fn impossible_settings_are_named() {
        let message =
            |symbols, length, distance| copy(1, &CopyConfig { symbols, length, distance }, 0).unwrap_err().to_string();
        assert!(message(1, 1, 1).contains("symbols is 1"));
        assert!(message(2, 0, 1).contains("length is 0"));
        assert!(message(2, 1, 0).contains("distance is 0"));
        assert!(message(2, 1, usize::MAX).contains("2^20 steps"));
    }
}
