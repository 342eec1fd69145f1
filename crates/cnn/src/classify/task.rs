//! The classification task: cross-entropy on the logits of any Burn module.
//!
//! ```text
//! w_i  = class weight of y_i · weight of picture i       1 where there are none
//! loss = Σ w_i·l_i / B                                   B pictures in the batch, l_i their cross-entropies, y_i their labels
//! ```
//!
//! A validation knows no class weights and no label smoothing.

use burn::module::{Module, ModuleDisplay};
use burn::tensor::Tensor;
use burn::train::{InferenceStep, TrainOutput, TrainStep};
use firebrick_callbacks::fit::Classified;
use firebrick_data::ImageBatch;
use firebrick_layers::Sequential;

/// A network that maps pictures to one logit per class.
pub trait ImageNetwork: Module + ModuleDisplay + 'static {
    /// Pictures `[B, C, H, W]` to logits `[B, classes]`.
    fn logits(&self, pictures: Tensor<4>) -> Tensor<2>;
}

impl ImageNetwork for Sequential {
    fn logits(&self, pictures: Tensor<4>) -> Tensor<2> {
        self.forward(pictures)
    }
}

/// A network together with its loss: what Burn's `Learner` takes.
///
/// The loss is the cross-entropy between the softmax of the logits and the labels, with label smoothing when it is not 0
/// (Szegedy et al., 2016, <https://arxiv.org/abs/1512.00567>), each picture's part multiplied by its weight and its class's.
#[derive(Module, Debug)]
pub struct Classification<M: Module> {
    /// The network that is trained.
    pub network: M,
    label_smoothing: f64,
    class_weights: Option<Tensor<1>>,
}

impl<M: ImageNetwork> Classification<M> {
    /// The task of training `network`; `label_smoothing` in 0 to 1, 0 for none.
    pub fn new(network: M, label_smoothing: f64) -> Self {
        Self { network, label_smoothing, class_weights: None }
    }

    /// Multiplies each training picture's loss by its class's weight, `[classes]`, in the order of the labels.
    #[must_use]
    pub fn with_class_weights(mut self, weights: &[f32]) -> Self {
        let device = self.network.devices().first().cloned().unwrap_or_default();
        self.class_weights = Some(Tensor::from_floats(weights, &device));
        self
    }

    fn classified(&self, batch: ImageBatch, smoothing: f64, class_weights: Option<&Tensor<1>>) -> Classified {
        let ImageBatch { images, labels, weights, .. } = batch;
        let classified = Classified::new(self.network.logits(images), labels, smoothing);
        classified.with_class_weights(class_weights).with_weights(weights)
    }
}

impl<M: ImageNetwork> TrainStep for Classification<M> {
    type Input = ImageBatch;
    type Output = Classified;

    fn step(&self, batch: ImageBatch) -> TrainOutput<Classified> {
        let classified = self.classified(batch, self.label_smoothing, self.class_weights.as_ref());
        TrainOutput::new(self, classified.loss().backward(), classified)
    }
}

impl<M: ImageNetwork> InferenceStep for Classification<M> {
    type Input = ImageBatch;
    type Output = Classified;

    fn step(&self, batch: ImageBatch) -> Classified {
        self.classified(batch, 0.0, None)
    }
}
