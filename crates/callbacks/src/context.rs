//! What a callback may read and do.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::background::Job;
use crate::gradients::{Gradients, clip_factor};
use crate::metrics::{MetricLog, MetricTable};
use crate::{CallbackError, Direction, Monitor, NamedParameter, Split};

/// Where the training stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Training batches of this epoch already done.
    pub step: usize,
    /// Training batches done since the very first epoch.
    pub global_step: u64,
}

/// How much of a split is done, in the loader's units (samples).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SplitProgress {
    /// Samples done.
    pub done: usize,
    /// Samples of the split.
    pub total: usize,
}

/// A model's weights at one moment, to be written on any thread. They share memory with the model until it learns.
pub(crate) struct Weights(Box<WriteWeights>);

type WriteWeights = dyn FnOnce(&Path) -> Result<(), CallbackError> + Send;

impl Weights {
    pub(crate) fn new(write: impl FnOnce(&Path) -> Result<(), CallbackError> + Send + 'static) -> Self {
        Self(Box::new(write))
    }

    /// Writes them into a file; see [`save_weights`](crate::save_weights).
    pub(crate) fn save(self, path: &Path) -> Result<(), CallbackError> {
        (self.0)(path)
    }
}

/// The learner, with its model's type hidden from callbacks.
pub(crate) trait Trainee {
    fn learning_rate(&self) -> f64;
    fn set_learning_rate(&mut self, rate: f64) -> Result<(), CallbackError>;
    fn save_weights(&self, path: &Path) -> Result<(), CallbackError>;
    fn weights(&self) -> Weights;

    /// Has a job done after those that wait, while the training goes on. Its error ends the training.
    fn in_background(&mut self, job: Job);
    fn load_weights(&mut self, path: &Path) -> Result<(), CallbackError>;
    fn keep_weights(&mut self, slot: &str);
    fn restore_weights(&mut self, slot: &str) -> Result<(), CallbackError>;
    fn has_weights(&self, slot: &str) -> bool;
    fn forget_weights(&mut self, slot: &str);
    fn parameters(&self) -> Vec<NamedParameter>;
    fn average_weights(&mut self, slot: &str, share: f64) -> Result<(), CallbackError>;
    fn swap_weights(&mut self, slot: &str) -> Result<(), CallbackError>;

    /// Whether the last batch ended with an optimiser step.
    fn stepped(&self) -> bool;

    /// The gradients that wait for the optimiser's step.
    fn gradients(&self) -> Option<&dyn Gradients>;
    fn gradients_mut(&mut self) -> Option<&mut dyn Gradients>;
    fn accumulate_gradients(&mut self, batches: usize) -> Result<(), CallbackError>;

    /// Freezes the parameters whose paths are selected, and no others; how many these are.
    fn freeze(&mut self, is_selected: &dyn Fn(&str) -> bool) -> usize;
}

/// What a hook sees of the training, and what it can do to it.
pub struct Context<'a> {
    pub(crate) position: Position,
    pub(crate) epochs: usize,
    pub(crate) progress: SplitProgress,
    pub(crate) train_samples: usize,
    pub(crate) last_rate: f64,
    /// Whether the validation data were gone through in this epoch, at the least once.
    pub(crate) validated: bool,
    /// Whether the epoch's training batches are done.
    pub(crate) trained: bool,
    pub(crate) metrics: &'a mut MetricTable,
    pub(crate) log: &'a MetricLog,
    pub(crate) learner: &'a mut dyn Trainee,
    pub(crate) notices: &'a mut Vec<String>,
}

impl Context<'_> {
    /// The epoch, from 1.
    pub fn epoch(&self) -> usize {
        self.position.epoch
    }

    /// The epoch after which the training ends.
    pub fn epochs(&self) -> usize {
        self.epochs
    }

    /// Training batches of this epoch already done.
    pub fn step(&self) -> usize {
        self.position.step
    }

    /// Training batches done since the very first epoch.
    pub fn global_step(&self) -> u64 {
        self.position.global_step
    }

    /// Whether all training batches of this epoch are done. False in a validation
    /// [inside of an epoch](crate::CallbackStrategy::validate_every_steps), after which the training goes on: what changes weights for
    /// a validation must put them back in its [`on_valid_end`](crate::Callback::on_valid_end) then.
    pub fn is_epoch_trained(&self) -> bool {
        self.trained
    }

    /// Samples of the running split that are done, and that it has.
    pub fn progress(&self) -> SplitProgress {
        self.progress
    }

    /// Samples of the epoch's training: of the whole split, or of the part to which the strategy limits it.
    pub fn train_samples(&self) -> usize {
        self.train_samples
    }

    /// The value of a metric.
    ///
    /// In `on_epoch_end`: over the whole epoch, of validation metrics over its last validation. In `on_valid_end`: over that
    /// validation, and over the training so far. In `on_train_batch_end`: over the batches of the epoch so far, if the callback
    /// [wants batch metrics](crate::Callback::wants_batch_metrics).
    ///
    /// # Errors
    /// When there is no such metric; the error names those that there are.
    pub fn metric(&self, monitor: &Monitor) -> Result<f64, CallbackError> {
        self.metrics.value(monitor)
    }

    /// The value of a metric in [`on_epoch_end`](crate::Callback::on_epoch_end); none in an epoch that went without validation, if it
    /// is a validation metric. What watches a metric from epoch to epoch asks for it here, and skips such epochs.
    ///
    /// # Errors
    /// As [`metric`](Self::metric).
    pub fn measured(&self, monitor: &Monitor) -> Result<Option<f64>, CallbackError> {
        if monitor.split() == Split::Valid && !self.validated {
            return Ok(None);
        }
        self.metric(monitor).map(Some)
    }

    /// The value of a metric over the last batch alone; for a callback that
    /// [wants batch metrics](crate::Callback::wants_batch_metrics).
    ///
    /// # Errors
    /// When there is no such metric, or none that has a value per batch; the error names those that do.
    pub fn batch_metric(&self, monitor: &Monitor) -> Result<f64, CallbackError> {
        self.log.last_batch().value(monitor)
    }

    /// Refuses a training that keeps no metrics per batch, to a callback that wants them.
    pub(crate) fn check_batch_metrics(&self) -> Result<(), CallbackError> {
        if self.log.is_registered() { Ok(()) } else { Err(CallbackError::NoBatchMetrics) }
    }

    /// All metrics, as [`metric`](Self::metric) gives them: losses first, then in the order of their registration.
    pub fn metrics(&self) -> &MetricTable {
        self.metrics
    }

    /// The metrics of the running split as far as they are computed by now, a few batches late; for a display. Empty unless the
    /// strategy was [attached](crate::CallbackStrategy::attach).
    pub fn running_metrics(&self) -> MetricTable {
        self.log.running()
    }

    /// Adds a value of one's own to the metrics of this epoch, for the callbacks that come after this one (the history, say).
    /// `column` is its name there, such as `valid_fid`.
    pub fn add_metric(&mut self, column: &str, value: f64) {
        self.metrics.add(column, value);
    }

    /// Something that the user should know and that does not end the training: every callback is told after this hook
    /// ([`on_notice`](crate::Callback::on_notice)), and [`Outcome::notices`](crate::Outcome::notices) keeps it.
    pub fn notice(&mut self, notice: impl Into<String>) {
        self.notices.push(notice.into());
    }

    /// Which way the monitored metric is better: what the monitor says, else what the metric's definition says.
    ///
    /// # Errors
    /// When neither says so.
    pub fn direction(&self, monitor: &Monitor) -> Result<Direction, CallbackError> {
        let direction = monitor.direction.or_else(|| self.log.direction(monitor.name()));
        direction.ok_or_else(|| CallbackError::UnknownDirection { name: monitor.name().to_owned() })
    }

    /// The learning rate in force: of the last step, or the next step's if a callback has set it since. Before the first step it
    /// is 0, unless the learner has a [`ControlledLr`](crate::ControlledLr).
    pub fn learning_rate(&self) -> f64 {
        self.learner.learning_rate()
    }

    /// The learning rate of the last optimiser step, whatever has been set since; 0 before the first.
    pub fn last_learning_rate(&self) -> f64 {
        self.last_rate
    }

    /// Sets the learning rate from the next step on (with several parameter groups: that of the base group).
    ///
    /// # Errors
    /// When the learner was not built with [`ControlledLr`](crate::ControlledLr), or the rate is negative or not finite.
    pub fn set_learning_rate(&mut self, rate: f64) -> Result<(), CallbackError> {
        if !rate.is_finite() || rate < 0.0 {
            let rule = "a learning rate must be finite and at least 0";
            return Err(CallbackError::Setting { setting: "learning rate", value: rate.to_string(), rule });
        }
        self.learner.set_learning_rate(rate)
    }

    /// Writes the model's weights into a file, atomically; see [`save_weights`](crate::save_weights).
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save_weights(&self, path: &Path) -> Result<(), CallbackError> {
        self.learner.save_weights(path)
    }

    /// The weights of this moment.
    pub(crate) fn weights(&self) -> Weights {
        self.learner.weights()
    }

    /// Has a callback's files written while the training goes on: after those that wait, and before the checkpoint that comes next.
    /// An error ends the training after the batch that runs.
    pub(crate) fn in_background(
        &mut self,
        callback: &str,
        job: impl FnOnce() -> Result<(), CallbackError> + Send + 'static,
    ) {
        let callback = callback.to_owned();
        self.learner.in_background(Box::new(move || job().map_err(|error| error.within(&callback))));
    }

    /// Replaces the model's weights by those in a file; see [`load_weights`](crate::load_weights). The optimiser's state stays.
    ///
    /// # Errors
    /// When the file cannot be read or holds another model's weights.
    pub fn load_weights(&mut self, path: &Path) -> Result<(), CallbackError> {
        self.learner.load_weights(path)
    }

    /// Keeps a copy of the model's weights in memory under a name, in place of those kept there before. They are part of every
    /// checkpoint.
    pub fn keep_weights(&mut self, slot: &str) {
        self.learner.keep_weights(slot);
    }

    /// Puts kept weights back into the model. They stay kept. The optimiser's state is not touched.
    ///
    /// # Errors
    /// When nothing was kept under this name.
    pub fn restore_weights(&mut self, slot: &str) -> Result<(), CallbackError> {
        self.learner.restore_weights(slot)
    }

    /// Whether weights are kept under this name.
    pub fn has_weights(&self, slot: &str) -> bool {
        self.learner.has_weights(slot)
    }

    /// Drops kept weights, if there are any.
    pub fn forget_weights(&mut self, slot: &str) {
        self.learner.forget_weights(slot);
    }

    /// Moves kept weights towards the model's by a share of their distance: `kept += share · (weights − kept)`, for every float
    /// parameter and for buffers such as batch normalisation's running statistics. A share of 1 − decay makes an exponential moving
    /// average, 1/n a plain one of n models. One pass over memory, in place.
    ///
    /// # Errors
    /// When nothing was kept under this name, or the share is not from 0 to 1.
    pub fn average_weights(&mut self, slot: &str, share: f64) -> Result<(), CallbackError> {
        if !(0.0..=1.0).contains(&share) {
            let rule = "a share must be from 0 to 1";
            return Err(CallbackError::Setting { setting: "share", value: share.to_string(), rule });
        }
        self.learner.average_weights(slot, share)
    }

    /// Exchanges the model's weights and kept ones; done twice, every bit is as before. The optimiser's state is not touched.
    ///
    /// # Errors
    /// When nothing was kept under this name.
    pub fn swap_weights(&mut self, slot: &str) -> Result<(), CallbackError> {
        self.learner.swap_weights(slot)
    }

    /// Every float parameter of the model with its path, shape and values, in the order of the module's fields; buffers such as
    /// batch normalisation's running statistics are among them. A copy: for histograms and norms now and then, not after every step.
    pub fn parameters(&self) -> Vec<NamedParameter> {
        self.learner.parameters()
    }

    /// In `on_train_batch_end`: whether the batch ended with an optimiser step, rather than leaving its gradients to be accumulated.
    pub fn has_stepped(&self) -> bool {
        self.learner.stepped()
    }

    /// The global Euclidean norm of the gradients, over all parameters.
    ///
    /// # Errors
    /// Outside of [`on_optimizer_step_begin`](crate::Callback::on_optimizer_step_begin), as all methods about gradients.
    pub fn gradient_norm(&self) -> Result<f64, CallbackError> {
        Ok(self.pending()?.norm())
    }

    /// The gradient of every parameter that has one, with the parameter's path. A copy.
    ///
    /// # Errors
    /// As [`gradient_norm`](Self::gradient_norm).
    pub fn gradients(&self) -> Result<Vec<NamedParameter>, CallbackError> {
        Ok(self.pending()?.named())
    }

    /// Scales all gradients so that their global norm is at most `max`, as PyTorch's `clip_grad_norm_`; gives the norm they had.
    /// Gradients whose norm is not finite stay as they are.
    ///
    /// # Errors
    /// As [`gradient_norm`](Self::gradient_norm), and when `max` is not a number above 0.
    pub fn clip_gradients_by_norm(&mut self, max: f64) -> Result<f64, CallbackError> {
        check_limit("max", max)?;
        let norm = self.gradient_norm()?;
        if let Some(factor) = clip_factor(norm, max) {
            self.pending_mut()?.scale(factor);
        }
        Ok(norm)
    }

    /// Clamps every element of every gradient into `-max..=max`, as PyTorch's `clip_grad_value_`.
    ///
    /// # Errors
    /// As [`clip_gradients_by_norm`](Self::clip_gradients_by_norm).
    pub fn clip_gradients_by_value(&mut self, max: f64) -> Result<(), CallbackError> {
        check_limit("max", max)?;
        self.pending_mut()?.clamp(max);
        Ok(())
    }

    /// From the next batch on, each optimiser step uses the mean of the gradients of so many batches; an epoch's last group is as
    /// large as what is left. To be set again in a resumed run, in `on_train_batch_begin` say.
    ///
    /// # Errors
    /// When `batches` is 0, when the training has a batch step of its own, or accumulates through Burn's `grads_accumulation`.
    pub fn accumulate_gradients(&mut self, batches: usize) -> Result<(), CallbackError> {
        if batches == 0 {
            let rule = "gradients accumulate over at least one batch";
            return Err(CallbackError::Setting { setting: "batches", value: "0".to_owned(), rule });
        }
        self.learner.accumulate_gradients(batches)
    }

    /// From the next batch on, the parameters whose paths (`backbone.0.weight`) are selected do not learn, and all others do: no
    /// gradient is computed for them and the optimiser leaves them and their state alone. Buffers such as running statistics go on.
    /// Gives how many parameters and buffers were selected. To be done again in a resumed run, in `on_train_batch_begin` say.
    pub fn freeze(&mut self, is_selected: impl Fn(&str) -> bool) -> usize {
        self.learner.freeze(&is_selected)
    }

    fn pending(&self) -> Result<&dyn Gradients, CallbackError> {
        self.learner.gradients().ok_or(CallbackError::NoGradients)
    }

    fn pending_mut(&mut self) -> Result<&mut dyn Gradients, CallbackError> {
        self.learner.gradients_mut().ok_or(CallbackError::NoGradients)
    }
}

fn check_limit(setting: &'static str, limit: f64) -> Result<(), CallbackError> {
    if limit > 0.0 {
        return Ok(());
    }
    Err(CallbackError::Setting { setting, value: limit.to_string(), rule: "a limit of gradients must be above 0" })
}
