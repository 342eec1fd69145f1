//! DCGAN on MNIST: told nothing, told which digit to draw, or with the Wasserstein loss and a gradient penalty.

use firebrick_gan::Loss;
use firebrick_gan::networks::DiscriminatorNorm;
use firebrick_gan::training::{Penalty, TrainingConfig};
use firebrick_run::Recipe;

use crate::settings::Settings;

pub(crate) fn recipe() -> Recipe<Settings> {
    let training = TrainingConfig::new().with_ema(Some(0.999));
    let settings = Settings { latent_size: 64, judged: 2000, judge_epochs: 2, ..Settings::new(&training) };
    Recipe { name: "mnist", dataset: "mnist", epochs: 8, settings }
}

pub(crate) fn conditional() -> Recipe<Settings> {
    let mnist = recipe();
    Recipe { name: "mnist-conditional", settings: Settings { conditional: true, ..mnist.settings }, ..mnist }
}

pub(crate) fn wgan_gp() -> Recipe<Settings> {
    let training = TrainingConfig::new()
        .with_loss(Loss::Wasserstein)
        .with_penalty(Some(Penalty::Gradient { weight: 10.0 }))
        .with_discriminator_steps(3)
        .with_beta_2(0.9)
        .with_ema(Some(0.999));
    let settings = Settings { latent_size: 64, judged: 2000, judge_epochs: 2, ..Settings::new(&training) };
    let settings = Settings { discriminator_norm: DiscriminatorNorm::Layer, ..settings };
    Recipe { name: "mnist-wgan-gp", dataset: "mnist", epochs: 12, settings }
}
