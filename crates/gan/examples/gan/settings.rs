//! A recipe's configuration: what `--set` can change.

use firebrick_gan::networks::{Dcgan, DiscriminatorNorm};
use firebrick_gan::training::{DiffAugment, JudgeConfig, Penalty, TrainingConfig};
use firebrick_gan::{GanConfig, Loss};
use firebrick_layers::SequentialConfig;
use firebrick_run::RunConfig;
use serde::{Deserialize, Serialize};

/// The players, how they are trained, and how they are judged. Epochs, seed and loader threads have arguments of their own.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) latent_size: usize,
    /// Filters next to the picture.
    pub(crate) filters: usize,
    pub(crate) discriminator_norm: DiscriminatorNorm,
    /// Whether the players are told the classes.
    pub(crate) conditional: bool,
    /// The text of `--generator` and `--discriminator`, TOML, in place of the DCGAN's.
    #[serde(default)]
    pub(crate) generator: Option<String>,
    #[serde(default)]
    pub(crate) discriminator: Option<String>,
    pub(crate) batch_size: usize,
    pub(crate) discriminator_steps: usize,
    pub(crate) loss: Loss,
    pub(crate) generator_rate: f64,
    pub(crate) discriminator_rate: f64,
    pub(crate) beta_1: f32,
    pub(crate) beta_2: f32,
    pub(crate) label_smoothing: f64,
    pub(crate) label_noise: f64,
    pub(crate) instance_noise: f64,
    pub(crate) spectral_norm: bool,
    pub(crate) diff_augment: DiffAugment,
    #[serde(default)]
    pub(crate) clip: Option<f64>,
    #[serde(default)]
    pub(crate) penalty: Option<Penalty>,
    #[serde(default)]
    pub(crate) ema: Option<f64>,
    /// Batches of each epoch to train on; all if none is said.
    #[serde(default)]
    pub(crate) steps_per_epoch: Option<usize>,
    /// Trains on so many pictures only.
    #[serde(default)]
    pub(crate) train_pictures: Option<usize>,
    /// Pictures that are generated and judged in the end.
    pub(crate) judged: usize,
    pub(crate) judge_epochs: usize,
}

impl Settings {
    /// A DCGAN with the defaults of its training.
    pub(crate) fn new(training: &TrainingConfig) -> Self {
        Self {
            latent_size: 100,
            filters: 32,
            discriminator_norm: DiscriminatorNorm::Batch,
            conditional: false,
            generator: None,
            discriminator: None,
            batch_size: training.batch_size,
            discriminator_steps: training.discriminator_steps,
            loss: training.loss,
            generator_rate: training.generator_rate,
            discriminator_rate: training.discriminator_rate,
            beta_1: training.beta_1,
            beta_2: training.beta_2,
            label_smoothing: training.label_smoothing,
            label_noise: training.label_noise,
            instance_noise: training.instance_noise,
            spectral_norm: training.spectral_norm,
            diff_augment: training.diff_augment,
            clip: training.clip,
            penalty: training.penalty,
            ema: training.ema,
            steps_per_epoch: training.steps_per_epoch,
            train_pictures: None,
            judged: 1000,
            judge_epochs: JudgeConfig::default().epochs,
        }
    }

    /// Both players, for pictures of this shape in so many classes.
    pub(crate) fn players(&self, picture: [usize; 3], classes: usize) -> anyhow::Result<GanConfig> {
        let own = |text: &Option<String>| text.as_deref().map(SequentialConfig::from_toml).transpose();
        let (generator, discriminator) = match (own(&self.generator)?, own(&self.discriminator)?) {
            (Some(generator), Some(discriminator)) => (generator, discriminator),
            (generator, discriminator) => {
                let dcgan = Dcgan::new(picture)?.with_filters(self.filters);
                let dcgan = dcgan.with_discriminator_norm(self.discriminator_norm);
                (generator.unwrap_or_else(|| dcgan.generator()), discriminator.unwrap_or_else(|| dcgan.discriminator()))
            }
        };
        let players = GanConfig::new(picture, generator, discriminator).with_latent_size(self.latent_size);
        let players = players.with_classes(self.conditional.then_some(classes));
        players.check()?;
        Ok(players)
    }

    /// The training's configuration, with the epochs, the seed and the threads that the run says.
    pub(crate) fn training(config: &RunConfig<Self>) -> TrainingConfig {
        let settings = &config.settings;
        TrainingConfig::new()
            .with_epochs(config.epochs)
            .with_seed(config.seed)
            .with_workers(config.workers)
            .with_batch_size(settings.batch_size)
            .with_discriminator_steps(settings.discriminator_steps)
            .with_loss(settings.loss)
            .with_generator_rate(settings.generator_rate)
            .with_discriminator_rate(settings.discriminator_rate)
            .with_beta_1(settings.beta_1)
            .with_beta_2(settings.beta_2)
            .with_label_smoothing(settings.label_smoothing)
            .with_label_noise(settings.label_noise)
            .with_instance_noise(settings.instance_noise)
            .with_spectral_norm(settings.spectral_norm)
            .with_diff_augment(settings.diff_augment)
            .with_clip(settings.clip)
            .with_penalty(settings.penalty)
            .with_ema(settings.ema)
            .with_steps_per_epoch(settings.steps_per_epoch)
    }

    /// The judge's configuration; the judge is the same whatever the run's seed.
    pub(crate) fn judge(&self) -> JudgeConfig {
        JudgeConfig { epochs: self.judge_epochs, ..JudgeConfig::default() }
    }
}
