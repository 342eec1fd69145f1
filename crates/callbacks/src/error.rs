//! What can go wrong in a callback, said so that the reader knows what to do.

use std::error::Error;
use std::path::PathBuf;

use thiserror::Error;

use crate::{CheckpointError, EventError, Split, WeightsError};

/// An error raised by a callback or by the strategy that calls them. It ends the training: Burn reports it in
/// `LearningResult.error`, and [`Outcome::error`](crate::Outcome::error) hands it out with its type.
#[derive(Debug, Error)]
pub enum CallbackError {
    /// An error, with the callback that raised it.
    #[error("{callback}: {source}")]
    In {
        /// Name of the callback.
        callback: String,
        /// What went wrong in it.
        source: Box<CallbackError>,
    },

    /// A monitored metric does not exist.
    #[error("there is no {split} metric \"{name}\"; the {split} metrics are: {known}")]
    UnknownMetric {
        /// The name asked for.
        name: String,
        /// The split on which it was looked for.
        split: Split,
        /// The names that exist there, comma separated.
        known: String,
    },

    /// Neither the monitor nor the metric's definition says which way is better.
    #[error(
        "the metric \"{name}\" does not define whether lower or higher is better; add .min() or .max() to its monitor"
    )]
    UnknownDirection {
        /// Name of the metric.
        name: String,
    },

    /// A callback sets the learning rate of a learner whose rate cannot be set.
    #[error(
        "the learning rate cannot be set: the learner was built with a plain rate or a schedule of its own; build it with \
         Learner::new(model, optimizer, ControlledLr::new(rate))"
    )]
    FixedLearningRate,

    /// A setting is out of its range.
    #[error("{setting} = {value}: {rule}")]
    Setting {
        /// Name of the setting.
        setting: &'static str,
        /// Its value.
        value: String,
        /// The rule that it breaks.
        rule: &'static str,
    },

    /// A file name template cannot be filled in.
    #[error("the file name \"{template}\" cannot be filled in: {rule}")]
    Template {
        /// The template as given.
        template: String,
        /// What is wrong with it.
        rule: String,
    },

    /// Weights are to be restored that were never kept.
    #[error("no weights were kept under the name \"{slot}\"")]
    NoKeptWeights {
        /// Name given when keeping and restoring.
        slot: String,
    },

    /// Gradient accumulation was asked for together with a batch step that does its own optimiser steps.
    #[error("grads_accumulation does not go together with a batch step of your own: accumulate in that step instead")]
    AccumulationInBatchStep,

    /// A callback accumulates gradients in a training that already accumulates through Burn.
    #[error(
        "gradients accumulate through SupervisedTraining::grads_accumulation already; leave that out, the callback does \
         it alone"
    )]
    AccumulationTwice,

    /// Gradients are asked for where there are none.
    #[error("there are gradients only in on_optimizer_step_begin, for a callback whose wants_gradients() is true")]
    NoGradients,
    /// A training was given callbacks and then another strategy, or was never launched.
    #[error(
        "the callbacks were never called: the training got another strategy after them, or was not launched; callbacks \
         train on the one device of their strategy, not with Burn's strategies for several"
    )]
    NeverCalled,

    /// Weights could not be written or read.
    #[error(transparent)]
    Weights(#[from] WeightsError),

    /// A checkpoint could not be written or read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),

    /// An event for TensorBoard could not be written.
    #[error(transparent)]
    Events(#[from] EventError),

    /// A file that a callback keeps could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },

    /// A file that a callback no longer keeps could not be deleted.
    #[error("cannot delete {}: {source}", path.display())]
    Remove {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },

    /// A metric that must be finite is not.
    #[error(
        "{monitor} is {value} in batch {step} of epoch {epoch}; lower the learning rate, clip the gradients, or look for bad \
         values in that batch"
    )]
    NotFinite {
        /// The metric.
        monitor: String,
        /// Its value.
        value: f64,
        /// The epoch, from 1.
        epoch: usize,
        /// The batch, from 1.
        step: usize,
    },

    /// A callback needs metrics after every batch, and nobody keeps them.
    #[error("it needs metrics after every batch: build the training with CallbackStrategy::attach")]
    NoBatchMetrics,

    /// The state in a checkpoint is not what the callback wrote.
    #[error("its state in the checkpoint cannot be read: {0}")]
    State(#[from] serde_json::Error),

    /// Any other error, for callbacks outside of this crate.
    #[error(transparent)]
    Other(Box<dyn Error + Send + Sync>),
}

impl CallbackError {
    /// Wraps an error of one's own.
    pub fn other(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }

    pub(crate) fn within(self, callback: &str) -> Self {
        Self::In { callback: callback.to_owned(), source: Box::new(self) }
    }
}
