//! What sequences should be answered with.

use std::ops::Range;
use std::sync::Arc;

use super::SequenceError;

/// The tag of a step that is not asked for: no loss and no metric counts it.
pub const UNTAGGED: u32 = u32::MAX;

/// What sequences should be answered with.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// Nothing is known: sequences to predict.
    Unknown,
    /// A class for each sequence.
    Classes {
        /// `[N]`, positions in `classes`.
        labels: Arc<Vec<u32>>,
        /// Names.
        classes: Arc<Vec<String>>,
    },
    /// A tag for each step.
    Tags {
        /// For each sequence a tag for each of its steps: a position in `names`, or [`UNTAGGED`].
        tags: Arc<Vec<Vec<u32>>>,
        /// Names.
        names: Arc<Vec<String>>,
    },
    /// As many numbers for each sequence.
    Values {
        /// `[N, K]`, row-major.
        values: Arc<Vec<f32>>,
        /// K.
        width: usize,
    },
}

/// What one sequence should be answered with.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Not known.
    Unknown,
    /// Its class.
    Class(u32),
    /// A tag for each step, or [`UNTAGGED`].
    Tags(Vec<u32>),
    /// Numbers.
    Values(Vec<f32>),
}

impl Targets {
    /// A class for each sequence.
    pub fn classes(labels: Vec<u32>, classes: Vec<String>) -> Self {
        Self::Classes { labels: Arc::new(labels), classes: Arc::new(classes) }
    }

    /// A tag for each step of each sequence; [`UNTAGGED`] for a step that is not asked for.
    pub fn tags(tags: Vec<Vec<u32>>, names: Vec<String>) -> Self {
        Self::Tags { tags: Arc::new(tags), names: Arc::new(names) }
    }

    /// `width` numbers for each sequence, `[N, K]`, row-major.
    pub fn values(values: Vec<f32>, width: usize) -> Self {
        Self::Values { values: Arc::new(values), width }
    }

    /// The names of the classes or tags.
    pub fn names(&self) -> Option<&[String]> {
        match self {
            Self::Classes { classes: names, .. } | Self::Tags { names, .. } => Some(names),
            Self::Unknown | Self::Values { .. } => None,
        }
    }

    pub(super) fn of(&self, sequence: usize, steps: Range<usize>) -> Target {
        match self {
            Self::Unknown => Target::Unknown,
            Self::Classes { labels, .. } => Target::Class(labels[sequence]),
            Self::Tags { tags, .. } => {
                debug_assert_eq!(tags[sequence].len(), steps.len());
                Target::Tags(tags[sequence].clone())
            }
            Self::Values { values, width } => Target::Values(values[sequence * width..(sequence + 1) * width].to_vec()),
        }
    }

    /// Refuses targets that do not fit sequences with these bounds.
    pub(super) fn check(&self, bounds: &[usize]) -> Result<(), SequenceError> {
        let sequences = bounds.len() - 1;
        let count = |targets| match targets == sequences {
            true => Ok(()),
            false => Err(SequenceError::TargetCount { targets, sequences }),
        };
        match self {
            Self::Unknown => Ok(()),
            Self::Classes { labels, classes } => {
                count(labels.len())?;
                let named = |&label: &u32| (label as usize) < classes.len();
                match labels.iter().position(|label| !named(label)) {
                    Some(index) => Err(SequenceError::Label { index, label: labels[index], classes: classes.len() }),
                    None => Ok(()),
                }
            }
            Self::Tags { tags, names } => {
                count(tags.len())?;
                let steps = bounds.windows(2).map(|pair| pair[1] - pair[0]);
                tags.iter().zip(steps).enumerate().try_for_each(|(i, (tags, steps))| check_tags(i, tags, steps, names))
            }
            Self::Values { values, width } => {
                let width = *width;
                if width == 0 || !values.len().is_multiple_of(width) {
                    return Err(SequenceError::TargetWidth { index: 0, found: values.len(), width });
                }
                count(values.len() / width)?;
                let finite = |row: &[f32]| row.iter().filter(|value| value.is_finite()).count();
                match values.chunks_exact(width).map(finite).enumerate().find(|&(_, found)| found != width) {
                    Some((index, found)) => Err(SequenceError::TargetWidth { index, found, width }),
                    None => Ok(()),
                }
            }
        }
    }
}

fn check_tags(index: usize, tags: &[u32], steps: usize, names: &[String]) -> Result<(), SequenceError> {
    if tags.len() != steps {
        return Err(SequenceError::TagCount { index, steps, tags: tags.len() });
    }
    let classes = names.len();
    match tags.iter().find(|&&tag| tag != UNTAGGED && tag as usize >= classes) {
        Some(&label) => Err(SequenceError::Label { index, label, classes }),
        None => Ok(()),
    }
}
