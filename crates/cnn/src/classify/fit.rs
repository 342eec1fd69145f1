//! Training a network on labelled pictures, through Burn's trainer with callbacks.

use burn::config::Config;
use burn::tensor::Device;
use burn::train::metric::{AccuracyMetric, LossMetric};
use burn::train::{Learner, SupervisedTraining};
use firebrick_callbacks::{Callback, CallbackStrategy, Checkpoints, Cursor, Outcome, QuietRenderer, path_ids};
use firebrick_data::{LoaderConfig, check_weights};
use firebrick_layers::optim::AdamWConfig;
use std::sync::Arc;

use super::schedule::Schedule;
use super::task::{Classification, ImageNetwork};
use super::weighted::WeightedMetric;
use super::{ClassWeights, ClassifierError, LabelledPictures, Preprocessing};

/// How a classifier is trained.
#[derive(Config, Debug, PartialEq)]
pub struct FitConfig {
    /// Passes through the training pictures.
    #[config(default = 10)]
    pub epochs: usize,
    /// Pictures per step; the last batch of an epoch may be smaller.
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
    /// What the training pictures of each class count for; the validation's all count the same. Default none.
    pub class_weights: Option<ClassWeights>,
    /// Whether each channel is brought to mean 0 and deviation 1, as measured on the training pictures.
    #[config(default = true)]
    pub standardise: bool,
    /// Seed of the weights, the order of the pictures and dropout.
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

/// What surrounds a training: callbacks, and checkpoints to resume from.
#[derive(Default)]
pub struct Session {
    callbacks: Vec<Box<dyn Callback>>,
    checkpoints: Option<Checkpoints>,
}

impl Session {
    /// No callbacks, no checkpoints.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is called while it trains.
    #[must_use]
    pub fn with_callbacks(self, callbacks: Vec<Box<dyn Callback>>) -> Self {
        Self { callbacks, ..self }
    }

    /// Writes checkpoints, and goes on from them if they say so.
    #[must_use]
    pub fn with_checkpoints(self, checkpoints: Checkpoints) -> Self {
        Self { checkpoints: Some(checkpoints), ..self }
    }
}

/// A trained network and what is needed to use it.
#[derive(Clone, Debug)]
pub struct Fitted<M> {
    /// The network in evaluation mode.
    pub network: M,
    /// What was done to the pictures.
    pub preprocessing: Preprocessing,
    /// Why it ended early, if it did, which checkpoint it went on from, and what should be known.
    pub outcome: Outcome,
}

/// Trains any module that maps pictures to logits: cross-entropy, AdamW.
///
/// With class weights, or with weights of the training or validation pictures, the metrics `Weighted Loss` and
/// `Weighted Accuracy` are there beside `Loss` and `Accuracy`.
///
/// The network lies on an autodiff device; see [`Classifier::fit`](super::Classifier::fit) for networks made of layers. With
/// the same network, pictures and configuration the weights are the same to the byte on the same machine.
///
/// # Errors
/// When pictures or settings do not fit, a checkpoint or a callback fails, or Burn's trainer stops on an error.
pub fn fit_network<M: ImageNetwork>(
    network: M,
    train: &impl LabelledPictures,
    valid: &impl LabelledPictures,
    config: &FitConfig,
    session: Session,
) -> Result<Fitted<M>, ClassifierError> {
    config.check()?;
    check_validation(train, valid)?;
    let weights = Weights::new(train, valid, config)?;
    let device = network.devices().first().cloned().unwrap_or_default();
    let preprocessing = config.preprocessing(train);
    let cursor = Cursor::new();
    let position = cursor.clone();
    let shuffled = config.loader().with_shuffle(config.seed);
    let train_loader = train.loader(&preprocessing, shuffled, Arc::new(move || position.position()));
    let valid_loader = valid.loader(&preprocessing, config.loader(), Arc::new(|| (1, 0)));

    let task = Classification::new(network, config.label_smoothing);
    let task = path_ids(match &weights.of_classes {
        Some(of_classes) => task.with_class_weights(of_classes),
        None => task,
    });
    let optimiser = AdamWConfig::new().with_weight_decay(config.weight_decay as f32).init();
    let (epochs, steps) = config.length(train.count());
    let scheduler = config.schedule.scheduler(config.learning_rate, epochs, steps);
    let learner = Learner::new(task, optimiser, scheduler);

    let strategy = strategy(device, config, cursor, session);
    let outcome = strategy.outcome();
    let training = SupervisedTraining::new(".", train_loader, valid_loader)
        .metrics((AccuracyMetric::new(), LossMetric::new()))
        .renderer(Box::new(QuietRenderer))
        .with_application_logger(None)
        .num_epochs(config.epochs);
    let training = weights.metrics(training);
    let result = strategy.attach(training).launch(learner);
    let failure = outcome.error().map(|error| error.to_string());
    match failure.or_else(|| result.error.map(|error| error.to_string())) {
        Some(message) => Err(ClassifierError::Training(message)),
        None => Ok(Fitted { network: result.model.network, preprocessing, outcome }),
    }
}

fn strategy<M: ImageNetwork>(
    device: Device,
    config: &FitConfig,
    cursor: Cursor,
    session: Session,
) -> CallbackStrategy<Classification<M>> {
    let strategy =
        CallbackStrategy::new(device).with_seed(config.seed).with_cursor(cursor).with_callbacks(session.callbacks);
    let strategy = strategy.validate_every_epochs(config.validation_freq).fast_dev_run(config.fast_dev_run);
    let strategy = config.steps_per_epoch.into_iter().fold(strategy, CallbackStrategy::limit_train_batches);
    let strategy = config.validation_steps.into_iter().fold(strategy, CallbackStrategy::limit_valid_batches);
    let strategy = config.max_steps.into_iter().fold(strategy, CallbackStrategy::max_steps);
    session.checkpoints.into_iter().fold(strategy, CallbackStrategy::with_checkpoints)
}

/// The weights of a training, checked.
struct Weights {
    /// One for each class, if the configuration has any.
    of_classes: Option<Vec<f32>>,
    /// The largest weight that a picture can have; none when all count the same.
    largest: Option<f32>,
}

impl Weights {
    fn new(
        train: &impl LabelledPictures,
        valid: &impl LabelledPictures,
        config: &FitConfig,
    ) -> Result<Self, ClassifierError> {
        let of_classes = config.class_weights.as_ref();
        let of_classes = of_classes.map(|weights| weights.per_class(train.labels(), train.classes())).transpose()?;
        let [of_train, of_valid] = [checked("training", train)?, checked("validation", valid)?];
        let largest = |weights: Option<&[f32]>| weights.map_or(1.0, |all| all.iter().copied().fold(0.0, f32::max));
        let is_weighted = of_classes.is_some() || of_train.is_some() || of_valid.is_some();
        let of_pictures = (largest(of_classes.as_deref()) * largest(of_train)).max(largest(of_valid));
        Ok(Self { of_classes, largest: is_weighted.then_some(of_pictures) })
    }

    /// Adds the weighted metrics to a training that has weights.
    fn metrics<M: ImageNetwork>(
        &self,
        training: SupervisedTraining<Classification<M>>,
    ) -> SupervisedTraining<Classification<M>> {
        match self.largest {
            Some(largest) => training.metrics((WeightedMetric::loss(largest), WeightedMetric::accuracy(largest))),
            None => training,
        }
    }
}

/// The weights of pictures, if they have any.
pub(super) fn checked<'a>(
    which: &'static str,
    pictures: &'a impl LabelledPictures,
) -> Result<Option<&'a [f32]>, ClassifierError> {
    let Some(weights) = pictures.weights() else { return Ok(None) };
    check_weights(weights, pictures.count()).map_err(|source| ClassifierError::SampleWeights { which, source })?;
    Ok(Some(weights))
}

impl FitConfig {
    fn check(&self) -> Result<(), ClassifierError> {
        let refuse = |setting, value: String, rule| Err(ClassifierError::Setting { setting, value, rule });
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

    fn preprocessing(&self, train: &impl LabelledPictures) -> Preprocessing {
        if !self.standardise {
            return Preprocessing::identity(train.shape()[0]);
        }
        let (mean, deviation) = train.moments();
        let deviation = deviation.into_iter().map(|value| if value > 1e-6 { value } else { 1.0 }).collect();
        Preprocessing { mean, deviation }
    }

    /// Epochs and steps of each, for the schedule: what the limits leave of a training on so many pictures.
    fn length(&self, pictures: usize) -> (usize, usize) {
        let batches = pictures.div_ceil(self.batch_size);
        let steps = self.steps_per_epoch.map_or(batches, |limit| limit.min(batches)).max(1);
        let epochs = self.max_steps.map_or(self.epochs, |limit| limit.div_ceil(steps).min(self.epochs));
        (epochs, steps)
    }

    fn loader(&self) -> LoaderConfig {
        LoaderConfig::new(self.batch_size).with_workers(self.workers)
    }
}

fn check_validation(train: &impl LabelledPictures, valid: &impl LabelledPictures) -> Result<(), ClassifierError> {
    if valid.count() == 0 {
        return Err(ClassifierError::Empty { which: "validation" });
    }
    if valid.shape() != train.shape() {
        let (found, expected) = (valid.shape(), train.shape());
        return Err(ClassifierError::PictureShape { which: "validation", found, expected });
    }
    if valid.classes() != train.classes() {
        let (found, expected) = (valid.classes().to_vec(), train.classes().to_vec());
        return Err(ClassifierError::Classes { which: "validation", found, expected });
    }
    Ok(())
}
