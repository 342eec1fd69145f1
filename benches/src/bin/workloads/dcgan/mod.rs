//! DCGAN on pictures of 28x28 (Radford et al., 2016, <https://arxiv.org/abs/1511.06434>), at its least: noise of 100 numbers to
//! 128x7x7, 64x14x14 and 1x28x28, and the discriminator the same way back.
//!
//! A step is one of the discriminator, on real pictures and on fakes, then one of the generator, on the same fakes; it counts as the
//! 64 samples of one batch. The generator's step takes no gradient of the discriminator's weights. Inference is the generator's.

mod burns;
mod ours;
#[cfg(test)]
mod tests;

use anyhow::Result;
use burn::module::Module;
use burn::nn::loss::BinaryCrossEntropyLossConfig;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::prelude::*;
use burn::tensor::Distribution;

use crate::Rows;
use crate::rate::rate;
use crate::training::LEARNING_RATE;

const BATCH: usize = 64;
const NOISE: usize = 100;

/// Measures our layers.
pub(crate) fn ours(seconds: f64) -> Result<Rows> {
    let (training, inference) = ours::work()?;
    let mut rows = measure(&ours::Ours, seconds)?;
    for ((_, rate), work) in rows.iter_mut().zip([training, inference]) {
        *rate = rate.of_work(work);
    }
    Ok(rows)
}

/// Measures Burn's own.
pub(crate) fn burns(seconds: f64) -> Result<Rows> {
    measure(&burns::Burns, seconds)
}

fn measure<P: Players>(players: &P, seconds: f64) -> Result<Rows> {
    let device = Device::flex().autodiff();
    let mut contest = Contest::new(players, random_pictures(&device), &device)?;
    let trained = rate(BATCH, seconds, || {
        contest.step(random_noise(&device));
    });
    let device = Device::flex();
    let (generator, noise) = (players.generator(&device)?.valid(), random_noise(&device));
    let step = || drop(std::hint::black_box(players.generate(&generator, noise.clone()).into_data()));
    Ok(vec![("train", trained), ("infer", rate(BATCH, seconds, step))])
}

/// `[B, 1, 28, 28]`, from −1 to 1.
fn random_pictures(device: &Device) -> Tensor<4> {
    Tensor::random([BATCH, 1, 28, 28], Distribution::Uniform(-1.0, 1.0), device)
}

/// `[B, 100]`
fn random_noise(device: &Device) -> Tensor<2> {
    Tensor::random([BATCH, NOISE], Distribution::Normal(0.0, 1.0), device)
}

/// The two networks, in somebody's layers.
trait Players {
    type Generator: Module;
    type Discriminator: Module;

    fn generator(&self, device: &Device) -> Result<Self::Generator>;
    fn discriminator(&self, device: &Device) -> Result<Self::Discriminator>;
    /// The optimiser of each player.
    fn optimizer(&self) -> ModuleOptimizer;
    /// Noise `[B, 100]` to pictures `[B, 1, 28, 28]`.
    fn generate(&self, generator: &Self::Generator, noise: Tensor<2>) -> Tensor<4>;
    /// Pictures to scores `[B, 1]`: above 0 where they look real.
    fn judge(&self, discriminator: &Self::Discriminator, pictures: Tensor<4>) -> Tensor<2>;
}

/// The two players in training.
struct Contest<'a, P: Players> {
    players: &'a P,
    generator: Option<P::Generator>,
    discriminator: Option<P::Discriminator>,
    generator_optimizer: ModuleOptimizer,
    discriminator_optimizer: ModuleOptimizer,
    real: Tensor<4>,
    learning_rate: f64,
}

impl<'a, P: Players> Contest<'a, P> {
    fn new(players: &'a P, real: Tensor<4>, device: &Device) -> Result<Self> {
        Ok(Self {
            players,
            generator: Some(players.generator(device)?),
            discriminator: Some(players.discriminator(device)?),
            generator_optimizer: players.optimizer(),
            discriminator_optimizer: players.optimizer(),
            real,
            learning_rate: LEARNING_RATE,
        })
    }

    /// One step of each player; the losses of discriminator and generator, none after a step that panicked.
    fn step(&mut self, noise: Tensor<2>) -> Option<[Tensor<1>; 2]> {
        let (generator, discriminator) = (self.generator.take()?, self.discriminator.take()?);
        let fake = self.players.generate(&generator, noise);

        let real_scores = self.players.judge(&discriminator, self.real.clone());
        let fake_scores = self.players.judge(&discriminator, fake.clone().detach());
        let discriminator_loss = mistakes(real_scores, true) + mistakes(fake_scores, false);
        let gradients = GradientsParams::from_grads(discriminator_loss.backward(), &discriminator);
        let discriminator = self.discriminator_optimizer.step(self.learning_rate, discriminator, gradients);

        let generator_loss = mistakes(self.players.judge(&discriminator.clone().no_grad(), fake), true);
        let gradients = GradientsParams::from_grads(generator_loss.backward(), &generator);
        self.generator = Some(self.generator_optimizer.step(self.learning_rate, generator, gradients));
        self.discriminator = Some(discriminator);
        Some([discriminator_loss, generator_loss])
    }
}

/// The binary cross-entropy of scores that should all say the same.
fn mistakes(scores: Tensor<2>, real: bool) -> Tensor<1> {
    let targets = Tensor::<2, Int>::full(scores.dims(), i64::from(real), &scores.device());
    BinaryCrossEntropyLossConfig::new().with_logits(true).init(&scores.device()).forward(scores, targets)
}
