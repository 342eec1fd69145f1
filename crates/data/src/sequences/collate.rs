//! From sequences to a batch.

use burn::tensor::{Bool, Device, Int, Tensor, TensorData};

use super::{Padding, SequenceItem, Side, Steps, Target, UNTAGGED};
use crate::collate::{BatchContext, Collate};

/// A batch of sequences, padded to one length.
#[derive(Clone, Debug)]
pub struct SequenceBatch {
    /// What the network reads.
    pub inputs: BatchInputs,
    /// How many steps of each sequence count.
    pub lengths: Vec<usize>,
    /// Where the padding is.
    pub padding: Side,
    /// What it should say.
    pub targets: BatchTargets,
    /// The position of each sequence in the data set.
    pub indices: Vec<usize>,
    /// `[B]`, what each sequence counts for, where the sequences have weights.
    pub weights: Option<Tensor<1>>,
}

/// The inputs of a batch.
#[derive(Clone, Debug)]
pub enum BatchInputs {
    /// `[B, T]`.
    Ids(Tensor<2, Int>),
    /// `[B, T, F]`.
    Values(Tensor<3>),
}

/// The targets of a batch.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one for each batch, and it is handed on a few times")]
pub enum BatchTargets {
    /// Nothing is known.
    Unknown,
    /// `[B]`, the class of each sequence.
    Classes(Tensor<1, Int>),
    /// A tag for each step.
    Tags {
        /// `[B, T]`; 0 where a step has none.
        tags: Tensor<2, Int>,
        /// `[B, T]`, true where a step has a tag: neither padding nor untagged. What losses and metrics count.
        counted: Tensor<2, Bool>,
    },
    /// `[B, K]`.
    Values(Tensor<2>),
}

impl SequenceBatch {
    /// Sequences, and steps of each with its padding: `[B, T]`.
    pub fn dims(&self) -> [usize; 2] {
        match &self.inputs {
            BatchInputs::Ids(ids) => ids.dims(),
            BatchInputs::Values(values) => [values.dims()[0], values.dims()[1]],
        }
    }

    /// `[B, T]`, true where a step counts and false where it is padding.
    pub fn mask(&self, device: &Device) -> Tensor<2, Bool> {
        let [count, steps] = self.dims();
        let counts = |length: usize, t: usize| match self.padding {
            Side::Post => t < length,
            Side::Pre => t >= steps - length,
        };
        let mask: Vec<bool> =
            self.lengths.iter().flat_map(|&length| (0..steps).map(move |t| counts(length, t))).collect();
        Tensor::from_data(TensorData::new(mask, [count, steps]), device)
    }
}

/// Makes a [`SequenceBatch`]: ids are padded with 0 (or another id), values with 0.
///
/// ```
/// use std::sync::Arc;
/// use burn::tensor::Device;
/// use firebrick_data::{LengthBuckets, Loader, LoaderConfig, Position, SequenceCollate, Sequences, Targets};
///
/// let sequences = Sequences::of_ids(&[vec![1], vec![2, 3, 4], vec![5, 6, 7], vec![8]], Targets::Unknown)?;
/// let buckets = LengthBuckets::new(sequences.lengths());
/// let loader = Loader::new(Arc::new(sequences), Arc::new(SequenceCollate::new()), LoaderConfig::new(2).with_shuffle(7))
///     .with_sampler(Arc::new(buckets))
///     .with_device(&Device::flex());
/// for batch in loader.batches(Position { epoch: 1, step: 0 }) {
///     let batch = batch.expect("sequences in memory");
///     assert!(batch.lengths == [1, 1] || batch.lengths == [3, 3]);
/// }
/// # Ok::<(), firebrick_data::SequenceError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SequenceCollate {
    padding: Padding,
    padding_id: u32,
}

impl SequenceCollate {
    /// Padding at the end, to the longest sequence of the batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Pads and cuts in this way.
    #[must_use]
    pub fn with_padding(mut self, padding: Padding) -> Self {
        self.padding = padding;
        self
    }

    /// Pads ids with this one instead of 0.
    #[must_use]
    pub fn with_padding_id(mut self, id: u32) -> Self {
        self.padding_id = id;
        self
    }

    fn inputs(&self, items: &[SequenceItem], steps: usize, device: &Device) -> BatchInputs {
        let count = items.len();
        if let Steps::Ids(_) = items[0].steps {
            let mut rows = Vec::with_capacity(count * steps);
            items.iter().for_each(|item| self.padding.append(item.ids(), [steps, 1], self.padding_id, &mut rows));
            return BatchInputs::Ids(int_tensor(&rows, [count, steps], device));
        }
        let (_, features) = items[0].values();
        let mut rows = Vec::with_capacity(count * steps * features);
        for item in items {
            let (values, found) = item.values();
            assert_eq!(
                found, features,
                "sequence {} has {found} features, the first of the batch {features}",
                item.index
            );
            self.padding.append(values, [steps, features], 0.0, &mut rows);
        }
        BatchInputs::Values(Tensor::from_data(TensorData::new(rows, [count, steps, features]), device))
    }

    fn targets(&self, items: &[SequenceItem], steps: usize, device: &Device) -> BatchTargets {
        let count = items.len();
        match &items[0].target {
            Target::Unknown => BatchTargets::Unknown,
            Target::Class(_) => {
                let labels: Vec<u32> = items.iter().map(SequenceItem::class).collect();
                BatchTargets::Classes(int_tensor(&labels, [count], device))
            }
            Target::Tags(_) => {
                let mut tags = Vec::with_capacity(count * steps);
                items.iter().for_each(|item| self.padding.append(item.tags(), [steps, 1], UNTAGGED, &mut tags));
                let counted: Vec<bool> = tags.iter().map(|&tag| tag != UNTAGGED).collect();
                tags.iter_mut().filter(|tag| **tag == UNTAGGED).for_each(|tag| *tag = 0);
                BatchTargets::Tags {
                    tags: int_tensor(&tags, [count, steps], device),
                    counted: Tensor::from_data(TensorData::new(counted, [count, steps]), device),
                }
            }
            Target::Values(first) => {
                let width = first.len();
                let values: Vec<f32> = items.iter().flat_map(|item| item.numbers(width)).copied().collect();
                BatchTargets::Values(Tensor::from_data(TensorData::new(values, [count, width]), device))
            }
        }
    }
}

/// What a batch takes from an item, which is of the first item's kind.
impl SequenceItem {
    fn ids(&self) -> &[u32] {
        let Steps::Ids(ids) = &self.steps else { panic!("sequence {}: values in a batch of ids", self.index) };
        ids
    }

    fn values(&self) -> (&[f32], usize) {
        let Steps::Values { values, features } = &self.steps else {
            panic!("sequence {}: ids in a batch of values", self.index)
        };
        (values, *features)
    }

    fn class(&self) -> u32 {
        let Target::Class(label) = self.target else { panic!("sequence {} has no class as the first has", self.index) };
        label
    }

    fn tags(&self) -> &[u32] {
        let Target::Tags(tags) = &self.target else { panic!("sequence {} has no tags as the first has", self.index) };
        assert_eq!(tags.len(), self.steps.len(), "sequence {}: one tag for each step", self.index);
        tags
    }

    fn numbers(&self, width: usize) -> &[f32] {
        let Target::Values(values) = &self.target else {
            panic!("sequence {} has no target numbers as the first has", self.index)
        };
        assert_eq!(values.len(), width, "sequence {}: target numbers of another count than the first's", self.index);
        values
    }
}

fn int_tensor<const D: usize>(values: &[u32], shape: [usize; D], device: &Device) -> Tensor<D, Int> {
    let values: Vec<i64> = values.iter().map(|&value| i64::from(value)).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

impl Collate<SequenceItem, SequenceBatch> for SequenceCollate {
    /// # Panics
    /// When there is no sequence, when the sequences differ in what their steps or targets are, or when the padding has a length
    /// or a multiple of 0.
    fn collate(&self, items: Vec<SequenceItem>, _context: &BatchContext, device: &Device) -> SequenceBatch {
        let longest = items.iter().map(|item| item.steps.len()).max().expect("a batch has at least one sequence");
        let steps = self.padding.steps(longest);
        let weights = items.iter().map(|item| item.weight).collect::<Option<Vec<f32>>>();
        SequenceBatch {
            inputs: self.inputs(&items, steps, device),
            lengths: items.iter().map(|item| self.padding.kept(item.steps.len(), steps)).collect(),
            padding: self.padding.padding,
            targets: self.targets(&items, steps, device),
            indices: items.iter().map(|item| item.index).collect(),
            weights: weights.map(|weights| Tensor::from_floats(weights.as_slice(), device)),
        }
    }
}
