//! Overfitting on purpose: a hundred digits, 300,000 weights, nothing that restrains them.
//!
//! ModelCheckpoint keeps the weights of the lowest validation loss, EarlyStopping ends the training when it has not been
//! lower for a while; the report compares the kept weights with the last ones.

use firebrick_cnn::FitConfig;
use firebrick_run::Recipe;

use super::Settings;

pub(crate) fn recipe() -> Recipe<Settings> {
    let fit = FitConfig::new().with_batch_size(20).with_learning_rate(1e-3);
    let settings =
        Settings { train_pictures: Some(100), keep_best: true, patience: Some(40), ..Settings::new("wide-mlp", &fit) };
    Recipe { name: "overfit", dataset: "digits", epochs: 400, settings }
}
