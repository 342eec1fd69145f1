//! How the players are trained.

use burn::config::Config;

use super::{DiffAugment, Penalty};
use crate::{GanError, Loss, Targets};

/// How the players are trained. The defaults are the paper's (Radford et al., 2016, <https://arxiv.org/abs/1511.06434>).
#[derive(Config, Debug, PartialEq)]
pub struct TrainingConfig {
    /// Passes through the real pictures.
    #[config(default = 10)]
    pub epochs: usize,
    /// Real pictures, and as many fakes, in one step of the discriminator; pictures in one step of the generator.
    #[config(default = 64)]
    pub batch_size: usize,
    /// Steps of the discriminator for one of the generator, each on other pictures.
    #[config(default = 1)]
    pub discriminator_steps: usize,
    /// What they play for.
    #[config(default = "Loss::NonSaturating")]
    pub loss: Loss,
    /// Adam's rate for the generator.
    #[config(default = 2e-4)]
    pub generator_rate: f64,
    /// Adam's rate for the discriminator; another than the generator's is the two time-scale rule (Heusel et al., 2017,
    /// <https://arxiv.org/abs/1706.08500>).
    #[config(default = 2e-4)]
    pub discriminator_rate: f64,
    /// Adam's decay of the mean.
    #[config(default = 0.5)]
    pub beta_1: f32,
    /// Adam's decay of the squares.
    #[config(default = 0.999)]
    pub beta_2: f32,
    /// What the target of real pictures gives away, 0 to 1.
    #[config(default = 0.0)]
    pub label_smoothing: f64,
    /// The share of the discriminator's targets that are wrong, 0 to 0.5.
    #[config(default = 0.0)]
    pub label_noise: f64,
    /// Deviation of the noise on every picture that the discriminator sees (Arjovsky & Bottou, 2017,
    /// <https://arxiv.org/abs/1701.04862>).
    #[config(default = 0.0)]
    pub instance_noise: f64,
    /// The bound on each weight of the discriminator, for the Wasserstein loss; 0.01 in its paper.
    pub clip: Option<f64>,
    /// Whether each weight of the discriminator is divided by its largest singular value (Miyato et al., 2018,
    /// <https://arxiv.org/abs/1802.05957>).
    #[config(default = false)]
    pub spectral_norm: bool,
    /// Random changes of all pictures that the discriminator learns from.
    #[config(default = "DiffAugment::default()")]
    pub diff_augment: DiffAugment,
    /// What bounds the discriminator's slope.
    pub penalty: Option<Penalty>,
    /// The decay per step of a moving average of the weights, which makes the pictures; 0.999 say. Default none.
    pub ema: Option<f64>,
    /// Seed of the weights, the noise and the order of the pictures.
    #[config(default = 0)]
    pub seed: u64,
    /// Trains on so many batches of each epoch. Default all.
    pub steps_per_epoch: Option<usize>,
    /// A trial of all the code in seconds: one batch, nothing written.
    #[config(default = false)]
    pub fast_dev_run: bool,
    /// Threads that prepare batches; 0: the training's own. The results are the same.
    #[config(default = 1)]
    pub workers: usize,
}

impl TrainingConfig {
    /// Whether every setting is in its range.
    ///
    /// # Errors
    /// With the first that is not.
    pub fn check(&self) -> Result<(), GanError> {
        let refuse = |setting, value: String, rule| Err(GanError::Setting { setting, value, rule });
        let counts = [
            ("epochs", self.epochs),
            ("batch_size", self.batch_size),
            ("discriminator_steps", self.discriminator_steps),
        ];
        if let Some((setting, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return refuse(setting, "0".into(), "at least 1");
        }
        if self.batch_size == 1 {
            return refuse("batch_size", "1".into(), "at least 2, for batch normalisation");
        }
        let within = |low: f64, high: f64| move |value: f64| value >= low && value <= high;
        let rates = [("generator_rate", self.generator_rate), ("discriminator_rate", self.discriminator_rate)];
        for (setting, rate) in rates {
            if !(rate > 0.0 && rate.is_finite()) {
                return refuse(setting, rate.to_string(), "above 0");
            }
        }
        let shares = [
            ("beta_1", f64::from(self.beta_1), 0.999_999),
            ("beta_2", f64::from(self.beta_2), 0.999_999_9),
            ("label_smoothing", self.label_smoothing, 0.5),
            ("label_noise", self.label_noise, 0.5),
            ("instance_noise", self.instance_noise, 10.0),
            ("ema", self.ema.unwrap_or(0.0), 1.0),
        ];
        if let Some((setting, value, _)) = shares.into_iter().find(|&(_, value, high)| !within(0.0, high)(value)) {
            return refuse(setting, value.to_string(), "from 0 up: below 1, noise and smoothing of labels at most 0.5");
        }
        self.check_loss()
    }

    fn check_loss(&self) -> Result<(), GanError> {
        let refuse = |setting, value: f64, rule| Err(GanError::Setting { setting, value: value.to_string(), rule });
        if let Some(clip) = self.clip.filter(|clip| !(*clip > 0.0 && clip.is_finite())) {
            return refuse("clip", clip, "above 0");
        }
        if let Some(penalty) = self.penalty.filter(|penalty| !(penalty.weight() > 0.0 && penalty.weight().is_finite()))
        {
            return refuse("penalty", penalty.weight(), "a weight above 0");
        }
        let targets = [("label_smoothing", self.label_smoothing), ("label_noise", self.label_noise)];
        if let Some((setting, value)) = targets.into_iter().find(|(_, value)| *value > 0.0 && !self.loss.has_targets())
        {
            return refuse(
                setting,
                value,
                "0 for a loss without targets; non-saturating, minimax and least-squares have them",
            );
        }
        if self.loss == Loss::Wasserstein && self.clip.is_none() && self.penalty.is_none() && !self.spectral_norm {
            let rule = "bounded with this loss: set `clip` (0.01 in its paper), `penalty` or `spectral_norm`";
            return Err(GanError::Setting { setting: "the discriminator's slope", value: "free".into(), rule });
        }
        Ok(())
    }

    /// The discriminator's targets.
    pub fn targets(&self) -> Targets {
        Targets { smoothing: self.label_smoothing, noise: self.label_noise }
    }

    /// Pictures that one round takes: those of all the discriminator's steps.
    pub(super) fn round_size(&self) -> usize {
        self.batch_size.saturating_mul(self.discriminator_steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_out_of_range_are_named() {
        let config = TrainingConfig::new;
        assert!(config().check().is_ok());
        let cases = [
            (config().with_epochs(0), "epochs = 0"),
            (config().with_batch_size(1), "batch_size = 1"),
            (config().with_generator_rate(f64::NAN), "generator_rate = NaN"),
            (config().with_label_noise(0.6), "label_noise = 0.6"),
            (config().with_ema(Some(1.5)), "ema = 1.5"),
            (config().with_loss(Loss::Wasserstein), "set `clip`"),
            (config().with_loss(Loss::Hinge).with_label_smoothing(0.1), "a loss without targets"),
            (config().with_loss(Loss::Wasserstein).with_clip(Some(0.0)), "clip = 0"),
            (config().with_penalty(Some(Penalty::R1 { weight: -1.0 })), "penalty = -1"),
        ];
        for (config, part) in cases {
            let message = config.check().unwrap_err().to_string();
            assert!(message.contains(part), "{part}: {message}");
        }
        assert!(config().with_loss(Loss::Wasserstein).with_clip(Some(0.01)).check().is_ok());
    }
}
