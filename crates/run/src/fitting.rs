//! What `--set` can change of how a network is trained: the part that all recipes share.

use firebrick_callbacks::fit::{FitConfig, Schedule};
use serde::{Deserialize, Serialize};

use crate::config::RunConfig;

/// How a network is trained, as a recipe stores it. Epochs, seed and loader threads have arguments of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitting {
    /// Samples of a batch.
    pub batch_size: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// How the rate changes from step to step.
    pub schedule: Schedule,
    /// The share of each weight that is taken off per step and unit of the rate.
    pub weight_decay: f64,
    /// The share of probability that is spread over all classes.
    pub label_smoothing: f64,
    /// Validates after every so many epochs. Default: every one.
    #[serde(default = "every_epoch")]
    pub validation_freq: usize,
    /// Batches of each epoch to train on; all if none is said, as below.
    #[serde(default)]
    pub steps_per_epoch: Option<usize>,
    /// Batches to validate on.
    #[serde(default)]
    pub validation_steps: Option<usize>,
    /// Steps after which the training ends, whatever the epochs.
    #[serde(default)]
    pub max_steps: Option<usize>,
}

impl Fitting {
    /// What a training's configuration has of it.
    pub fn of(fit: &FitConfig) -> Self {
        Self {
            batch_size: fit.batch_size,
            learning_rate: fit.learning_rate,
            schedule: fit.schedule,
            weight_decay: fit.weight_decay,
            label_smoothing: fit.label_smoothing,
            validation_freq: fit.validation_freq,
            steps_per_epoch: fit.steps_per_epoch,
            validation_steps: fit.validation_steps,
            max_steps: fit.max_steps,
        }
    }

    /// The training's configuration, with the epochs, the seed and the threads that the run says.
    pub fn fit<T>(&self, config: &RunConfig<T>) -> FitConfig {
        FitConfig::new()
            .with_epochs(config.epochs)
            .with_seed(config.seed)
            .with_workers(config.workers)
            .with_batch_size(self.batch_size)
            .with_learning_rate(self.learning_rate)
            .with_schedule(self.schedule)
            .with_weight_decay(self.weight_decay)
            .with_label_smoothing(self.label_smoothing)
            .with_validation_freq(self.validation_freq)
            .with_steps_per_epoch(self.steps_per_epoch)
            .with_validation_steps(self.validation_steps)
            .with_max_steps(self.max_steps)
    }
}

fn every_epoch() -> usize {
    1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DeviceName, RunConfig};

    #[test]
    fn every_field_reaches_the_training_and_comes_back() {
        let fitting = Fitting {
            batch_size: 3,
            learning_rate: 0.25,
            schedule: Schedule::Cosine { warmup_epochs: 2 },
            weight_decay: 0.5,
            label_smoothing: 0.1,
            validation_freq: 4,
            steps_per_epoch: Some(5),
            validation_steps: Some(6),
            max_steps: Some(7),
        };
        let config = RunConfig {
            version: String::new(),
            crate_name: "cnn".into(),
            recipe: "digits".into(),
            dataset: "digits".into(),
            data_dir: None,
            picture_size: None,
            device: DeviceName::default(),
            seed: 8,
            seeds: None,
            epochs: 9,
            workers: 1,
            model: None,
            settings: (),
        };
        let fit = fitting.fit(&config);
        assert_eq!((fit.seed, fit.epochs, fit.workers), (8, 9, 1));
        assert_eq!(Fitting::of(&fit), fitting);
    }

    #[test]
    fn a_run_stored_before_the_limits_existed_has_none() {
        let stored = serde_json::json!({
            "batch_size": 32, "learning_rate": 0.001, "schedule": Schedule::Constant, "weight_decay": 0.0, "label_smoothing": 0.0,
        });
        let fitting: Fitting = serde_json::from_value(stored).unwrap();
        assert_eq!(fitting, Fitting::of(&FitConfig::new().with_batch_size(32).with_learning_rate(0.001)));
    }
}
