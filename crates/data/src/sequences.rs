//! Sequences of different lengths with targets, held in memory and shared without copying.
//!
//! ```text
//! ids       a whole number for each step        words, symbols                a batch: [B, T]
//! values    F numbers for each step             signals, rows of pictures     a batch: [B, T, F]
//! targets   a class for each sequence, a tag for each step, or K numbers for each sequence
//! ```
//!
//! A batch pads to its longest sequence: see [`SequenceCollate`] and [`Padding`].

mod collate;
mod error;
mod padding;
mod rows;
mod targets;

use std::ops::Range;
use std::sync::Arc;

use burn::data::dataset::{Dataset, DatasetError};

pub use collate::{BatchInputs, BatchTargets, SequenceBatch, SequenceCollate};
pub use error::SequenceError;
pub use padding::{Length, Padding, Side};
pub use targets::{Target, Targets, UNTAGGED};

use crate::{DataError, check_weights};

/// Sequences, each with at least one step. Cloning and [`Sequences::subset`] share the steps and the targets.
///
/// ```
/// use firebrick_data::{Sequences, Targets};
///
/// let targets = Targets::classes(vec![1, 0], vec!["bad".into(), "good".into()]);
/// let reviews = Sequences::of_ids(&[vec![4, 9, 2], vec![7]], targets)?;
/// assert_eq!(reviews.lengths(), [3, 1]);
/// assert_eq!(reviews.subset(&[1]).ids(0), Some(&[7][..]));
/// # Ok::<(), firebrick_data::SequenceError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sequences {
    steps: Arc<Steps>,
    /// Sequence r of those given at first has the steps `bounds[r]..bounds[r + 1]`.
    bounds: Arc<Vec<usize>>,
    targets: Targets,
    /// What each of those given at first counts for.
    weights: Option<Arc<Vec<f32>>>,
    /// Which of those given at first are in this part.
    places: Arc<Vec<usize>>,
}

/// The steps of one sequence, or of many, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub enum Steps {
    /// A whole number for each step, `[T]`.
    Ids(Vec<u32>),
    /// `features` numbers for each step, `[T, F]`, row-major.
    Values {
        /// All numbers.
        values: Vec<f32>,
        /// Numbers for each step.
        features: usize,
    },
}

impl Steps {
    /// How many steps.
    pub fn len(&self) -> usize {
        match self {
            Self::Ids(ids) => ids.len(),
            Self::Values { values, features } => values.len() / features,
        }
    }

    /// Whether there is no step.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn part(&self, range: Range<usize>) -> Self {
        match self {
            Self::Ids(ids) => Self::Ids(ids[range].to_vec()),
            &Self::Values { ref values, features } => {
                Self::Values { values: values[range.start * features..range.end * features].to_vec(), features }
            }
        }
    }
}

/// One of [`Sequences`] with its target.
#[derive(Clone, Debug, PartialEq)]
pub struct SequenceItem {
    /// Position in the [`Sequences`] that it comes from.
    pub index: usize,
    /// What the network reads.
    pub steps: Steps,
    /// What it should say.
    pub target: Target,
    /// What it counts for, where the sequences have weights.
    pub weight: Option<f32>,
}

impl Sequences {
    /// Sequences of ids, each with at least one.
    ///
    /// # Errors
    /// When a sequence is empty, or when the targets do not fit.
    pub fn of_ids<S: AsRef<[u32]>>(sequences: &[S], targets: Targets) -> Result<Self, SequenceError> {
        let bounds = bounds(sequences.iter().map(|ids| ids.as_ref().len()))?;
        let ids = sequences.iter().flat_map(|ids| ids.as_ref().iter().copied()).collect();
        Self::checked(Steps::Ids(ids), bounds, targets)
    }

    /// Sequences of `features` numbers for each step, `[T, F]`, row-major, each with at least one step.
    ///
    /// # Errors
    /// When there are no features, when a sequence is empty or is no whole number of steps, when a number is not finite, or when
    /// the targets do not fit.
    pub fn of_values<S: AsRef<[f32]>>(
        sequences: &[S],
        features: usize,
        targets: Targets,
    ) -> Result<Self, SequenceError> {
        let all = || sequences.iter().map(AsRef::as_ref).enumerate();
        if features == 0 {
            return Err(SequenceError::NoFeatures);
        }
        if let Some((index, values)) = all().find(|(_, values)| !values.len().is_multiple_of(features)) {
            return Err(SequenceError::Features { index, values: values.len(), features });
        }
        if let Some((index, _)) = all().find(|(_, values)| values.iter().any(|value| !value.is_finite())) {
            return Err(SequenceError::NotFinite { index });
        }
        let bounds = bounds(all().map(|(_, values)| values.len() / features))?;
        let values = all().flat_map(|(_, values)| values.iter().copied()).collect();
        Self::checked(Steps::Values { values, features }, bounds, targets)
    }

    fn checked(steps: Steps, bounds: Vec<usize>, targets: Targets) -> Result<Self, SequenceError> {
        targets.check(&bounds)?;
        let places = Arc::new((0..bounds.len() - 1).collect());
        Ok(Self { steps: Arc::new(steps), bounds: Arc::new(bounds), targets, weights: None, places })
    }

    /// Gives each sequence a weight, what it counts for in a loss and in weighted metrics: Keras's `sample_weight`.
    ///
    /// # Errors
    /// When there are not as many weights as sequences, when one is negative or not finite, or when all are 0.
    pub fn with_weights(self, weights: &[f32]) -> Result<Self, DataError> {
        check_weights(weights, self.len())?;
        let mut all = vec![0.0; self.bounds.len() - 1];
        self.places.iter().zip(weights).for_each(|(&place, &weight)| all[place] = weight);
        Ok(Self { weights: Some(Arc::new(all)), ..self })
    }

    /// The weight of each sequence, if they have any.
    pub fn weights(&self) -> Option<Vec<f32>> {
        let weights = self.weights.as_ref()?;
        Some(self.places.iter().map(|&place| weights[place]).collect())
    }

    /// How many sequences.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is no sequence.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Numbers for each step; none where a step is an id.
    pub fn features(&self) -> Option<usize> {
        match &*self.steps {
            Steps::Ids(_) => None,
            Steps::Values { features, .. } => Some(*features),
        }
    }

    /// The steps of each sequence: what [`LengthBuckets`](crate::LengthBuckets) groups by.
    pub fn lengths(&self) -> Vec<usize> {
        (0..self.len()).map(|i| self.range(i).len()).collect()
    }

    /// The ids of sequence `i`; none where steps are numbers.
    ///
    /// # Panics
    /// When there is no sequence `i`.
    pub fn ids(&self, i: usize) -> Option<&[u32]> {
        match &*self.steps {
            Steps::Ids(ids) => Some(&ids[self.range(i)]),
            Steps::Values { .. } => None,
        }
    }

    /// The numbers of sequence `i`, `[T, F]`, row-major; none where steps are ids.
    ///
    /// # Panics
    /// When there is no sequence `i`.
    pub fn values(&self, i: usize) -> Option<&[f32]> {
        let range = self.range(i);
        match &*self.steps {
            Steps::Ids(_) => None,
            Steps::Values { values, features } => Some(&values[range.start * features..range.end * features]),
        }
    }

    /// What sequence `i` should be answered with.
    ///
    /// # Panics
    /// When there is no sequence `i`.
    pub fn target(&self, i: usize) -> Target {
        self.targets.of(self.places[i], self.range(i))
    }

    /// The targets as they were given: of all sequences that were given at first, whatever part this is.
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// The class of each sequence, where the targets are classes.
    pub fn labels(&self) -> Option<Vec<u32>> {
        let Targets::Classes { labels, .. } = &self.targets else { return None };
        Some(self.places.iter().map(|&place| labels[place]).collect())
    }

    /// The names of the classes or tags; none where the targets are numbers or there are none.
    pub fn classes(&self) -> Option<&[String]> {
        self.targets.names()
    }

    /// The sequences at these positions, in this order; a position may occur twice. Shares the steps.
    ///
    /// # Panics
    /// When a position is beyond the last sequence.
    #[must_use]
    pub fn subset(&self, positions: &[usize]) -> Self {
        Self { places: Arc::new(positions.iter().map(|&i| self.places[i]).collect()), ..self.clone() }
    }

    /// Sequence `i` with its target.
    ///
    /// # Panics
    /// When there is no sequence `i`.
    pub fn item(&self, i: usize) -> SequenceItem {
        let weight = self.weights.as_ref().map(|weights| weights[self.places[i]]);
        SequenceItem { index: i, steps: self.steps.part(self.range(i)), target: self.target(i), weight }
    }

    fn range(&self, i: usize) -> Range<usize> {
        let place = self.places[i];
        self.bounds[place]..self.bounds[place + 1]
    }
}

/// Where each sequence begins, and the end of the last.
fn bounds(lengths: impl Iterator<Item = usize>) -> Result<Vec<usize>, SequenceError> {
    let mut bounds = vec![0];
    for (index, length) in lengths.enumerate() {
        if length == 0 {
            return Err(SequenceError::Empty { index });
        }
        bounds.push(bounds[index] + length);
    }
    Ok(bounds)
}

impl Dataset<SequenceItem> for Sequences {
    fn get(&self, index: usize) -> Result<SequenceItem, DatasetError> {
        Ok(self.item(index))
    }

    fn len(&self) -> usize {
        self.len()
    }
}

#[cfg(test)]
mod tests;
