//! The Reber grammar and the embedded Reber grammar (A. S. Reber, 1967; S. Hochreiter and J. Schmidhuber, Long Short-Term
//! Memory, 1997, experiment 1, <https://doi.org/10.1162/neco.1997.9.8.1735>).
//!
//! ```text
//! Reber        B, then from state 0:    0 -T-> 1   0 -P-> 2    1 -S-> 1   1 -X-> 3    2 -T-> 2   2 -V-> 4
//!                                       3 -X-> 2   3 -S-> 5    4 -P-> 3   4 -V-> 5    5 -E-> end
//! embedded     B  T or P  (a Reber string)  the same T or P  E
//! ```
//!
//! Where two arrows leave a state, each is as likely. A network reads a string symbol by symbol and predicts the next one. Inside
//! the Reber string a few symbols of context do; the last symbol but one of an embedded string repeats the second one, which must be
//! remembered through the whole string between them.
//!
//! **A string is predicted correctly** when at every step the symbols that the grammar allows next are the most active ones: with one
//! allowed symbol it has the highest activity, with two they have the two highest. That is the criterion of the paper, whose network
//! has learnt the problem when all strings of the training and of the test set are predicted correctly; for that it
//! draws 256 strings of each. See [`ReberString::predicted`].

use std::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::refused;
use crate::random::Draws;
use crate::sequences::{SequenceError, Sequences, Targets};

/// The symbols; their positions are their numbers, and the order of a network's outputs.
pub const SYMBOLS: [char; 7] = ['B', 'T', 'P', 'S', 'X', 'V', 'E'];

const STREAM: u64 = 0x7265_6265_7200;
const B: u8 = 0;
const T: u8 = 1;
const P: u8 = 2;
const S: u8 = 3;
const X: u8 = 4;
const V: u8 = 5;
const E: u8 = 6;
/// The symbols that leave each state, with the state that they lead to.
const ARROWS: [&[(u8, usize)]; 6] =
    [&[(T, 1), (P, 2)], &[(S, 1), (X, 3)], &[(T, 2), (V, 4)], &[(X, 2), (S, 5)], &[(P, 3), (V, 5)], &[(E, END)]];
const END: usize = 6;
/// Longer strings are not drawn; fewer than one in 10^100 would be longer.
const MAX_LENGTH: usize = 1000;

/// Which strings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grammar {
    /// Reber strings, of 5 symbols or more.
    Reber,
    /// Reber strings between two equal symbols, 9 symbols or more in all. Default.
    #[default]
    Embedded,
}

/// A set of symbols.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SymbolSet(u8);

impl SymbolSet {
    /// Whether the symbol of this number is in it.
    pub fn contains(self, symbol: u8) -> bool {
        symbol < 7 && self.0 >> symbol & 1 == 1
    }

    /// The numbers of its symbols, ascending.
    pub fn symbols(self) -> impl Iterator<Item = u8> {
        (0..7).filter(move |&symbol| self.contains(symbol))
    }

    fn of(symbols: &[u8]) -> Self {
        Self(symbols.iter().fold(0, |set, symbol| set | 1 << symbol))
    }
}

impl fmt::Display for SymbolSet {
    /// `T or P`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.symbols().map(|symbol| SYMBOLS[symbol as usize].to_string()).collect();
        f.write_str(&names.join(" or "))
    }
}

/// A string of a grammar.
///
/// ```
/// use firebrick_data::problems::reber::{Grammar, SYMBOLS};
///
/// let string = Grammar::Embedded.read("BTBTXSETE")?;
/// let allowed: Vec<String> = string.allowed().iter().map(ToString::to_string).collect();
/// assert_eq!(allowed, ["T or P", "B", "T or P", "S or X", "S or X", "E", "T", "E"]);
///
/// // A network that knows everything but the second symbol fails at one step.
/// let forgetful = string.allowed().iter().map(|allowed| {
///     let likely = |&symbol: &u8| allowed.contains(symbol) || (allowed.to_string() == "T" && SYMBOLS[symbol as usize] == 'P');
///     (0..7).map(|symbol| f32::from(likely(&symbol))).collect()
/// });
/// let forgetful: Vec<Vec<f32>> = forgetful.collect();
/// let predicted = string.predicted(&forgetful);
/// assert_eq!(predicted.iter().position(|right| !right), string.long_distance_step());
/// # Ok::<(), firebrick_data::SequenceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReberString {
    symbols: Vec<u8>,
    /// After each symbol but the last.
    allowed: Vec<SymbolSet>,
    grammar: Grammar,
}

impl fmt::Display for ReberString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.symbols.iter().try_for_each(|&symbol| write!(f, "{}", SYMBOLS[symbol as usize]))
    }
}

impl ReberString {
    /// The numbers of its symbols, 0 to 6.
    pub fn symbols(&self) -> &[u8] {
        &self.symbols
    }

    /// What the grammar allows after each symbol but the last.
    pub fn allowed(&self) -> &[SymbolSet] {
        &self.allowed
    }

    /// The step that must recall the second symbol of an embedded string: the one before the last two symbols. Since the second symbol
    /// was read (step 1), that many steps less one have passed.
    pub fn long_distance_step(&self) -> Option<usize> {
        (self.grammar == Grammar::Embedded).then(|| self.symbols.len() - 3)
    }

    /// Whether each step is predicted correctly: whether every symbol that is allowed next is more active than every one that is
    /// not. `activities` has a row for each symbol but the last, of seven numbers in the order of [`SYMBOLS`]:
    /// probabilities, or what they are made from. The string is predicted correctly when all steps are.
    ///
    /// # Panics
    /// When there are not as many rows, or not seven numbers in each.
    pub fn predicted<R: AsRef<[f32]>>(&self, activities: &[R]) -> Vec<bool> {
        let (found, expected) = (activities.len(), self.allowed.len());
        assert_eq!(found, expected, "activities of {found} steps for {expected} symbols to predict");
        let rows = self.allowed.iter().zip(activities);
        rows.map(|(allowed, activities)| {
            let activities = activities.as_ref();
            assert_eq!(activities.len(), 7, "a step has an activity for each of the seven symbols");
            let split =
                |wanted| (0..7u8).filter(move |&s| allowed.contains(s) == wanted).map(|s| activities[s as usize]);
            // Written so that NaN is never right.
            split(true).all(|allowed| split(false).all(|other| allowed > other))
        })
        .collect()
    }
}

/// Strings as sequences to learn from: at each symbol but the last, the one that follows is asked for. Symbol s has id s + 1 (0 is
/// padding, so an embedding has 8 rows) and tag s (7 classes).
pub fn sequences(strings: &[ReberString]) -> Sequences {
    let ids =
        |string: &ReberString| string.allowed.iter().zip(&string.symbols).map(|(_, &s)| u32::from(s) + 1).collect();
    let tags = |string: &ReberString| string.symbols[1..].iter().map(|&s| u32::from(s)).collect();
    let ids: Vec<Vec<u32>> = strings.iter().map(ids).collect();
    let names = SYMBOLS.map(String::from).to_vec();
    let targets = Targets::tags(strings.iter().map(tags).collect(), names);
    Sequences::of_ids(&ids, targets).expect("a string of the grammar has a next symbol for each but the last")
}

impl Grammar {
    /// Symbols of the shortest string.
    pub fn min_length(self) -> usize {
        5 + self.frame()
    }

    /// The lengths that are drawn without bounds of one's own.
    pub fn lengths(self) -> RangeInclusive<usize> {
        self.min_length()..=MAX_LENGTH
    }

    /// `count` random strings with numbers of symbols in this range, else as likely as the grammar makes them: short ones are
    /// frequent and so occur more than once. For strings of every length, [`Grammar::lengths`].
    ///
    /// ```
    /// use firebrick_data::problems::reber::Grammar;
    ///
    /// let short = Grammar::Embedded.strings(3, 9..=12, 7)?;
    /// assert!(short.iter().all(|string| (9..=12).contains(&string.symbols().len())));
    /// # Ok::<(), firebrick_data::SequenceError>(())
    /// ```
    ///
    /// # Errors
    /// When the range is empty, or reaches below the shortest string or beyond 1,000 symbols.
    pub fn strings(
        self,
        count: usize,
        lengths: RangeInclusive<usize>,
        seed: u64,
    ) -> Result<Vec<ReberString>, SequenceError> {
        let (first, last) = (*lengths.start(), *lengths.end());
        match () {
            () if first < self.min_length() => {
                refused("Reber grammar", "min_length", first, "the shortest string has 5 symbols, embedded 9")?;
            }
            () if last < first || last > MAX_LENGTH => {
                refused("Reber grammar", "max_length", last, "it is at least min_length and at most 1,000")?;
            }
            () => {}
        }
        let ways = Ways::new(last - self.frame());
        let inner = first - self.frame()..=last - self.frame();
        let string = |i| self.string(&ways, inner.clone(), &mut Draws::new(&[STREAM, seed, i]));
        Ok((0..count as u64).map(string).collect())
    }

    /// Reads a string.
    ///
    /// # Errors
    /// When the grammar does not allow it; the message says where, and what it allows there.
    pub fn read(self, text: &str) -> Result<ReberString, SequenceError> {
        let mut place = Place::Start;
        let mut symbols = Vec::with_capacity(text.len());
        let mut allowed = Vec::with_capacity(text.len());
        for (position, letter) in text.chars().enumerate() {
            let symbol = SYMBOLS.iter().position(|&symbol| symbol == letter).map(|symbol| symbol as u8);
            let Some(symbol) = symbol.filter(|&symbol| place.allowed().contains(symbol)) else {
                return Err(ungrammatical(position, letter.to_string(), place));
            };
            place = place.after(symbol, self);
            symbols.push(symbol);
            allowed.push(place.allowed());
        }
        if !matches!(place, Place::End) {
            return Err(ungrammatical(symbols.len(), "the end".to_string(), place));
        }
        allowed.pop();
        Ok(ReberString { symbols, allowed, grammar: self })
    }

    /// Symbols around the Reber string.
    fn frame(self) -> usize {
        match self {
            Self::Reber => 0,
            Self::Embedded => 4,
        }
    }

    fn string(self, ways: &Ways, inner: RangeInclusive<usize>, draws: &mut Draws) -> ReberString {
        let length = ways.length(inner, draws);
        let inside = ways.string(length, draws);
        let text: String = inside.iter().map(|&symbol| SYMBOLS[symbol as usize]).collect();
        let text = match self {
            Self::Reber => text,
            Self::Embedded => {
                let same = SYMBOLS[1 + draws.below(2) as usize];
                format!("B{same}{text}{same}E")
            }
        };
        self.read(&text).expect("a string that was drawn is of its grammar")
    }
}

fn ungrammatical(position: usize, found: String, place: Place) -> SequenceError {
    let allowed = match place {
        Place::End => "nothing more".to_string(),
        _ => place.allowed().to_string(),
    };
    SequenceError::Ungrammatical { position, found, allowed }
}

/// How far a string has been read.
#[derive(Clone, Copy)]
enum Place {
    Start,
    /// An embedded string's second symbol comes next.
    Choice,
    /// The inner string begins next, after this second symbol.
    Inner(u8),
    /// In this state of the Reber grammar, after this second symbol where there is one.
    State(usize, Option<u8>),
    /// This symbol is repeated next.
    Repeat(u8),
    LastE,
    End,
}

impl Place {
    fn allowed(self) -> SymbolSet {
        match self {
            Self::Start | Self::Inner(_) => SymbolSet::of(&[B]),
            Self::Choice => SymbolSet::of(&[T, P]),
            Self::State(state, _) => SymbolSet(ARROWS[state].iter().fold(0, |set, (symbol, _)| set | 1 << symbol)),
            Self::Repeat(symbol) => SymbolSet::of(&[symbol]),
            Self::LastE => SymbolSet::of(&[E]),
            Self::End => SymbolSet::default(),
        }
    }

    /// The place after this symbol, which is allowed.
    fn after(self, symbol: u8, grammar: Grammar) -> Self {
        match self {
            Self::Start if grammar == Grammar::Embedded => Self::Choice,
            Self::Start => Self::State(0, None),
            Self::Choice => Self::Inner(symbol),
            Self::Inner(second) => Self::State(0, Some(second)),
            Self::State(state, second) => {
                let arrow = ARROWS[state].iter().find(|arrow| arrow.0 == symbol);
                match (arrow.map_or(END, |arrow| arrow.1), second) {
                    (END, Some(second)) => Self::Repeat(second),
                    (END, None) => Self::End,
                    (state, _) => Self::State(state, second),
                }
            }
            Self::Repeat(_) => Self::LastE,
            Self::LastE | Self::End => Self::End,
        }
    }
}

/// How likely it is to reach the end from each state in exactly so many symbols: `[symbols][state]`. With it strings of a length
/// are drawn as if from all strings, keeping those of the length, without drawing the others.
struct Ways(Vec<[f64; 7]>);

impl Ways {
    fn new(longest: usize) -> Self {
        let mut rows = vec![[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]];
        for k in 1..longest {
            let mut row = [0.0; 7];
            for (state, arrows) in ARROWS.iter().enumerate() {
                row[state] = arrows.iter().map(|arrow| rows[k - 1][arrow.1]).sum::<f64>() / arrows.len() as f64;
            }
            rows.push(row);
        }
        Self(rows)
    }

    /// A number of symbols, as likely as strings of so many are.
    fn length(&self, lengths: RangeInclusive<usize>, draws: &mut Draws) -> usize {
        let share = |length: usize| self.0[length - 1][0];
        let mut left = draws.unit() * lengths.clone().map(share).sum::<f64>();
        let last = *lengths.end();
        lengths
            .into_iter()
            .find(|&length| {
                left -= share(length);
                left < 0.0
            })
            .unwrap_or(last)
    }

    /// A Reber string of this many symbols.
    fn string(&self, length: usize, draws: &mut Draws) -> Vec<u8> {
        let mut symbols = vec![B];
        let mut state = 0;
        for left in (0..length - 1).rev() {
            let arrows = ARROWS[state];
            let first = self.0[left][arrows[0].1];
            let all: f64 = arrows.iter().map(|arrow| self.0[left][arrow.1]).sum();
            let arrow = arrows[usize::from(draws.unit() * all >= first)];
            symbols.push(arrow.0);
            state = arrow.1;
        }
        symbols
    }
}

#[cfg(test)]
mod tests;
