//! A small residual network on CIFAR-10.

use firebrick_cnn::{FitConfig, Schedule};
use firebrick_run::Recipe;

use super::Settings;

pub(crate) fn recipe() -> Recipe<Settings> {
    let fit = FitConfig::new()
        .with_batch_size(128)
        .with_learning_rate(3e-3)
        .with_schedule(Schedule::Cosine { warmup_epochs: 1 })
        .with_weight_decay(5e-3);
    Recipe { name: "cifar10", dataset: "cifar10", epochs: 20, settings: Settings::new("small-resnet", &fit) }
}
