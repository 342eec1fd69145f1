//! The classification task: cross-entropy on the logits of any Burn module.

use burn::module::{Module, ModuleDisplay};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::tensor::{Int, Tensor};
use burn::train::{ClassificationOutput, InferenceStep, TrainOutput, TrainStep};
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
/// The loss is the cross-entropy between the softmax of the logits and the labels, with label
/// smoothing when it is not 0 (Szegedy et al., 2016, <https://arxiv.org/abs/1512.00567>).
#[derive(Module, Debug)]
pub struct Classification<M: Module> {
    /// The network that is trained.
    pub network: M,
    label_smoothing: f64,
}

impl<M: ImageNetwork> Classification<M> {
    /// The task of training `network`; `label_smoothing` in 0 to 1, 0 for none.
    pub fn new(network: M, label_smoothing: f64) -> Self {
        Self { network, label_smoothing }
    }

    fn output(&self, batch: ImageBatch, smoothing: f64) -> ClassificationOutput {
        let logits = self.network.logits(batch.images);
        let loss = cross_entropy(logits.clone(), batch.labels.clone(), smoothing);
        ClassificationOutput::new(loss, logits, batch.labels)
    }
}

fn cross_entropy(logits: Tensor<2>, labels: Tensor<1, Int>, smoothing: f64) -> Tensor<1> {
    let smoothing = (smoothing > 0.0).then_some(smoothing as f32);
    let config = CrossEntropyLossConfig::new().with_smoothing(smoothing);
    config.init(&logits.device()).forward(logits, labels)
}

impl<M: ImageNetwork> TrainStep for Classification<M> {
    type Input = ImageBatch;
    type Output = ClassificationOutput;

    fn step(&self, batch: ImageBatch) -> TrainOutput<ClassificationOutput> {
        let output = self.output(batch, self.label_smoothing);
        TrainOutput::new(self, output.loss.backward(), output)
    }
}

impl<M: ImageNetwork> InferenceStep for Classification<M> {
    type Input = ImageBatch;
    type Output = ClassificationOutput;

    fn step(&self, batch: ImageBatch) -> ClassificationOutput {
        self.output(batch, 0.0)
    }
}
