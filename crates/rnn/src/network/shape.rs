//! What one sample is between two layers of a sequence network, known before anything is allocated.
//!
//! ```text
//! ids [T]        features of steps [T, F]        pictures of steps [T, C, H, W]        one for all steps [F], [C, H, W]
//! ```

use firebrick_layers::list::SampleShape;
use firebrick_layers::{MAX_ACTIVATION, Rule, Size};

/// What one sample is, without the batch: the input of a network, or what flows between two layers.
///
/// Sequences have any number of steps, T, unless [`with_steps`](Self::with_steps) says how many; only `flatten` needs to
/// know.
///
/// ```
/// use firebrick_rnn::SequenceShape;
///
/// assert_eq!(SequenceShape::ids().to_string(), "[T]");
/// assert_eq!(SequenceShape::features(13).to_string(), "[T, 13]");
/// assert_eq!(SequenceShape::features(13).with_steps(50).to_string(), "[50, 13]");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SequenceShape {
    /// An id at each step, `[T]`: a word, a character.
    Ids(Size),
    /// Numbers of this shape at each step: features `[T, F]`, or pictures `[T, C, H, W]`.
    Steps(Size, Vec<usize>),
    /// Numbers of this shape for the whole sequence: features `[F]`, or pictures `[C, H, W]`.
    Whole(Vec<usize>),
}

impl SequenceShape {
    /// An id at each step: the input `[B, T]` of an embedding.
    pub fn ids() -> Self {
        Self::Ids(Size::Steps)
    }

    /// So many features at each step: `[B, T, F]`.
    pub fn features(features: usize) -> Self {
        Self::Steps(Size::Steps, vec![features])
    }

    /// A picture at each step: `[B, T, C, H, W]`.
    pub fn pictures(channels_height_width: [usize; 3]) -> Self {
        Self::Steps(Size::Steps, channels_height_width.to_vec())
    }

    /// Says how many steps every sequence has.
    #[must_use]
    pub fn with_steps(self, steps: usize) -> Self {
        match self {
            Self::Ids(_) => Self::Ids(Size::Fixed(steps)),
            Self::Steps(_, step) => Self::Steps(Size::Fixed(steps), step),
            whole @ Self::Whole(_) => whole,
        }
    }

    /// The steps; none where there is one output for all of them.
    pub fn steps(&self) -> Option<Size> {
        match self {
            Self::Ids(steps) | Self::Steps(steps, _) => Some(*steps),
            Self::Whole(_) => None,
        }
    }

    /// Whether a network can start from it.
    pub(crate) fn check_input(&self) -> Result<(), Rule> {
        if !matches!(self, Self::Ids(_)) && !matches!(self, Self::Steps(_, step) if matches!(step.len(), 1 | 3)) {
            let expected = "ids [T], features [T, F] or pictures [T, C, H, W]";
            return Err(Rule::Axes { expected, hint: "" });
        }
        let sizes = self.sizes();
        if sizes.contains(&Size::Fixed(0)) {
            return Err(Rule::Zero { what: "every size" });
        }
        let numbers = sizes.iter().try_fold(1u64, |product, size| product.checked_mul(size.at_least()));
        match numbers.ok_or(Rule::Overflow)? {
            count if count > MAX_ACTIVATION => Err(Rule::ActivationTooLarge { count }),
            _ => Ok(()),
        }
    }

    /// Steps and features of what a recurrent layer takes.
    pub(crate) fn sequence(&self) -> Result<(Size, usize), Rule> {
        match self {
            Self::Steps(steps, step) if step.len() == 1 => Ok((*steps, step[0])),
            other => Err(Rule::Axes { expected: "a sequence of features, [T, F]", hint: other.way_to_features() }),
        }
    }

    /// What leads from here to a sequence of features.
    fn way_to_features(&self) -> &'static str {
        match self {
            Self::Ids(_) => "; put an embedding before it",
            Self::Steps(..) => "; put time_distributed with flatten or a global pooling before it",
            Self::Whole(_) => {
                "; let the recurrent layer before it return its sequence, and put no pooling between them"
            }
        }
    }
}

impl SampleShape for SequenceShape {
    fn sizes(&self) -> Vec<Size> {
        match self {
            Self::Ids(steps) => vec![*steps],
            Self::Steps(steps, step) => std::iter::once(*steps).chain(step.sizes()).collect(),
            Self::Whole(sizes) => sizes.sizes(),
        }
    }
}

impl std::fmt::Display for SequenceShape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.sizes())
    }
}
