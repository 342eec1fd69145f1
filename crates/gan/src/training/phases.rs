//! One phase of a round: one player learns, the other stands still.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Distribution, Int, Tensor};
use firebrick_backend::sum_of_squares;

use super::spectral_norm::normalised;
use super::{TrainingConfig, penalty_gradient};
use crate::statistics::HeldStatistics;
use crate::{Discriminator, Gan};

/// What a phase leaves.
pub struct Phase {
    /// The gradients of the player whose turn it was, and of nothing else.
    pub gradients: GradientsParams,
    /// Its loss.
    pub loss: f64,
    /// The norm of all its gradients together.
    pub gradient_norm: f64,
    /// The share of real pictures that the discriminator took for real; none in the generator's phase.
    pub real_accuracy: Option<f64>,
    /// The share of fakes that the discriminator took for fakes.
    pub fake_accuracy: f64,
}

impl Phase {
    /// What is not a finite number, if anything: `loss` or `gradient norm`, and its value.
    pub fn defect(&self) -> Option<(&'static str, f64)> {
        let figures = [("loss", self.loss), ("gradient norm", self.gradient_norm)];
        figures.into_iter().find(|(_, value)| !value.is_finite())
    }
}

/// The discriminator's turn: real pictures and fakes, `[B, C, H, W]`, each batch by itself, with their classes.
///
/// # Panics
/// When the pictures have another shape than the players were made for.
pub fn discriminator_phase(
    gan: &Gan,
    [real, fakes]: [Tensor<4>; 2],
    classes: Option<&Tensor<1, Int>>,
    config: &TrainingConfig,
) -> Phase {
    let discriminator = &judging(&gan.discriminator, config);
    let fakes = fakes.detach();
    let on_real = discriminator.forward(shown(real.clone(), config), classes.cloned());
    let on_fakes = discriminator.forward(shown(fakes.clone(), config), classes.cloned());
    let threshold = config.loss.threshold();
    let real_accuracy = share(on_real.clone().greater_elem(threshold).float());
    let fake_accuracy = share(on_fakes.clone().lower_equal_elem(threshold).float());
    let mut loss = config.loss.discriminator(on_real, on_fakes, &config.targets());
    let mut value = number(loss.clone());
    if let Some(penalty) = config.penalty {
        let (size, sum) = penalty_gradient(penalty, discriminator, penalty.points(real, fakes), classes.cloned());
        value += number(size);
        loss = loss + sum;
    }
    let gradients = GradientsParams::from_module(&mut loss.backward(), &gan.discriminator);
    let gradient_norm = norm(&gradients, &gan.discriminator);
    Phase { gradients, loss: value, gradient_norm, real_accuracy: Some(real_accuracy), fake_accuracy }
}

/// The generator's turn: its fakes, not yet detached from it. The discriminator judges them by the statistics of their batch and
/// remembers nothing of them; its parameters take no part.
///
/// `gan` is the pair whose discriminator judges; `generator_of` the one whose generator made the fakes. They are the same unless
/// the discriminator has learnt in between.
///
/// # Panics
/// When the pictures have another shape than the players were made for.
pub fn generator_phase(
    gan: &Gan,
    generator_of: &Gan,
    [real, fakes]: [Tensor<4>; 2],
    classes: Option<&Tensor<1, Int>>,
    config: &TrainingConfig,
) -> Phase {
    let held = HeldStatistics::of(&gan.discriminator.network);
    let judge = judging(&gan.discriminator.clone().no_grad(), config);
    let on_fakes = judge.forward(shown(fakes, config), classes.cloned());
    let fooled = share(on_fakes.clone().greater_elem(config.loss.threshold()).float());
    let loss = config.loss.generator(|| judge.forward(shown(real, config), classes.cloned()), on_fakes);
    held.restore();
    let value = number(loss.clone());
    let gradients = GradientsParams::from_module(&mut loss.backward(), &generator_of.generator);
    let gradient_norm = norm(&gradients, &generator_of.generator);
    Phase { gradients, loss: value, gradient_norm, real_accuracy: None, fake_accuracy: 1.0 - fooled }
}

/// The discriminator as it judges: its weights normalised where they are to be.
pub(super) fn judging(discriminator: &Discriminator, config: &TrainingConfig) -> Discriminator {
    if config.spectral_norm { normalised(discriminator) } else { discriminator.clone() }
}

/// Pictures as the discriminator learns from them: changed at random, with noise.
fn shown(pictures: Tensor<4>, config: &TrainingConfig) -> Tensor<4> {
    let pictures = config.diff_augment.apply(pictures);
    if config.instance_noise == 0.0 {
        return pictures;
    }
    let noise = pictures.random_like(Distribution::Normal(0.0, config.instance_noise)).detach();
    pictures + noise
}

pub(super) fn number(value: Tensor<1>) -> f64 {
    f64::from(value.into_scalar::<f32>())
}

pub(super) fn share(hits: Tensor<1>) -> f64 {
    number(hits.mean())
}

/// √(Σ of all squares) of the gradients that belong to a module.
fn norm<M: Module>(gradients: &GradientsParams, module: &M) -> f64 {
    let mut squares = Squares { gradients, sum: 0.0 };
    module.visit(&mut squares);
    squares.sum.sqrt()
}

struct Squares<'a> {
    gradients: &'a GradientsParams,
    sum: f64,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(parameter.id) {
            self.sum += number(sum_of_squares(gradient));
        }
    }
}
