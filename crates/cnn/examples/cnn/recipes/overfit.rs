//! Overfitting on purpose: five hundred digits, a fifth of them with a wrong label, 301,066 weights and nothing that restrains
//! them.
//!
//! First the network learns what digits look like, then it learns the mistakes by heart. ModelCheckpoint keeps the weights of
//! the lowest validation loss, EarlyStopping ends the training when that has not been lower for a while; the report compares
//! the kept weights with the last ones.

use firebrick_cnn::FitConfig;
use firebrick_run::{Recipe, WatchSettings};

use super::Settings;

pub(crate) fn recipe() -> Recipe<Settings> {
    let fit = FitConfig::new().with_batch_size(20).with_learning_rate(1e-3);
    let settings = Settings {
        train_pictures: Some(500),
        wrong_labels: 0.2,
        watch: WatchSettings { keep_best: true, patience: Some(30), ..WatchSettings::default() },
        ..Settings::new("wide-mlp", &fit)
    };
    Recipe { name: "overfit", dataset: "digits", epochs: 200, settings }
}
