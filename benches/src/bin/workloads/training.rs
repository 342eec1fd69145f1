//! One training step and one inference step, whatever the network and its data are.

use anyhow::Result;
use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::prelude::*;
use burn::tensor::Distribution;

use firebrick_layers::SequentialConfig;

use crate::Rows;
use crate::rate::{Rate, rate};

pub(crate) const LEARNING_RATE: f64 = 1e-3;

/// A network, the batch that it learns from, and how.
///
/// D axes come out of the network.
pub(crate) trait Subject<const D: usize = 2> {
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
    fn forward(&self, model: &Self::Model, batch: &Self::Batch) -> Tensor<D>;
    /// How far that is from the targets.
    fn loss(&self, output: Tensor<D>, batch: &Self::Batch) -> Tensor<1>;
}

/// Measures training with the subject's optimiser.
pub(crate) fn train<const D: usize, S: Subject<D>>(subject: &S, seconds: f64) -> Result<Rate> {
    let mut training = Training::new(subject)?;
    Ok(rate(subject.samples(), seconds, || {
        training.step();
    }))
}

/// Measures inference, of a network without autodiff.
pub(crate) fn infer<const D: usize, S: Subject<D>>(subject: &S, seconds: f64) -> Result<Rate> {
    let device = Device::flex();
    let (model, batch) = (subject.model(&device)?.valid(), subject.batch(&device));
    // A result of a device that works on its own is timed until it is there.
    let step = || drop(std::hint::black_box(subject.forward(&model, &batch).into_data()));
    Ok(rate(subject.samples(), seconds, step))
}

/// Training and inference of a network, with the work of one sample where it is known.
pub(crate) fn both<const D: usize, S: Subject<D>>(subject: &S, work: Option<Work>, seconds: f64) -> Result<Rows> {
    let (mut trained, mut inferred) = (train(subject, seconds)?, infer(subject, seconds)?);
    if let Some(work) = work {
        (trained, inferred) = (trained.of_work(work.training()), inferred.of_work(work.forward));
    }
    Ok(vec![("train", trained), ("infer", inferred)])
}

/// Multiplications with an addition that one sample takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Work {
    /// In the forward pass.
    pub(crate) forward: u64,
    /// In the first layer alone, whose input has no gradient.
    pub(crate) first: u64,
}

impl Work {
    /// The work of a network for inputs of this shape.
    pub(crate) fn of(network: &SequentialConfig, input: &[usize]) -> Result<Self> {
        let summary = network.summary(input)?;
        let first = summary.rows.iter().map(|row| row.multiply_adds).find(|&work| work > 0);
        Ok(Self { forward: summary.multiply_adds(), first: first.unwrap_or_default() })
    }

    /// Of the forward pass and both gradients.
    pub(crate) fn training(self) -> u64 {
        3 * self.forward - self.first
    }
}

/// A subject in training.
pub(crate) struct Training<'a, S: Subject<D>, const D: usize = 2> {
    subject: &'a S,
    model: Option<S::Model>,
    optimizer: ModuleOptimizer,
    batch: S::Batch,
}

impl<'a, S: Subject<D>, const D: usize> Training<'a, S, D> {
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
