//! A learning rate far too high: the loss grows, and EarlyStopping's divergence threshold ends the training.

use firebrick_cnn::FitConfig;
use firebrick_run::Recipe;

use super::Settings;

pub(crate) fn recipe() -> Recipe<Settings> {
    let fit = FitConfig::new().with_batch_size(32).with_learning_rate(0.3);
    let settings = Settings { keep_best: true, divergence_threshold: Some(10.0), ..Settings::new("wide-mlp", &fit) };
    Recipe { name: "diverge", dataset: "digits", epochs: 40, settings }
}
