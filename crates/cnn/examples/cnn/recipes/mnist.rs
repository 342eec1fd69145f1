//! Keras's simple convnet on MNIST, 34,826 parameters, 15 epochs, Adam.
//!
//! Keras's published log ends at 99.22 % (<https://keras.io/examples/vision/mnist_convnet/>).

use firebrick_cnn::{FitConfig, Schedule};
use firebrick_run::Recipe;

use super::Settings;

pub(crate) fn recipe() -> Recipe<Settings> {
    let fit = FitConfig::new()
        .with_batch_size(128)
        .with_learning_rate(2e-3)
        .with_schedule(Schedule::Cosine { warmup_epochs: 1 })
        .with_standardise(false);
    Recipe { name: "mnist", dataset: "mnist", epochs: 15, settings: Settings::new("keras-convnet", &fit) }
}
