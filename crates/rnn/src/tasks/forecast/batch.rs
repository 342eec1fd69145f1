//! Batches of sequences with the numbers that follow, on the network's scale.

use burn::tensor::{Device, Tensor};
use firebrick_data::{BatchContext, BatchInputs, BatchTargets, Collate, SequenceBatch, SequenceCollate, SequenceItem};

use super::super::labelled::signal;
use super::Scaling;
use crate::Signal;

/// A batch of sequences with the numbers that follow.
#[derive(Clone, Debug)]
pub struct ForecastBatch {
    /// What the network reads, with the mask of its steps where there is padding.
    pub input: Signal,
    /// `[B, H·S]`, the next H steps of S series, the series of a step side by side.
    pub targets: Tensor<2>,
    /// `[B]`, what each sequence counts for, where they have weights.
    pub weights: Option<Tensor<1>>,
}

/// How numbers come to the network's scale and back.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scales {
    /// Of each step's numbers; none where steps are ids.
    pub(super) steps: Option<Scaling>,
    /// Of the numbers that follow.
    pub(super) targets: Scaling,
}

impl Scales {
    /// What the network reads of a batch.
    pub(super) fn input(&self, mut batch: SequenceBatch) -> Signal {
        if let (Some(scaling), BatchInputs::Values(values)) = (&self.steps, &batch.inputs) {
            batch.inputs = BatchInputs::Values(scaling.scale_steps(values.clone()));
        }
        signal(&batch)
    }
}

/// Makes a [`ForecastBatch`].
#[derive(Clone)]
pub(super) struct ForecastCollate {
    pub(super) collate: SequenceCollate,
    pub(super) scales: Scales,
}

impl Collate<SequenceItem, ForecastBatch> for ForecastCollate {
    /// # Panics
    /// When the targets are no numbers.
    fn collate(&self, items: Vec<SequenceItem>, context: &BatchContext, device: &Device) -> ForecastBatch {
        let batch = self.collate.collate(items, context, device);
        let BatchTargets::Values(targets) = &batch.targets else { panic!("what follows a sequence is numbers") };
        let targets = self.scales.targets.scale_rows(targets.clone());
        ForecastBatch { targets, weights: batch.weights.clone(), input: self.scales.input(batch) }
    }
}
