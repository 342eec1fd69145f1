//! The classification task: cross-entropy on the logits of any Burn module.
//!
//! ```text
//! l_i  = -(1 - s)·log p_i[y_i] - s/K·Σ_k log p_i[k]      p_i = softmax(logits_i), y_i the label, s label smoothing
//! w_i  = class weight of y_i · weight of picture i       1 where there are none
//! loss = Σ w_i·l_i / B                                   B pictures in the batch
//! ```
//!
//! The division by B, not by the sum of the weights, is Keras's (`sum_over_batch_size`). A validation knows no class weights.

use burn::module::{Module, ModuleDisplay};
use burn::tensor::activation::log_softmax;
use burn::tensor::{ExecutionError, Int, Tensor};
use burn::train::metric::{
    AccuracyInput, Adaptor, ConfusionStatsInput, ItemLazy, LossInput, PerplexityInput, TopKAccuracyInput,
};
use burn::train::{ClassificationOutput, InferenceStep, TrainOutput, TrainStep};
use firebrick_data::ImageBatch;
use firebrick_layers::Sequential;

use super::weighted::WeightedInput;

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
        let logits = self.network.logits(images);
        let losses = cross_entropy(logits.clone(), labels.clone(), smoothing);
        let of_class = class_weights.map(|weights| weights.clone().gather(0, labels.clone()));
        let weights = match (of_class, weights) {
            (Some(of_class), Some(weights)) => Some(of_class * weights),
            (of_class, weights) => of_class.or(weights),
        };
        Classified { losses, logits, labels, weights }
    }
}

/// The cross-entropy of each picture, `[B]`.
fn cross_entropy(logits: Tensor<2>, labels: Tensor<1, Int>, smoothing: f64) -> Tensor<1> {
    let [pictures, _] = logits.dims();
    let logarithms = log_softmax(logits, 1);
    let right = logarithms.clone().gather(1, labels.reshape([pictures, 1])).reshape([pictures]);
    if smoothing == 0.0 {
        return -right;
    }
    let mean = logarithms.mean_dim(1).reshape([pictures]);
    -(right * (1.0 - smoothing) + mean * smoothing)
}

/// What a step leaves for the metrics: Burn's of a classification, and [`WeightedMetric`](super::WeightedMetric).
///
/// The metric `Loss` is the weighted one, a mean over pictures; accuracy and its like count every picture once.
#[derive(Clone, Debug)]
pub struct Classified {
    /// `[B]`, the loss of each picture, without its weight.
    pub losses: Tensor<1>,
    /// `[B, classes]`.
    pub logits: Tensor<2>,
    /// `[B]`, the right classes.
    pub labels: Tensor<1, Int>,
    /// `[B]`, class weight times sample weight; none: all 1.
    pub weights: Option<Tensor<1>>,
}

impl Classified {
    /// The loss that is minimised, `[1]`.
    pub fn loss(&self) -> Tensor<1> {
        self.weighted_losses().mean()
    }

    fn weighted_losses(&self) -> Tensor<1> {
        match &self.weights {
            Some(weights) => self.losses.clone() * weights.clone(),
            None => self.losses.clone(),
        }
    }

    fn output(&self) -> ClassificationOutput {
        ClassificationOutput::new(self.weighted_losses(), self.logits.clone(), self.labels.clone())
    }
}

impl ItemLazy for Classified {
    fn sync(self) -> Result<Self, ExecutionError> {
        self.losses.device().flush()?;
        Ok(Self {
            losses: self.losses.without_autodiff(),
            logits: self.logits.without_autodiff(),
            labels: self.labels.without_autodiff(),
            weights: self.weights.map(Tensor::without_autodiff),
        })
    }
}

/// As Burn's own output of a classification does it.
macro_rules! adapted {
    ($($input:ty),*) => {
        $(impl Adaptor<$input> for Classified {
            fn adapt(&self) -> $input {
                self.output().adapt()
            }
        })*
    };
}

adapted!(AccuracyInput, LossInput, TopKAccuracyInput, PerplexityInput, ConfusionStatsInput);

impl Adaptor<WeightedInput> for Classified {
    fn adapt(&self) -> WeightedInput {
        let [pictures, _] = self.logits.dims();
        let answers = self.logits.clone().argmax(1).reshape([pictures]);
        let hits = answers.equal(self.labels.clone()).float();
        WeightedInput { hits, losses: self.losses.clone(), weights: self.weights.clone() }
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
