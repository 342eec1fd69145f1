//! How a network is trained.

use burn::config::Config;
use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;

use super::{ClassWeights, FitError, Schedule};

/// How a network is trained.
#[derive(Config, Debug, PartialEq)]
pub struct FitConfig {
    /// Passes through the training samples.
    #[config(default = 10)]
    pub epochs: usize,
    /// Samples per step; the last batch of an epoch may be smaller.
    #[config(default = 32)]
    pub batch_size: usize,
    /// Adam's rate, at its highest where there is a schedule.
    #[config(default = 1e-3)]
    pub learning_rate: f64,
    /// How the rate changes over the training.
    #[config(default = "Schedule::Constant")]
    pub schedule: Schedule,
    /// Decoupled weight decay (Loshchilov & Hutter, 2019, <https://arxiv.org/abs/1711.05101>).
    #[config(default = 0.0)]
    pub weight_decay: f64,
    /// What the right label gives away to all, 0 to 1.
    #[config(default = 0.0)]
    pub label_smoothing: f64,
    /// What the training samples of each class count for; the validation's all count the same. Default none.
    pub class_weights: Option<ClassWeights>,
    /// Whether numbers are brought to mean 0 and deviation 1, as measured on the training samples: each channel of pictures,
    /// each feature of a series. Symbols are left alone.
    #[config(default = true)]
    pub standardise: bool,
    /// Seed of the weights, the order of the samples and dropout.
    #[config(default = 0)]
    pub seed: u64,
    /// Validates after every so many epochs, counted from the first: Keras's `validation_freq`.
    #[config(default = 1)]
    pub validation_freq: usize,
    /// Trains on so many batches of each epoch, which is shuffled anew, and leaves the rest. Default: all.
    pub steps_per_epoch: Option<usize>,
    /// Validates on so many batches and leaves the rest. Default: all.
    pub validation_steps: Option<usize>,
    /// Ends the training after so many steps in all epochs together. Default: the epochs alone count.
    pub max_steps: Option<usize>,
    /// A trial of all the code in seconds: one training batch, one validation batch, no files but what callbacks insist on.
    #[config(default = false)]
    pub fast_dev_run: bool,
    /// Threads that prepare batches; 0: the training's own. The results are the same.
    #[config(default = 1)]
    pub workers: usize,
}

impl FitConfig {
    /// Whether every setting is in its range.
    ///
    /// # Errors
    /// With the first that is not.
    pub fn check(&self) -> Result<(), FitError> {
        let refuse = |setting, value: String, rule| Err(FitError::Setting { setting, value, rule });
        let counts = [
            ("epochs", Some(self.epochs)),
            ("batch_size", Some(self.batch_size)),
            ("validation_freq", Some(self.validation_freq)),
            ("steps_per_epoch", self.steps_per_epoch),
            ("validation_steps", self.validation_steps),
            ("max_steps", self.max_steps),
        ];
        if let Some((setting, _)) = counts.into_iter().find(|(_, count)| *count == Some(0)) {
            return refuse(setting, 0.to_string(), "at least 1");
        }
        if !(self.learning_rate > 0.0 && self.learning_rate.is_finite()) {
            return refuse("learning_rate", self.learning_rate.to_string(), "above 0");
        }
        if !(0.0..1.0).contains(&self.label_smoothing) {
            return refuse("label_smoothing", self.label_smoothing.to_string(), "at least 0 and below 1");
        }
        if !(self.weight_decay >= 0.0 && self.weight_decay.is_finite()) {
            return refuse("weight_decay", self.weight_decay.to_string(), "at least 0");
        }
        Ok(())
    }

    /// The learning rate of every step, for data of so many batches: over what the limits leave of the training. It is one that
    /// callbacks can set.
    ///
    /// # Panics
    /// When the learning rate is not above 0 and finite; [`check`](Self::check) refuses it.
    pub fn scheduler(&self, batches: usize) -> ModuleLrScheduler {
        let (epochs, steps) = self.length(batches);
        self.schedule.scheduler(self.learning_rate, epochs, steps)
    }

    /// Epochs, and steps of each.
    fn length(&self, batches: usize) -> (usize, usize) {
        let steps = self.steps_per_epoch.map_or(batches, |limit| limit.min(batches)).max(1);
        let epochs = self.max_steps.map_or(self.epochs, |limit| limit.div_ceil(steps).min(self.epochs));
        (epochs, steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_shorten_the_schedule() {
        let config = FitConfig::new().with_epochs(6);
        for (steps_per_epoch, max_steps, expected) in [
            (None, None, (6, 10)),
            (Some(4), None, (6, 4)),
            (Some(40), None, (6, 10)),
            (Some(4), Some(9), (3, 4)),
            (None, Some(1000), (6, 10)),
        ] {
            let limited = config.clone().with_steps_per_epoch(steps_per_epoch).with_max_steps(max_steps);
            assert_eq!(limited.length(10), expected, "{steps_per_epoch:?} {max_steps:?}");
        }
        assert_eq!(config.length(0), (6, 1), "a schedule has a step");
    }
}
