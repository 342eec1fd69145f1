//! A recipe's configuration: what `--set` can change.

use firebrick_cnn::{ClassWeights, FitConfig};
use firebrick_run::{Fitting, RunConfig, WatchSettings};
use serde::{Deserialize, Serialize};

use crate::augment::Augmentation;

/// Network, training and callbacks. Epochs, seed and loader threads have arguments of their own.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// A network of `firebrick_cnn::networks`, when there is no `--model`.
    pub(crate) network: String,
    #[serde(flatten)]
    pub(crate) fitting: Fitting,
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
    /// A policy's name, or a pipeline: what is done to training pictures, each time anew.
    #[serde(default)]
    pub(crate) augment: Option<Augmentation>,
    /// Callbacks that are asked for by their own names.
    #[serde(flatten)]
    pub(crate) watch: WatchSettings,
}

impl Settings {
    /// A network and how it is trained; no callbacks, all pictures.
    pub(crate) fn new(network: &str, fit: &FitConfig) -> Self {
        Self {
            network: network.into(),
            fitting: Fitting::of(fit),
            standardise: fit.standardise,
            class_weights: fit.class_weights.clone(),
            train_pictures: None,
            wrong_labels: 0.0,
            augment: None,
            watch: WatchSettings::default(),
        }
    }

    /// The training's configuration, with the epochs, the seed and the threads that the run says.
    pub(crate) fn fit(config: &RunConfig<Self>) -> FitConfig {
        let settings = &config.settings;
        let fit = settings.fitting.fit(config);
        fit.with_standardise(settings.standardise).with_class_weights(settings.class_weights.clone())
    }
}
