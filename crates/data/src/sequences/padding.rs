//! Padding and truncation: Keras's `pad_sequences`, with other defaults.
//!
//! ```text
//!                      post (default)      pre
//! padding to 5         a b c 0 0           0 0 a b c
//! truncation to 2      a b                 b c
//! ```
//!
//! Keras pads and cuts at the beginning by default. We do both at the end: lengths alone then say which steps count, which is
//! what the recurrent kernels and cuDNN's want, and a network that reads forward meets no padding before its data.

use serde::{Deserialize, Serialize};

use super::SequenceError;

/// An end of a sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The beginning.
    Pre,
    /// The end.
    #[default]
    Post,
}

/// How many steps the sequences of a batch get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Length {
    /// As many as the longest has.
    #[default]
    Longest,
    /// As many as the longest has, but at most this many: longer ones are cut.
    AtMost(usize),
    /// This many.
    Fixed(usize),
}

/// How sequences of different lengths become one batch.
///
/// ```
/// use firebrick_data::{Length, Padding, Side};
///
/// let padding = Padding::new().with_length(Length::AtMost(3)).with_truncation(Side::Pre);
/// assert_eq!(padding.pad(&[vec![1, 2, 3, 4], vec![5]], 0), [[2, 3, 4], [5, 0, 0]]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Padding {
    /// Where padding goes; default post.
    pub padding: Side,
    /// Where longer sequences are cut; default post.
    pub truncation: Side,
    /// Steps of a batch; default those of its longest sequence.
    pub length: Length,
    /// The steps of a batch are rounded up to a multiple of this, after truncation; at least 1, default 1. Few different
    /// lengths suit devices that prepare kernels for each.
    pub multiple_of: usize,
}

impl Default for Padding {
    fn default() -> Self {
        Self { padding: Side::Post, truncation: Side::Post, length: Length::Longest, multiple_of: 1 }
    }
}

impl Padding {
    /// At the end, to the longest.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts padding at this side.
    #[must_use]
    pub fn with_padding(mut self, side: Side) -> Self {
        self.padding = side;
        self
    }

    /// Cuts longer sequences at this side.
    #[must_use]
    pub fn with_truncation(mut self, side: Side) -> Self {
        self.truncation = side;
        self
    }

    /// Gives batches this length.
    #[must_use]
    pub fn with_length(mut self, length: Length) -> Self {
        self.length = length;
        self
    }

    /// Rounds the length of batches up to a multiple.
    #[must_use]
    pub fn with_multiple_of(mut self, steps: usize) -> Self {
        self.multiple_of = steps;
        self
    }

    /// Refuses a padding from a configuration that no batch can have.
    ///
    /// # Errors
    /// When a length or the multiple is 0.
    pub fn check(&self) -> Result<(), SequenceError> {
        let multiple_of = self.multiple_of;
        match self.length {
            Length::AtMost(length) | Length::Fixed(length) if length == 0 || multiple_of == 0 => {
                Err(SequenceError::Length { length, multiple_of })
            }
            Length::Longest if multiple_of == 0 => Err(SequenceError::Length { length: 1, multiple_of }),
            _ => Ok(()),
        }
    }

    /// The steps of a batch whose longest sequence has this many.
    ///
    /// # Panics
    /// When a length or the multiple is 0.
    pub fn steps(&self, longest: usize) -> usize {
        self.check().unwrap_or_else(|error| panic!("{error}"));
        let steps = match self.length {
            Length::Longest => longest,
            Length::AtMost(most) => longest.min(most),
            Length::Fixed(steps) => steps,
        };
        steps.next_multiple_of(self.multiple_of)
    }

    /// How many steps of a sequence are kept in a batch whose sequences get `steps`. A multiple never brings cut steps back.
    pub fn kept(&self, length: usize, steps: usize) -> usize {
        match self.length {
            Length::Longest => length.min(steps),
            Length::AtMost(most) | Length::Fixed(most) => length.min(most).min(steps),
        }
    }

    /// Pads and cuts sequences to one length, with this value.
    ///
    /// # Panics
    /// When a length or the multiple is 0.
    pub fn pad<T: Copy, S: AsRef<[T]>>(&self, sequences: &[S], value: T) -> Vec<Vec<T>> {
        let longest = sequences.iter().map(|sequence| sequence.as_ref().len()).max().unwrap_or(0);
        let steps = self.steps(longest);
        let padded = |sequence: &S| {
            let mut row = Vec::with_capacity(steps);
            self.append(sequence.as_ref(), [steps, 1], value, &mut row);
            row
        };
        sequences.iter().map(padded).collect()
    }

    /// Appends a sequence of `width` numbers for each step, padded with `value` and cut to `steps`.
    pub(super) fn append<T: Copy>(&self, sequence: &[T], [steps, width]: [usize; 2], value: T, rows: &mut Vec<T>) {
        let length = sequence.len() / width;
        let kept = self.kept(length, steps);
        let start = match self.truncation {
            Side::Post => 0,
            Side::Pre => length - kept,
        };
        let padding = std::iter::repeat_n(value, (steps - kept) * width);
        let kept = &sequence[start * width..(start + kept) * width];
        match self.padding {
            Side::Post => rows.extend(kept.iter().copied().chain(padding)),
            Side::Pre => rows.extend(padding.chain(kept.iter().copied())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_sides_pads_and_cuts_as_keras_does() {
        let sequences = [vec![1, 2, 3], vec![4, 5]];
        let pad = |padding, truncation, length| {
            let padding = Padding::new().with_padding(padding).with_truncation(truncation);
            padding.with_length(length).pad(&sequences, 0)
        };
        assert_eq!(pad(Side::Post, Side::Post, Length::Longest), [[1, 2, 3], [4, 5, 0]]);
        assert_eq!(pad(Side::Pre, Side::Post, Length::Longest), [[1, 2, 3], [0, 4, 5]]);
        assert_eq!(pad(Side::Pre, Side::Pre, Length::Fixed(2)), [[2, 3], [4, 5]]);
        assert_eq!(pad(Side::Post, Side::Pre, Length::Fixed(2)), [[2, 3], [4, 5]]);
        assert_eq!(pad(Side::Post, Side::Post, Length::Fixed(2)), [[1, 2], [4, 5]]);
        assert_eq!(pad(Side::Pre, Side::Pre, Length::Fixed(4)), [[0, 1, 2, 3], [0, 0, 4, 5]]);
        assert_eq!(pad(Side::Post, Side::Post, Length::AtMost(5)), [[1, 2, 3], [4, 5, 0]]);
        assert_eq!(pad(Side::Post, Side::Post, Length::AtMost(1)), [[1], [4]]);
    }

    #[test]
    fn a_multiple_rounds_up_after_the_cut() {
        let padding = Padding::new().with_length(Length::AtMost(3)).with_multiple_of(4);
        assert_eq!(padding.pad(&[vec![1, 2, 3, 4, 5], vec![6]], 9), [[1, 2, 3, 9], [6, 9, 9, 9]]);
        assert_eq!(Padding::new().with_multiple_of(8).steps(17), 24);
    }

    #[test]
    fn lengths_of_zero_are_refused() {
        let message = |padding: Padding| padding.check().unwrap_err().to_string();
        assert!(message(Padding::new().with_multiple_of(0)).contains("multiple of 0"));
        assert!(message(Padding::new().with_length(Length::Fixed(0))).contains("a length of 0"));
        assert!(message(Padding::new().with_length(Length::AtMost(0))).contains("a length of 0"));
        assert!(Padding::new().check().is_ok());
    }

    #[test]
    fn it_is_read_from_json_with_defaults_and_without_unknown_fields() {
        let padding: Padding = serde_json::from_str(r#"{"length": {"at-most": 7}, "truncation": "pre"}"#).unwrap();
        assert_eq!(padding, Padding::new().with_length(Length::AtMost(7)).with_truncation(Side::Pre));
        let again = serde_json::from_str::<Padding>(&serde_json::to_string(&padding).unwrap()).unwrap();
        assert_eq!(again, padding);
        assert!(serde_json::from_str::<Padding>(r#"{"pad": 3}"#).is_err());
    }
}
