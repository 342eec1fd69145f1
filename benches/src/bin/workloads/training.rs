//! One training step and one inference step, whatever the network and its data are.

use anyhow::Result;
use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::prelude::*;
use burn::tensor::Distribution;

use crate::rate::{Rate, rate};

const LEARNING_RATE: f64 = 1e-3;

/// A network, the batch that it learns from, and how.
pub(crate) trait Subject {
    type Model: Module;
    type Batch;

    /// Samples in the batch.
    fn samples(&self) -> usize;
    /// The network before the first step.
    fn model(&self, device: &Device) -> Result<Self::Model>;
    fn optimizer(&self) -> ModuleOptimizer;
    /// The batch, inputs and targets.
    fn batch(&self, device: &Device) -> Self::Batch;
    /// What the network makes of the inputs.
    fn forward(&self, model: &Self::Model, batch: &Self::Batch) -> Tensor<2>;
    /// How far that is from the targets.
    fn loss(&self, output: Tensor<2>, batch: &Self::Batch) -> Tensor<1>;
}

/// Measures training with the subject's optimiser.
pub(crate) fn train<S: Subject>(subject: &S, seconds: f64) -> Result<Rate> {
    let mut training = Training::new(subject)?;
    Ok(rate(subject.samples(), seconds, || {
        training.step();
    }))
}

/// Measures inference, of a network without autodiff.
pub(crate) fn infer<S: Subject>(subject: &S, seconds: f64) -> Result<Rate> {
    let device = Device::flex();
    let (model, batch) = (subject.model(&device)?.valid(), subject.batch(&device));
    // A result of a device that works on its own is timed until it is there.
    let step = || drop(std::hint::black_box(subject.forward(&model, &batch).into_data()));
    Ok(rate(subject.samples(), seconds, step))
}

/// A subject in training.
pub(crate) struct Training<'a, S: Subject> {
    subject: &'a S,
    model: Option<S::Model>,
    optimizer: ModuleOptimizer,
    batch: S::Batch,
}

impl<'a, S: Subject> Training<'a, S> {
    pub(crate) fn new(subject: &'a S) -> Result<Self> {
        let device = Device::flex().autodiff();
        let (model, batch) = (subject.model(&device)?, subject.batch(&device));
        Ok(Self { subject, model: Some(model), optimizer: subject.optimizer(), batch })
    }

    /// Forward, loss, backward, optimiser; the loss before the step, none after a step that panicked.
    pub(crate) fn step(&mut self) -> Option<Tensor<1>> {
        let model = self.model.take()?;
        let output = self.subject.forward(&model, &self.batch);
        let loss = self.subject.loss(output, &self.batch);
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        self.model = Some(self.optimizer.step(LEARNING_RATE, model, gradients));
        Some(loss)
    }
}

/// Labels `[B]` from 0 to `classes` − 1.
pub(crate) fn random_labels(samples: usize, classes: usize, device: &Device) -> Tensor<1, Int> {
    Tensor::<1>::random([samples], Distribution::Uniform(0.0, classes as f64), device).int()
}

/// The mean cross-entropy of scores `[B, C]` and labels `[B]`.
pub(crate) fn cross_entropy(scores: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    CrossEntropyLossConfig::new().init(&scores.device()).forward(scores, labels)
}
