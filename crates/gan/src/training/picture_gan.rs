//! A GAN, its classes and its weights in one value: train, generate, save, load.

use std::path::Path;
use std::sync::Arc;

use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::module::{Module, ParamGroup};
use burn::tensor::{Device, Int, Tensor};
use burn::train::{Learner, SupervisedTraining};
use firebrick_callbacks::{
    Callback, CallbackStrategy, ControlledLr, Cursor, ExponentialMovingAverage, Outcome, QuietRenderer, path_ids,
};
use firebrick_data::{ImageCollate, Images, Loader, LoaderConfig};
use firebrick_layers::optim::AdamConfig;
use serde::{Deserialize, Serialize};

use super::clipping::ClippedAdam;
use super::finite::{Defects, FinitePlayers};
use super::samples::{Easel, SampleWriter};
use super::{GanSession, GanTask, PlayerMetric, Round, TrainingConfig, latents};
use crate::{Gan, GanConfig, GanError, Generator};

/// The description of a stored GAN; the weights lie beside it.
const DESCRIPTION: &str = "gan.json";
/// The weights of a stored GAN.
const WEIGHTS: &str = "model.bpk";
/// Pictures that are made at once.
const BATCH: usize = 256;
/// The parameters of the discriminator in a [`GanTask`].
const DISCRIMINATOR: &str = r"^gan\.discriminator\.";

/// A GAN for pictures.
///
/// ```
/// use firebrick_data::Images;
/// use firebrick_gan::GanConfig;
/// use firebrick_gan::training::{GanSession, PictureGan, TrainingConfig};
///
/// // Bright squares on black.
/// let picture = |i: usize| (0..64).map(move |p| if (p / 8 + p % 8) / 4 == i % 4 { 255 } else { 0 });
/// let pixels: Vec<u8> = (0..32).flat_map(picture).collect();
/// let images = Images::new(pixels, [1, 8, 8], vec![0; 32], vec!["square".into()])?;
///
/// let players = GanConfig::dcgan([1, 8, 8])?.with_latent_size(8);
/// let config = TrainingConfig::new().with_epochs(1).with_batch_size(16);
/// let gan = PictureGan::new(players).fit(&images, &images, &config, GanSession::new())?;
/// assert_eq!(gan.generate(5, 3, None)?.dims(), [5, 1, 8, 8]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PictureGan {
    config: GanConfig,
    device: Device,
    trained: Option<Trained>,
}

/// What training adds.
#[derive(Clone, Debug)]
struct Trained {
    gan: Gan,
    classes: Vec<String>,
    /// How the training went; none for one that was loaded.
    outcome: Option<Outcome>,
}

/// `gan.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    classes: Vec<String>,
    players: GanConfig,
}

impl PictureGan {
    /// A GAN on Burn's default device. Nothing is checked or allocated before [`fit`](Self::fit).
    pub fn new(config: GanConfig) -> Self {
        Self { config, device: Device::default(), trained: None }
    }

    /// Uses another device.
    #[must_use]
    pub fn on(mut self, device: &Device) -> Self {
        self.device = device.clone();
        if let Some(trained) = &mut self.trained {
            trained.gan = trained.gan.clone().to_device(device);
        }
        self
    }

    /// Trains both players from fresh weights drawn with `config.seed`; `valid` are real pictures that the discriminator is tested on
    /// after each epoch. With the same seed, pictures and configuration the weights are the same to the byte on the same machine.
    ///
    /// # Errors
    /// When players, pictures or a setting do not fit together, a player's numbers are no longer finite ([`GanError::NotFinite`]), a
    /// checkpoint or a callback fails, or Burn's trainer stops on an error.
    pub fn fit(
        mut self,
        train: &Images,
        valid: &Images,
        config: &TrainingConfig,
        session: GanSession,
    ) -> Result<Self, GanError> {
        config.check()?;
        self.config.check()?;
        self.check_pictures("training", train, 2 * config.discriminator_steps)?;
        self.check_pictures("validation", valid, 1)?;
        let device = self.device.clone().autodiff();
        device.seed(config.seed);
        let gan = self.config.init(&device)?;
        self.check_penalty(&gan, config)?;
        let (gan, outcome) = self.play(gan, [train, valid], config, session)?;
        self.trained = Some(Trained { gan, classes: train.classes().to_vec(), outcome: Some(outcome) });
        Ok(self)
    }

    fn play(
        &self,
        gan: Gan,
        [train, valid]: [&Images; 2],
        config: &TrainingConfig,
        session: GanSession,
    ) -> Result<(Gan, Outcome), GanError> {
        let GanSession { callbacks, checkpoints, samples } = session;
        let (defects, cursor) = (Defects::default(), Cursor::new());
        let mut roster: Vec<Box<dyn Callback>> = vec![Box::new(FinitePlayers(defects.clone()))];
        if let Some(decay) = config.ema {
            roster.push(Box::new(ExponentialMovingAverage::new(decay).warm_up(true)));
        }
        let mut task = path_ids(GanTask::new(gan, config));
        if let Some((count, write)) = samples {
            let noise = latents(0..count, self.config.latent_size, config.seed, &self.device);
            let easel = Easel::new(noise, self.classes_of(0..count, None)?);
            task = task.with_easel(easel.clone());
            roster.push(Box::new(SampleWriter { easel, write }));
        }
        roster.extend(callbacks);

        let strategy = CallbackStrategy::new(self.device.clone()).with_seed(config.seed).with_cursor(cursor.clone());
        let strategy = strategy.with_callbacks(roster).with_batch_step(Round { defects: defects.clone() });
        let strategy = config.steps_per_epoch.into_iter().fold(strategy, CallbackStrategy::limit_train_batches);
        let strategy = checkpoints.into_iter().fold(strategy, CallbackStrategy::with_checkpoints);
        let strategy = strategy.fast_dev_run(config.fast_dev_run);
        let outcome = strategy.outcome();
        let training =
            SupervisedTraining::new(".", training_loader(train, config, &cursor), valid_loader(valid, config));
        let training = PlayerMetric::register(training)
            .renderer(Box::new(QuietRenderer))
            .with_application_logger(None)
            .num_epochs(config.epochs);
        let result = strategy.attach(training).launch(learner(task, config));
        match failure(&defects, &outcome, result.error.map(|error| error.to_string())) {
            Some(error) => Err(error),
            None => Ok((result.model.gan, outcome)),
        }
    }

    /// So many pictures of this seed, `[count, C, H, W]` of values −1 to 1; of a conditional GAN all of one class, or of the classes
    /// in turn. Picture i is the same however many are asked for.
    ///
    /// # Errors
    /// Before training, and for a class that there is not.
    pub fn generate(&self, count: usize, seed: u64, class: Option<usize>) -> Result<Tensor<4>, GanError> {
        let generator = self.generator()?;
        let mut pictures = Vec::new();
        for start in (0..count).step_by(BATCH) {
            let range = start..(start + BATCH).min(count);
            let classes = self.classes_of(range.clone(), class)?;
            let noise = latents(range, self.config.latent_size, seed, &self.device);
            pictures.push(generator.forward(noise, classes));
        }
        let [channels, height, width] = self.config.picture;
        Ok(match pictures.is_empty() {
            true => Tensor::zeros([0, channels, height, width], &self.device),
            false => Tensor::cat(pictures, 0),
        })
    }

    /// The classes of the pictures `range`, for a conditional GAN.
    fn classes_of(
        &self,
        range: std::ops::Range<usize>,
        class: Option<usize>,
    ) -> Result<Option<Tensor<1, Int>>, GanError> {
        let Some(classes) = self.config.classes else {
            let known = "these players were not told of classes".to_owned();
            return class.map_or(Ok(None), |class| Err(GanError::UnknownClass { class, known }));
        };
        if let Some(class) = class.filter(|class| *class >= classes) {
            return Err(GanError::UnknownClass { class, known: format!("they go from 0 to {}", classes - 1) });
        }
        let ids: Vec<i32> = range.map(|i| class.unwrap_or(i % classes) as i32).collect();
        Ok(Some(Tensor::from_ints(ids.as_slice(), &self.device)))
    }

    /// Writes the weights and the players into `directory`, which is made when it does not exist. Files are replaced whole or not at
    /// all.
    ///
    /// # Errors
    /// Before training, or when a file cannot be written.
    pub fn save(&self, directory: impl AsRef<Path>) -> Result<(), GanError> {
        let Trained { gan, classes, .. } = self.trained()?;
        let directory = directory.as_ref();
        std::fs::create_dir_all(directory)
            .map_err(|source| GanError::File { path: directory.to_path_buf(), source })?;
        firebrick_callbacks::save_weights(gan, directory.join(WEIGHTS))?;
        let description = Description { classes: classes.clone(), players: self.config.clone() };
        write_json(&directory.join(DESCRIPTION), &description)
    }

    /// Reads what [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// When a file is missing or damaged, or the weights are other players'.
    pub fn load(directory: impl AsRef<Path>, device: &Device) -> Result<Self, GanError> {
        let Description { classes, players } = read_json(&directory.as_ref().join(DESCRIPTION))?;
        let gan = firebrick_callbacks::load_weights(players.init(device)?, directory.as_ref().join(WEIGHTS))?;
        let trained = Trained { gan: gan.valid(), classes, outcome: None };
        Ok(Self { config: players, device: device.clone(), trained: Some(trained) })
    }

    /// Both players as data.
    pub fn config(&self) -> &GanConfig {
        &self.config
    }

    /// The names of the classes of the training pictures; none before training.
    pub fn classes(&self) -> &[String] {
        self.trained.as_ref().map_or(&[], |trained| &trained.classes)
    }

    /// The trained generator, in evaluation mode.
    ///
    /// # Errors
    /// Before training.
    pub fn generator(&self) -> Result<&Generator, GanError> {
        Ok(&self.trained()?.gan.generator)
    }

    /// Both trained players, in evaluation mode.
    #[cfg(test)]
    pub(super) fn trained_players(&self) -> &Gan {
        &self.trained().expect("trained").gan
    }

    /// How the training went: why it ended early, if it did, and what it went on from; none before training and for a GAN that was
    /// loaded.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.trained.as_ref().and_then(|trained| trained.outcome.as_ref())
    }

    fn trained(&self) -> Result<&Trained, GanError> {
        self.trained.as_ref().ok_or(GanError::NotTrained)
    }

    fn check_pictures(&self, which: &'static str, pictures: &Images, needed: usize) -> Result<(), GanError> {
        let (count, found, expected) = (pictures.len(), pictures.shape(), self.config.picture);
        if count < needed {
            return Err(GanError::TooFewPictures { which, count, needed });
        }
        if found != expected {
            return Err(GanError::PictureShape { which, found, expected });
        }
        let classes = pictures.classes().len();
        match self.config.classes {
            Some(expected) if expected != classes => Err(GanError::Classes { found: classes, expected }),
            _ => Ok(()),
        }
    }

    fn check_penalty(&self, gan: &Gan, config: &TrainingConfig) -> Result<(), GanError> {
        let mixing = |kind: &str| ["batch_norm", "dropout", "spatial_dropout"].contains(&kind);
        let layer = gan.discriminator.network.positions().find(|row| mixing(&row.kind));
        match (config.penalty, layer) {
            (Some(_), Some(layer)) => Err(GanError::PenaltyWithMixing { layer: layer.kind.clone() }),
            _ => Ok(()),
        }
    }
}

/// Pictures of values −1 to 1 as bytes, 0 to 255, in the same order.
pub fn to_bytes(pictures: Tensor<4>) -> Vec<u8> {
    let level = |value: f32| ((value + 1.0) * 127.5).round().clamp(0.0, 255.0) as u8;
    pictures.into_data().iter::<f32>().map(level).collect()
}

/// Pictures at the generator's values, −1 to 1.
pub(super) fn collate(channels: usize) -> Arc<ImageCollate> {
    Arc::new(ImageCollate::normalised(vec![0.5; channels], vec![0.5; channels]))
}

fn training_loader(pictures: &Images, config: &TrainingConfig, cursor: &Cursor) -> burn::train::TrainLoader<GanTask> {
    let size = config.round_size().min(pictures.len());
    let batches = LoaderConfig::new(size).with_workers(config.workers).with_shuffle(config.seed).with_drop_last(true);
    let position = cursor.clone();
    let loader = Loader::new(Arc::new(pictures.clone()), collate(pictures.shape()[0]), batches);
    Arc::new(loader.with_position(move || position.position()))
}

fn valid_loader(pictures: &Images, config: &TrainingConfig) -> burn::train::ValidLoader<GanTask> {
    let batches = LoaderConfig::new(BATCH.min(pictures.len())).with_workers(config.workers);
    let loader = Loader::new(Arc::new(pictures.clone()), collate(pictures.shape()[0]), batches);
    Arc::new(loader.with_position(|| (1, 0)))
}

/// An optimiser and a rate for each player.
fn learner(task: GanTask, config: &TrainingConfig) -> Learner<GanTask> {
    let adam = AdamConfig::new().with_beta_1(config.beta_1).with_beta_2(config.beta_2).with_epsilon(1e-8);
    let second = || ParamGroup::from_regex(DISCRIMINATOR).expect("a valid expression");
    let clipped = ClippedAdam { adam: adam.build(), bound: config.clip };
    let optimizer = adam.init().with_group(second(), clipped, None);
    let rates = ModuleLrScheduler::new(ControlledLr::new(config.generator_rate))
        .with_group(second(), ControlledLr::new(config.discriminator_rate));
    Learner::new(task, optimizer, rates)
}

fn failure(defects: &Defects, outcome: &Outcome, burns: Option<String>) -> Option<GanError> {
    let message = outcome.error().map(|error| error.to_string()).or(burns)?;
    let Some(defect) = defects.first() else { return Some(GanError::Training(message)) };
    let from = outcome.resumed_from().map(|(path, _)| path);
    let (epoch, step) = defect.at;
    let checkpoint = outcome.checkpoint().or(from);
    Some(GanError::NotFinite { player: defect.player, what: defect.what, value: defect.value, epoch, step, checkpoint })
}

pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), GanError> {
    let json = serde_json::to_string_pretty(value).expect("plain data is valid JSON");
    firebrick_callbacks::write_atomically(path, json.as_bytes())
        .map_err(|source| GanError::File { path: path.to_path_buf(), source })
}

pub(super) fn read_json<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, GanError> {
    let text = std::fs::read_to_string(path).map_err(|source| GanError::File { path: path.to_path_buf(), source })?;
    serde_json::from_str(&text)
        .map_err(|error| GanError::Description { path: path.to_path_buf(), message: error.to_string() })
}
