//! Batches of sequences with a label for each answer that counts.
//!
//! ```text
//! a class for each sequence     labels [B]    every row of the network's answers [B, K] counts
//! a tag for each step           labels [N]    the N of the B·T rows of [B·T, K] that are neither padding nor untagged
//! ```
//!
//! Rows that do not count are left out before the loss, so no loss, metric or gradient knows of them, whatever they hold.

use burn::tensor::{Device, Int, Tensor, TensorData};
use firebrick_data::{BatchContext, BatchInputs, BatchTargets, Collate, SequenceBatch, SequenceCollate, SequenceItem};
use firebrick_layers::Mask;

use crate::Signal;

/// A batch of sequences with a label for each answer that counts.
#[derive(Clone, Debug)]
pub struct LabelledBatch {
    /// What the network reads, with the mask of its steps where there is padding.
    pub input: Signal,
    /// `[N]`, which rows of the answers `[B·T, K]` count; none: all.
    pub counted: Option<Tensor<1, Int>>,
    /// `[N]`, the right answers.
    pub labels: Tensor<1, Int>,
    /// `[N]`, what each counts for, where the sequences have weights.
    pub weights: Option<Tensor<1>>,
}

impl LabelledBatch {
    /// From a batch of sequences that have classes or tags.
    ///
    /// # Panics
    /// When the targets are numbers or not known.
    pub fn new(batch: SequenceBatch) -> Self {
        let (input, [rows, steps]) = (signal(&batch), batch.dims());
        let weights = batch.weights;
        match batch.targets {
            BatchTargets::Classes(labels) => Self { input, counted: None, labels, weights },
            BatchTargets::Tags { tags, counted } => {
                let counted = places(&counted.into_data().iter::<bool>().collect::<Vec<_>>(), &tags.device());
                let weights = weights.map(|weights| weights.reshape([rows, 1]).expand([rows, steps]).flatten(0, 1));
                Self {
                    input,
                    labels: selected(tags.flatten(0, 1), counted.as_ref()),
                    weights: weights.map(|weights| selected(weights, counted.as_ref())),
                    counted,
                }
            }
            BatchTargets::Unknown | BatchTargets::Values(_) => panic!("a batch with labels has classes or tags"),
        }
    }
}

/// What the network reads of a batch: the mask only where there is padding.
pub(super) fn signal(batch: &SequenceBatch) -> Signal {
    let [_, steps] = batch.dims();
    let is_padded = batch.lengths.iter().any(|&length| length < steps);
    match &batch.inputs {
        BatchInputs::Ids(ids) => {
            let mask = is_padded.then(|| Mask::new(batch.mask(&ids.device())));
            (ids.clone(), mask).into()
        }
        BatchInputs::Values(values) => {
            let mask = is_padded.then(|| Mask::new(batch.mask(&values.device())));
            (values.clone(), mask).into()
        }
    }
}

/// Which of these count; none where all do.
fn places(counted: &[bool], device: &Device) -> Option<Tensor<1, Int>> {
    let places: Vec<i64> = (0i64..).zip(counted).filter(|(_, counts)| **counts).map(|(place, _)| place).collect();
    let count = places.len();
    (count < counted.len()).then(|| Tensor::from_data(TensorData::new(places, [count]), device))
}

/// The values at these places; none: all.
fn selected<K: burn::tensor::kind::Basic>(values: Tensor<1, K>, places: Option<&Tensor<1, Int>>) -> Tensor<1, K> {
    match places {
        Some(places) => values.select(0, places.clone()),
        None => values,
    }
}

/// Makes a [`LabelledBatch`].
#[derive(Clone, Debug)]
pub(super) struct LabelledCollate(pub(super) SequenceCollate);

impl Collate<SequenceItem, LabelledBatch> for LabelledCollate {
    fn collate(&self, items: Vec<SequenceItem>, context: &BatchContext, device: &Device) -> LabelledBatch {
        LabelledBatch::new(self.0.collate(items, context, device))
    }
}
