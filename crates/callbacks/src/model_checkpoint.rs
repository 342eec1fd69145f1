//! Keeps the model's weights in files as the training goes on, with the semantics of Keras's `ModelCheckpoint`, and Lightning's
//! `save_top_k`, `save_last` and `train_time_interval`.
//!
//! ```text
//! when     after every epoch, or after every n batches, or after the batch by which some time has passed
//! whether  always; or when the metric beats the best so far; or when it beats the worst of the k kept, which is then deleted
//! ```
//!
//! Unlike in Keras a NaN or an infinity is never an improvement, and an epoch without validation is none that a validation metric
//! could be the best in.

mod best;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use best::Files;
pub use best::{BestCheckpoint, SavedModel};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::atomic_file::check_writable;
use crate::callback::HookResult;
use crate::file_name::FileName;
use crate::monitor::refuse_nan;
use crate::{Callback, CallbackError, Context, Direction, Flow, Monitor, Split};

/// Writes the weights to a file after every epoch, or only when a metric improves; each is written atomically, while the training
/// goes on. A file that cannot be written ends the training after the batch that runs.
///
/// The files hold weights alone (Keras's `save_weights_only`). A state to go on from needs more than the optimiser's that Keras adds:
/// callbacks, metrics, the position in the data. That is what [`Checkpoints`](crate::Checkpoints) writes, and the two go together.
///
/// The file name may have places to fill in: `{epoch:02}` (from 1), `{step}`, metrics such as `{valid_loss:.2}`. An epoch without
/// validation writes no file that is named by a validation metric.
///
/// ```
/// use firebrick_callbacks::{ModelCheckpoint, Monitor};
///
/// let best = ModelCheckpoint::new("run/best.bpk", Monitor::valid("Loss")).save_best_only(true).save_last("run/last.bpk");
/// let each = ModelCheckpoint::new("run/{epoch:02}-{valid_loss:.2}.bpk", Monitor::valid("Loss"));
/// let three = ModelCheckpoint::new("run/{epoch:02}.bpk", Monitor::valid("Accuracy")).save_top_k(3);
/// ```
#[derive(Clone, Debug)]
pub struct ModelCheckpoint {
    template: PathBuf,
    monitor: Monitor,
    save_best_only: bool,
    save_top_k: Option<usize>,
    save_last: Option<PathBuf>,
    initial_value_threshold: Option<f64>,
    every_steps: Option<u64>,
    every: Option<Duration>,
    file: Option<FileName>,
    direction: Direction,
    best_value: Option<f64>,
    files: Files,
    best: BestCheckpoint,
    written: Instant,
}

/// What a checkpoint holds.
#[derive(Serialize, Deserialize)]
struct Saved {
    best_value: Option<f64>,
    best: Option<SavedModel>,
    #[serde(default)]
    top: Vec<SavedModel>,
}

impl ModelCheckpoint {
    /// Writes to files of this name, and watches this metric. Default: after every epoch.
    pub fn new(path: impl Into<PathBuf>, monitor: Monitor) -> Self {
        Self {
            template: path.into(),
            monitor,
            save_best_only: false,
            save_top_k: None,
            save_last: None,
            initial_value_threshold: None,
            every_steps: None,
            every: None,
            file: None,
            direction: Direction::Min,
            best_value: None,
            files: Files::default(),
            best: BestCheckpoint::default(),
            written: Instant::now(),
        }
    }

    /// Whether only an improvement is written. Default `false`.
    pub fn save_best_only(self, only: bool) -> Self {
        Self { save_best_only: only, ..self }
    }

    /// Keeps the files of the `k` best values (at least 1) and deletes the others. A value that only equals the worst of them is not
    /// written; among equals the oldest goes first. Default: no file is deleted.
    pub fn save_top_k(self, k: usize) -> Self {
        Self { save_top_k: Some(k.max(1)), ..self }
    }

    /// Also writes the newest weights to this file, whatever the metric is, whenever it is time to write. Default: no such file.
    pub fn save_last(self, path: impl Into<PathBuf>) -> Self {
        Self { save_last: Some(path.into()), ..self }
    }

    /// What the first value must beat to be an improvement. Default none: the first finite value is one.
    pub fn initial_value_threshold(self, value: f64) -> Self {
        Self { initial_value_threshold: Some(value), ..self }
    }

    /// Writes after every so many training batches (at least 1), instead of after every epoch. Only training metrics are known then.
    pub fn every_steps(self, steps: usize) -> Self {
        Self { every_steps: Some(steps.max(1) as u64), ..self }
    }

    /// Writes after the training batch by which this time has passed since the last, instead of after every epoch. Only training
    /// metrics are known then. A clock decides, so the same training does not write the same files.
    pub fn every(self, time: Duration) -> Self {
        Self { every: Some(time), ..self }
    }

    /// A handle on the best file, to be read while and after the training runs.
    pub fn best(&self) -> BestCheckpoint {
        self.best.clone()
    }

    fn within_epoch(&self) -> bool {
        self.every_steps.is_some() || self.every.is_some()
    }

    fn is_selective(&self) -> bool {
        self.save_best_only || self.save_top_k.is_some()
    }

    fn check(&self, file: &FileName) -> Result<(), CallbackError> {
        refuse_nan([("initial_value_threshold", self.initial_value_threshold)])?;
        if self.within_epoch() && self.is_selective() && self.monitor.split() == Split::Valid {
            let rule = "inside of an epoch only training metrics are known; monitor one of them";
            return Err(CallbackError::Setting { setting: "monitor", value: self.monitor.to_string(), rule });
        }
        if self.within_epoch() && file.has_valid_metric() {
            return Err(file.wrong("inside of an epoch only training metrics are known"));
        }
        let is_unique = file.has("step") || (file.has("epoch") && !self.within_epoch());
        if self.save_top_k.is_some_and(|k| k > 1) && !is_unique {
            return Err(
                file.wrong("several files are kept, so each needs its own name: {step}, or after epochs {epoch}")
            );
        }
        let last = self.save_last.as_deref().map(|last| last.parent().unwrap_or(Path::new("")));
        for directory in [Some(file.directory()), last].into_iter().flatten() {
            check_writable(directory).map_err(|source| CallbackError::Write { path: directory.to_owned(), source })?;
        }
        Ok(())
    }

    fn save(&mut self, context: &mut Context<'_>) -> HookResult {
        let Some(file) = &self.file else { return Ok(Flow::Continue) };
        if let Some(last) = self.save_last.clone() {
            let weights = context.weights();
            context.in_background(self.name(), move || weights.save(&last));
        }
        let value = self.value(context)?;
        let improved = value.is_some_and(|value| self.direction.improves(value, self.best_value, 0.0));
        if !self.is_wanted(value, improved) || (file.has_valid_metric() && !context.validated) {
            return Ok(Flow::Continue);
        }
        let path = file.fill_in(context)?;
        let Some(value) = value else {
            self.write(path, None, context);
            return Ok(Flow::Continue);
        };
        let saved = SavedModel { path: path.clone(), epoch: context.epoch(), value };
        if improved {
            self.best_value = Some(value);
            self.files.best = Some(saved.clone());
        }
        let dropped = self.save_top_k.and_then(|k| self.files.keep(saved, k, self.direction));
        self.write(path, dropped, context);
        Ok(Flow::Continue)
    }

    /// Writes a file, and when it is there deletes the one that it takes the place of.
    fn write(&self, path: PathBuf, dropped: Option<SavedModel>, context: &mut Context<'_>) {
        let weights = context.weights();
        let (best, files, direction) = (self.best.clone(), self.files.clone(), self.direction);
        context.in_background(self.name(), move || {
            weights.save(&path)?;
            best.show(&files, direction);
            dropped.map_or(Ok(()), |dropped| remove(&dropped.path))
        });
    }

    /// The monitored value: none in an epoch without validation, or inside of an epoch where it is not needed.
    fn value(&self, context: &Context<'_>) -> Result<Option<f64>, CallbackError> {
        if !self.within_epoch() {
            return context.measured(&self.monitor);
        }
        match context.metric(&self.monitor) {
            Err(_) if !self.is_selective() => Ok(None),
            value => value.map(Some),
        }
    }

    fn is_wanted(&self, value: Option<f64>, improved: bool) -> bool {
        let Some(k) = self.save_top_k else { return improved || !self.save_best_only };
        value.is_some_and(|value| {
            self.direction.improves(value, self.initial_value_threshold, 0.0)
                && self.files.admits(value, k, self.direction)
        })
    }

    fn is_due_at_step(&self, step: u64) -> bool {
        self.every_steps.is_some_and(|steps| step.is_multiple_of(steps))
            || self.every.is_some_and(|time| self.written.elapsed() >= time)
    }
}

/// Deletes a file that may be gone already: a run that was killed and is resumed deletes it again.
fn remove(path: &Path) -> Result<(), CallbackError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(CallbackError::Remove { path: path.to_owned(), source: error })
        }
        _ => Ok(()),
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
        self.within_epoch() && (self.is_selective() || names_metric)
    }

    fn on_train_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        let file = FileName::parse(&self.template)?;
        self.check(&file)?;
        self.file = Some(file);
        if self.wants_batch_metrics() {
            context.check_batch_metrics()?;
        }
        self.direction = context.direction(&self.monitor)?;
        self.best_value = self.initial_value_threshold;
        self.files = Files::default();
        self.best.show(&self.files, self.direction);
        self.written = Instant::now();
        Ok(Flow::Continue)
    }

    fn on_train_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        if !self.is_due_at_step(context.global_step()) {
            return Ok(Flow::Continue);
        }
        self.written = Instant::now();
        self.save(context)
    }

    fn on_epoch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        if self.within_epoch() { Ok(Flow::Continue) } else { self.save(context) }
    }

    fn state(&self) -> Value {
        serde_json::json!(Saved {
            best_value: self.best_value,
            best: self.files.best.clone(),
            top: self.files.top.clone()
        })
    }

    fn load_state(&mut self, state: &Value) -> Result<(), CallbackError> {
        let saved = Saved::deserialize(state)?;
        self.best_value = saved.best_value.or(self.initial_value_threshold);
        self.files = Files { best: saved.best, top: saved.top };
        self.best.show(&self.files, self.direction);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
