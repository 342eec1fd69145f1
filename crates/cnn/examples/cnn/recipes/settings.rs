//! A recipe's configuration: what `--set` can change.

use firebrick_cnn::{ClassWeights, FitConfig, Schedule};
use firebrick_run::{RunConfig, WatchSettings};
use serde::{Deserialize, Serialize};

/// Network, training and callbacks. Epochs, seed and loader threads have arguments of their own.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// A network of `firebrick_cnn::networks`, when there is no `--model`.
    pub(crate) network: String,
    pub(crate) batch_size: usize,
    pub(crate) learning_rate: f64,
    pub(crate) schedule: Schedule,
    pub(crate) weight_decay: f64,
    pub(crate) label_smoothing: f64,
    pub(crate) standardise: bool,
    /// `balanced`, or a list with a weight for each class.
    #[serde(default)]
    pub(crate) class_weights: Option<ClassWeights>,
    /// Trains on so many pictures only, drawn from all classes alike.
    #[serde(default)]
    pub(crate) train_pictures: Option<usize>,
    /// The share of training pictures that get a wrong label: mistakes for a network to learn by heart.
    #[serde(default)]
    pub(crate) wrong_labels: f64,
    /// Validates after every so many epochs.
    #[serde(default = "every_epoch")]
    pub(crate) validation_freq: usize,
    /// Batches of each epoch to train on; all if none is said, as below.
    #[serde(default)]
    pub(crate) steps_per_epoch: Option<usize>,
    /// Batches to validate on.
    #[serde(default)]
    pub(crate) validation_steps: Option<usize>,
    /// Steps after which the training ends, whatever the epochs.
    #[serde(default)]
    pub(crate) max_steps: Option<usize>,
    /// Callbacks that are asked for by their own names.
    #[serde(flatten)]
    pub(crate) watch: WatchSettings,
}

impl Settings {
    /// A network and how it is trained; no callbacks, all pictures.
    pub(crate) fn new(network: &str, fit: &FitConfig) -> Self {
        Self {
            network: network.into(),
            batch_size: fit.batch_size,
            learning_rate: fit.learning_rate,
            schedule: fit.schedule,
            weight_decay: fit.weight_decay,
            label_smoothing: fit.label_smoothing,
            standardise: fit.standardise,
            class_weights: fit.class_weights.clone(),
            train_pictures: None,
            wrong_labels: 0.0,
            validation_freq: fit.validation_freq,
            steps_per_epoch: fit.steps_per_epoch,
            validation_steps: fit.validation_steps,
            max_steps: fit.max_steps,
            watch: WatchSettings::default(),
        }
    }

    /// The training's configuration, with the epochs, the seed and the threads that the run says.
    pub(crate) fn fit(config: &RunConfig<Self>) -> FitConfig {
        let settings = &config.settings;
        FitConfig::new()
            .with_epochs(config.epochs)
            .with_seed(config.seed)
            .with_workers(config.workers)
            .with_batch_size(settings.batch_size)
            .with_learning_rate(settings.learning_rate)
            .with_schedule(settings.schedule)
            .with_weight_decay(settings.weight_decay)
            .with_label_smoothing(settings.label_smoothing)
            .with_standardise(settings.standardise)
            .with_class_weights(settings.class_weights.clone())
            .with_validation_freq(settings.validation_freq)
            .with_steps_per_epoch(settings.steps_per_epoch)
            .with_validation_steps(settings.validation_steps)
            .with_max_steps(settings.max_steps)
    }
}

fn every_epoch() -> usize {
    1
}
