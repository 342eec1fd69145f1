//! A small DCGAN on the embedded 8x8 digits: the default recipe, no data to download.

use firebrick_gan::training::TrainingConfig;
use firebrick_run::Recipe;

use crate::settings::Settings;

pub(crate) fn recipe() -> Recipe<Settings> {
    let training = TrainingConfig::new()
        .with_batch_size(32)
        .with_generator_rate(1e-3)
        .with_discriminator_rate(1e-3)
        .with_ema(Some(0.99));
    let settings = Settings { latent_size: 32, filters: 64, ..Settings::new(&training) };
    Recipe { name: "digits", dataset: "digits", epochs: 70, settings }
}
