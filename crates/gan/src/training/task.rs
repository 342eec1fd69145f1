//! Both players with what they play for: what Burn's `Learner` takes.

use std::sync::Arc;

use burn::module::Module;
use burn::tensor::{Int, Tensor};
use burn::train::{InferenceStep, TrainOutput, TrainStep};
use firebrick_data::ImageBatch;

use super::phases::{generator_phase, judging, number, share};
use super::samples::Easel;
use super::{PlayersScores, TrainingConfig};
use crate::Gan;

/// Two players and the rules of their game. Whole rounds are played by [`Round`](super::Round).
#[derive(Module, Debug)]
pub struct GanTask {
    /// The players.
    pub gan: Gan,
    #[module(skip)]
    config: Arc<TrainingConfig>,
    #[module(skip)]
    easel: Easel,
}

impl GanTask {
    /// The task of training these players.
    pub fn new(gan: Gan, config: &TrainingConfig) -> Self {
        Self { gan, config: Arc::new(config.clone()), easel: Easel::default() }
    }

    /// Paints on this easel at validations.
    pub(super) fn with_easel(self, easel: Easel) -> Self {
        Self { easel, ..self }
    }

    pub(super) fn config(&self) -> Arc<TrainingConfig> {
        self.config.clone()
    }

    /// As many fakes as there are labels, from noise of the device's generator.
    pub(super) fn fakes(&self, labels: &Tensor<1, Int>) -> Tensor<4> {
        let generator = &self.gan.generator;
        let device = labels.device();
        generator.forward(generator.noise(labels.dims()[0], &device), self.gan.told(labels.clone()))
    }
}

/// The generator's phase alone.
impl TrainStep for GanTask {
    type Input = ImageBatch;
    type Output = PlayersScores;

    fn step(&self, batch: ImageBatch) -> TrainOutput<PlayersScores> {
        let fakes = self.fakes(&batch.labels);
        let classes = self.gan.told(batch.labels);
        let count = fakes.dims()[0];
        let phase = generator_phase(&self.gan, &self.gan, [batch.images, fakes], classes.as_ref(), &self.config);
        let item = PlayersScores {
            count,
            generator_loss: phase.loss,
            discriminator_loss: 0.0,
            real_accuracy: 0.0,
            fake_accuracy: phase.fake_accuracy,
            generator_gradient: phase.gradient_norm,
            discriminator_gradient: 0.0,
        };
        TrainOutput { grads: phase.gradients, item }
    }
}

/// Real pictures that were not trained on beside fresh fakes, both players in evaluation mode.
impl InferenceStep for GanTask {
    type Input = ImageBatch;
    type Output = PlayersScores;

    fn step(&self, batch: ImageBatch) -> PlayersScores {
        self.easel.paint(&self.gan.generator);
        let config = &self.config;
        let discriminator = judging(&self.gan.discriminator, config);
        let fakes = self.fakes(&batch.labels);
        let classes = self.gan.told(batch.labels);
        let on_real = discriminator.forward(batch.images, classes.clone());
        let on_fakes = discriminator.forward(fakes, classes);
        let threshold = config.loss.threshold();
        let loss = config.loss.discriminator(on_real.clone(), on_fakes.clone(), &config.targets());
        PlayersScores {
            count: on_real.dims()[0],
            discriminator_loss: number(loss),
            real_accuracy: share(on_real.clone().greater_elem(threshold).float()),
            fake_accuracy: share(on_fakes.clone().lower_equal_elem(threshold).float()),
            generator_loss: number(config.loss.generator(|| on_real, on_fakes)),
            generator_gradient: 0.0,
            discriminator_gradient: 0.0,
        }
    }
}
