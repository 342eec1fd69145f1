//! Keeps the model's weights in files as the training goes on, with the semantics of Keras's `ModelCheckpoint`.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::callback::HookResult;
use crate::file_name::FileName;
use crate::{Callback, CallbackError, Context, Direction, Flow, Monitor};

/// A file of weights, and what the monitored metric was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedModel {
    /// The file.
    pub path: PathBuf,
    /// The epoch, from 1.
    pub epoch: usize,
    /// The monitored metric.
    pub value: f64,
}

/// A handle on the best file that a [`ModelCheckpoint`] has written.
#[derive(Clone, Debug, Default)]
pub struct BestCheckpoint {
    best: Arc<Mutex<Option<SavedModel>>>,
}

impl BestCheckpoint {
    /// The best file so far; none before the first improvement.
    pub fn saved(&self) -> Option<SavedModel> {
        self.best.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, best: Option<SavedModel>) {
        *self.best.lock().unwrap_or_else(PoisonError::into_inner) = best;
    }
}

/// Writes the weights to a file after every epoch, or only when a metric improves; each is written atomically. For states from which
/// a training can go on see [`Checkpoints`](crate::Checkpoints).
///
/// The file name may have places to fill in: `{epoch:02}` (from 1), `{step}`, metrics such as `{valid_loss:.2}`.
///
/// ```
/// use firebrick_callbacks::{ModelCheckpoint, Monitor};
///
/// let best = ModelCheckpoint::new("run/best.bpk", Monitor::valid("Loss")).save_best_only(true);
/// let each = ModelCheckpoint::new("run/{epoch:02}-{valid_loss:.2}.bpk", Monitor::valid("Loss"));
/// ```
#[derive(Clone, Debug)]
pub struct ModelCheckpoint {
    template: PathBuf,
    monitor: Monitor,
    save_best_only: bool,
    initial_value_threshold: Option<f64>,
    every_steps: Option<u64>,
    file: Option<FileName>,
    direction: Direction,
    best_value: Option<f64>,
    best: BestCheckpoint,
}

/// What a checkpoint holds.
#[derive(Serialize, Deserialize)]
struct Saved {
    best_value: Option<f64>,
    best: Option<SavedModel>,
}

impl ModelCheckpoint {
    /// Writes to files of this name, and watches this metric. Default: after every epoch.
    pub fn new(path: impl Into<PathBuf>, monitor: Monitor) -> Self {
        Self {
            template: path.into(),
            monitor,
            save_best_only: false,
            initial_value_threshold: None,
            every_steps: None,
            file: None,
            direction: Direction::Min,
            best_value: None,
            best: BestCheckpoint::default(),
        }
    }

    /// Whether only an improvement is written. Default `false`.
    pub fn save_best_only(self, only: bool) -> Self {
        Self { save_best_only: only, ..self }
    }

    /// What the first value must beat to be an improvement. Default none: the first finite value is one.
    pub fn initial_value_threshold(self, value: f64) -> Self {
        Self { initial_value_threshold: Some(value), ..self }
    }

    /// Writes after every so many training batches (at least 1), instead of after every epoch. Only training metrics are known then.
    pub fn every_steps(self, steps: usize) -> Self {
        Self { every_steps: Some(steps.max(1) as u64), ..self }
    }

    /// A handle on the best file, to be read while and after the training runs.
    pub fn best(&self) -> BestCheckpoint {
        self.best.clone()
    }

    fn save(&mut self, context: &mut Context<'_>) -> HookResult {
        let Some(file) = &self.file else { return Ok(Flow::Continue) };
        let value = self.value(context)?;
        let improved = value.is_some_and(|value| self.direction.improves(value, self.best_value, 0.0));
        if self.save_best_only && !improved {
            return Ok(Flow::Continue);
        }
        let path = file.fill_in(context)?;
        context.save_weights(&path)?;
        if let Some(value) = value.filter(|_| improved) {
            self.best_value = Some(value);
            self.best.set(Some(SavedModel { path, epoch: context.epoch(), value }));
        }
        Ok(Flow::Continue)
    }

    /// The monitored value; inside of an epoch none for a validation metric that is not needed.
    fn value(&self, context: &Context<'_>) -> Result<Option<f64>, CallbackError> {
        match context.metric(&self.monitor) {
            Err(_) if self.every_steps.is_some() && !self.save_best_only => Ok(None),
            value => value.map(Some),
        }
    }
}

impl Callback for ModelCheckpoint {
    fn name(&self) -> &str {
        "ModelCheckpoint"
    }

    fn monitors(&self) -> Vec<Monitor> {
        vec![self.monitor.clone()]
    }

    fn keeps_files(&self) -> bool {
        true
    }

    fn wants_batch_metrics(&self) -> bool {
        let names_metric = self.file.as_ref().is_some_and(FileName::has_metric);
        self.every_steps.is_some() && (self.save_best_only || names_metric)
    }

    fn on_train_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.file = Some(FileName::parse(&self.template)?);
        self.direction = context.direction(&self.monitor)?;
        self.best_value = self.initial_value_threshold;
        self.best.set(None);
        Ok(Flow::Continue)
    }

    fn on_train_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        match self.every_steps {
            Some(steps) if context.global_step().is_multiple_of(steps) => self.save(context),
            _ => Ok(Flow::Continue),
        }
    }

    fn on_epoch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        if self.every_steps.is_some() { Ok(Flow::Continue) } else { self.save(context) }
    }

    fn state(&self) -> Value {
        serde_json::json!(Saved { best_value: self.best_value, best: self.best.saved() })
    }

    fn load_state(&mut self, state: &Value) -> Result<(), CallbackError> {
        let saved = Saved::deserialize(state)?;
        self.best_value = saved.best_value;
        self.best.set(saved.best);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
