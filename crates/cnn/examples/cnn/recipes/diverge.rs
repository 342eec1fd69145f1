//! A learning rate that rises until the loss grows: EarlyStopping's divergence threshold ends the training, and ModelCheckpoint
//! has kept the weights from before.

use firebrick_cnn::{FitConfig, Schedule};
use firebrick_run::{Recipe, WatchSettings};

use super::Settings;

pub(crate) fn recipe() -> Recipe<Settings> {
    let fit = FitConfig::new()
        .with_batch_size(32)
        .with_learning_rate(0.05)
        .with_schedule(Schedule::Cosine { warmup_epochs: 20 });
    let watch = WatchSettings { keep_best: true, divergence_threshold: Some(1.0), ..WatchSettings::default() };
    let settings = Settings { watch, ..Settings::new("wide-mlp", &fit) };
    Recipe { name: "diverge", dataset: "digits", epochs: 40, settings }
}
