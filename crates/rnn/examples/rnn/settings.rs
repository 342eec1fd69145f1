//! A recipe's configuration: what `--set` can change.

use firebrick_rnn::tasks::{FitConfig, Schedule};
use firebrick_run::{RunConfig, WatchSettings};
use serde::{Deserialize, Serialize};

/// The problem, how it is learnt, and the callbacks. Epochs, seed and loader threads have arguments of their own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Settings<P> {
    /// What the recipe alone has.
    #[serde(flatten)]
    pub(crate) problem: P,
    #[serde(flatten)]
    pub(crate) fitting: Fitting,
    /// Callbacks that are asked for by their own names.
    #[serde(flatten)]
    pub(crate) watch: WatchSettings,
}

/// How a network is trained.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Fitting {
    pub(crate) batch_size: usize,
    pub(crate) learning_rate: f64,
    pub(crate) schedule: Schedule,
    pub(crate) weight_decay: f64,
    pub(crate) label_smoothing: f64,
    /// Validates after every so many epochs.
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
}

impl<P> Settings<P> {
    /// A problem and how it is learnt; no callbacks but a bound on the norm of all gradients together, without which recurrent
    /// networks leap where the loss is steep (Pascanu et al., 2013, <https://arxiv.org/abs/1211.5063>).
    pub(crate) fn new(problem: P, fit: &FitConfig) -> Self {
        let watch = WatchSettings { clip_norm: Some(1.0), ..WatchSettings::default() };
        Self { problem, fitting: Fitting::of(fit), watch }
    }

    /// The training's configuration, with the epochs, the seed and the threads that the run says.
    pub(crate) fn fit(config: &RunConfig<Self>) -> FitConfig {
        let fitting = &config.settings.fitting;
        FitConfig::new()
            .with_epochs(config.epochs)
            .with_seed(config.seed)
            .with_workers(config.workers)
            .with_batch_size(fitting.batch_size)
            .with_learning_rate(fitting.learning_rate)
            .with_schedule(fitting.schedule)
            .with_weight_decay(fitting.weight_decay)
            .with_label_smoothing(fitting.label_smoothing)
            .with_validation_freq(fitting.validation_freq)
            .with_steps_per_epoch(fitting.steps_per_epoch)
            .with_validation_steps(fitting.validation_steps)
            .with_max_steps(fitting.max_steps)
    }
}

impl Fitting {
    fn of(fit: &FitConfig) -> Self {
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
}
