//! A small convolutional network on the embedded 8x8 digits: the default recipe, no data to download.

use firebrick_cnn::{FitConfig, Schedule};
use firebrick_run::Recipe;

use super::Settings;

pub(crate) fn recipe() -> Recipe<Settings> {
    let fit = FitConfig::new()
        .with_batch_size(32)
        .with_learning_rate(2e-3)
        .with_schedule(Schedule::Cosine { warmup_epochs: 2 })
        .with_label_smoothing(0.1);
    Recipe { name: "digits", dataset: "digits", epochs: 40, settings: Settings::new("digits-convnet", &fit) }
}
