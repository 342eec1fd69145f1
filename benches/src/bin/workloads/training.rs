//! One training step and one inference step of a classifier, whatever it is built from.

use burn::module::Module;
use burn::nn::loss::{CrossEntropyLoss, CrossEntropyLossConfig};
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::prelude::*;
use burn::tensor::Distribution;

use crate::rate::{Rate, rate};

const BATCH: usize = 128;
const CLASSES: usize = 10;
const LEARNING_RATE: f64 = 1e-3;

/// A model, its optimiser and one batch of random pictures `[B, 1, 28, 28]` with labels `[B]`.
struct Training<M> {
    model: Option<M>,
    optimizer: ModuleOptimizer,
    loss: CrossEntropyLoss,
    pictures: Tensor<4>,
    labels: Tensor<1, Int>,
}

/// Measures training with Adam, ours or Burn's, then inference, of a classifier `[B, 1, 28, 28] -> [B, 10]`.
pub(crate) fn measure<M: Module>(
    model: M,
    adam: ModuleOptimizer,
    forward: impl Fn(&M, Tensor<4>) -> Tensor<2>,
    device: &Device,
    seconds: f64,
) -> Vec<(&'static str, Rate)> {
    let mut training = Training::new(model, adam, device);
    let train = rate(BATCH, seconds, || training.step(&forward));

    let model = training.model.take().map(|model| model.valid());
    let pictures = training.pictures.inner();
    let infer = rate(BATCH, seconds, || {
        let scores = model.iter().map(|model| forward(model, pictures.clone()));
        scores.for_each(finish);
    });
    vec![("train", train), ("infer", infer)]
}

impl<M: Module> Training<M> {
    fn new(model: M, optimizer: ModuleOptimizer, device: &Device) -> Self {
        let labels = Tensor::<1>::random([BATCH], Distribution::Uniform(0.0, CLASSES as f64), device);
        Self {
            model: Some(model),
            optimizer,
            loss: CrossEntropyLossConfig::new().init(device),
            pictures: Tensor::random([BATCH, 1, 28, 28], Distribution::Default, device),
            labels: labels.int(),
        }
    }

    /// Forward, cross-entropy, backward, Adam.
    fn step(&mut self, forward: &impl Fn(&M, Tensor<4>) -> Tensor<2>) {
        let Some(model) = self.model.take() else { return };
        let scores = forward(&model, self.pictures.clone());
        let loss = self.loss.forward(scores, self.labels.clone());
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        self.model = Some(self.optimizer.step(LEARNING_RATE, model, gradients));
    }
}

/// Waits for a result of a device that works on its own: nothing is timed before it is there.
fn finish(scores: Tensor<2>) {
    std::hint::black_box(scores.into_data());
}
