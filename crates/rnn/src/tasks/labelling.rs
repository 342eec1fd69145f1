//! The task of labelling sequences, or steps of them: cross-entropy on the answers of any Burn module.
//!
//! ```text
//! w_i  = class weight of y_i · weight of the sequence     1 where there are none
//! loss = Σ w_i·l_i / N                                    N answers that count, l_i their cross-entropies, y_i their labels
//! ```
//!
//! So a batch's loss is that of its rows without their padding, and it counts as much in an epoch's figures as it has answers that
//! count: how sequences are put together in batches changes no figure. A validation knows no class weights and no label smoothing.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::train::{InferenceStep, TrainOutput, TrainStep};
use firebrick_callbacks::fit::Classified;

use super::{LabelledBatch, SequenceModel};
use crate::Signal;

/// A network together with its loss: what Burn's `Learner` takes.
///
/// The loss is the cross-entropy between the softmax of the answers and the labels, with label smoothing when it is not 0, each
/// part multiplied by its weight and its class's.
#[derive(Module, Debug)]
pub struct Labelling<M: Module> {
    /// The network that is trained.
    pub network: M,
    label_smoothing: f64,
    class_weights: Option<Tensor<1>>,
}

impl<M: SequenceModel> Labelling<M> {
    /// The task of training `network`; `label_smoothing` in 0 to 1, 0 for none.
    pub fn new(network: M, label_smoothing: f64) -> Self {
        Self { network, label_smoothing, class_weights: None }
    }

    /// Multiplies each training answer's loss by its class's weight, `[classes]`, in the order of the labels.
    #[must_use]
    pub fn with_class_weights(mut self, weights: &[f32]) -> Self {
        let device = self.network.devices().first().cloned().unwrap_or_default();
        self.class_weights = Some(Tensor::from_floats(weights, &device));
        self
    }

    fn classified(&self, batch: LabelledBatch, smoothing: f64, class_weights: Option<&Tensor<1>>) -> Classified {
        let LabelledBatch { input, counted, labels, weights } = batch;
        let rows = rows(self.network.answer(input));
        let rows = counted.into_iter().fold(rows, |rows, counted| rows.select(0, counted));
        Classified::new(rows, labels, smoothing).with_class_weights(class_weights).with_weights(weights)
    }
}

/// The answers one after the other, `[B, K]` or `[B·T, K]`.
///
/// # Panics
/// When they are pictures or ids.
pub(super) fn rows(answers: Signal) -> Tensor<2> {
    match answers {
        Signal::Sequence(sequence) => sequence.values.flatten(0, 1),
        whole => whole.into_features(),
    }
}

impl<M: SequenceModel> TrainStep for Labelling<M> {
    type Input = LabelledBatch;
    type Output = Classified;

    fn step(&self, batch: LabelledBatch) -> TrainOutput<Classified> {
        let classified = self.classified(batch, self.label_smoothing, self.class_weights.as_ref());
        TrainOutput::new(self, classified.loss().backward(), classified)
    }
}

impl<M: SequenceModel> InferenceStep for Labelling<M> {
    type Input = LabelledBatch;
    type Output = Classified;

    fn step(&self, batch: LabelledBatch) -> Classified {
        self.classified(batch, 0.0, None)
    }
}
