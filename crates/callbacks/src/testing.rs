//! What the tests of callbacks share: a context around a learner that only notes what is done to it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use burn::train::logger::MetricLogger;
use burn::train::metric::store::{MetricsUpdate, NumericMetricUpdate, Split as BurnSplit};
use burn::train::metric::{MetricDefinition, MetricEntry, MetricId, NumericAttributes, NumericEntry, SerializedEntry};

use crate::background::Job;
use crate::context::{Trainee, Weights};
use crate::gradients::Gradients;
use crate::metrics::MetricTable;
use crate::{CallbackError, Context, MetricLog, NamedParameter, Position, SplitProgress, write_atomically};

/// Flex's random generator belongs to the process: one test at a time may draw from it.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A learner whose weights are a number: the epoch. Files with an absolute path, in a test's own directory, are really written.
#[derive(Default)]
pub(crate) struct FakeLearner {
    pub(crate) weights: usize,
    pub(crate) kept: BTreeMap<String, usize>,
    pub(crate) rate: f64,
    pub(crate) accumulated: usize,
    pub(crate) frozen: Vec<&'static str>,
    pub(crate) files: Arc<Mutex<Vec<PathBuf>>>,
    /// Why something that is written while the training goes on could not be.
    pub(crate) failed: Option<CallbackError>,
    /// What callbacks gave notice of.
    pub(crate) notices: Vec<String>,
    pub(crate) log: MetricLog,
}

impl FakeLearner {
    /// The files written or read since this was asked last.
    pub(crate) fn take_files(&self) -> Vec<PathBuf> {
        std::mem::take(&mut self.files.lock().unwrap())
    }
}

fn note(files: &Mutex<Vec<PathBuf>>, path: &Path) {
    files.lock().unwrap().push(path.to_owned());
}

impl Trainee for FakeLearner {
    fn learning_rate(&self) -> f64 {
        self.rate
    }

    fn set_learning_rate(&mut self, rate: f64) -> Result<(), CallbackError> {
        self.rate = rate;
        Ok(())
    }

    fn save_weights(&self, path: &Path) -> Result<(), CallbackError> {
        self.weights().save(path)
    }

    fn weights(&self) -> Weights {
        let (files, weights) = (self.files.clone(), self.weights);
        Weights::new(move |path| {
            note(&files, path);
            if path.is_absolute() {
                write_atomically(path, weights.to_string().as_bytes())
                    .map_err(|source| CallbackError::Write { path: path.to_owned(), source })?;
            }
            Ok(())
        })
    }

    /// At once.
    fn in_background(&mut self, job: Job) {
        self.failed = self.failed.take().or(job().err());
    }

    fn load_weights(&mut self, path: &Path) -> Result<(), CallbackError> {
        note(&self.files, path);
        Ok(())
    }

    fn keep_weights(&mut self, slot: &str) {
        self.kept.insert(slot.to_owned(), self.weights);
    }

    fn restore_weights(&mut self, slot: &str) -> Result<(), CallbackError> {
        let kept = self.kept.get(slot).ok_or_else(|| CallbackError::NoKeptWeights { slot: slot.to_owned() })?;
        self.weights = *kept;
        Ok(())
    }

    fn has_weights(&self, slot: &str) -> bool {
        self.kept.contains_key(slot)
    }

    fn forget_weights(&mut self, slot: &str) {
        self.kept.remove(slot);
    }

    fn parameters(&self) -> Vec<NamedParameter> {
        vec![NamedParameter { path: "weight".to_owned(), shape: vec![1], values: vec![self.weights as f32] }]
    }

    fn average_weights(&mut self, slot: &str, share: f64) -> Result<(), CallbackError> {
        let kept = self.kept.get_mut(slot).ok_or_else(|| CallbackError::NoKeptWeights { slot: slot.to_owned() })?;
        *kept = (*kept as f64 + share * (self.weights as f64 - *kept as f64)).round() as usize;
        Ok(())
    }

    fn swap_weights(&mut self, slot: &str) -> Result<(), CallbackError> {
        let kept = self.kept.get_mut(slot).ok_or_else(|| CallbackError::NoKeptWeights { slot: slot.to_owned() })?;
        std::mem::swap(kept, &mut self.weights);
        Ok(())
    }

    fn stepped(&self) -> bool {
        true
    }

    fn gradients(&self) -> Option<&dyn Gradients> {
        None
    }

    fn gradients_mut(&mut self) -> Option<&mut dyn Gradients> {
        None
    }

    fn accumulate_gradients(&mut self, batches: usize) -> Result<(), CallbackError> {
        self.accumulated = batches;
        Ok(())
    }

    fn freeze(&mut self, is_selected: &dyn Fn(&str) -> bool) -> usize {
        self.frozen = ["backbone.weight", "head.weight"].into_iter().filter(|path| is_selected(path)).collect();
        self.frozen.len()
    }
}

/// A context in this epoch, after ten batches per epoch.
pub(crate) fn context<R>(epoch: usize, metrics: &mut MetricTable, act: impl FnOnce(&mut Context<'_>) -> R) -> R {
    context_of(epoch, metrics, &mut FakeLearner { weights: epoch, ..FakeLearner::default() }, act)
}

/// The same around a given learner.
pub(crate) fn context_of<R>(
    epoch: usize,
    metrics: &mut MetricTable,
    learner: &mut FakeLearner,
    act: impl FnOnce(&mut Context<'_>) -> R,
) -> R {
    let log = learner.log.clone();
    let mut notices = Vec::new();
    let result = act(&mut Context {
        position: Position { epoch, step: 10, global_step: 10 * epoch as u64 },
        epochs: 20,
        progress: SplitProgress { done: 100, total: 100 },
        train_samples: 100,
        last_rate: 0.5,
        validated: true,
        trained: true,
        metrics,
        log: &log,
        learner,
        notices: &mut notices,
    });
    learner.notices.append(&mut notices);
    result
}

/// A log that Burn feeds, in which the last training batch had this loss.
pub(crate) fn log_after_batch(loss: f64) -> MetricLog {
    let mut log = MetricLog::new();
    let id = MetricId::new("Loss".to_owned().into());
    log.log_metric_definition(MetricDefinition {
        metric_id: id.clone(),
        name: "Loss".to_owned().into(),
        description: None,
        attributes: NumericAttributes { unit: None, higher_is_better: false }.into(),
    });
    let entry = MetricEntry::new(id, SerializedEntry::new(String::new(), String::new()));
    let (value, running) = (NumericEntry::Value(loss), NumericEntry::Value(loss));
    let update = MetricsUpdate::new(vec![], vec![NumericMetricUpdate::new(entry, Some(value), Some(running))]);
    log.log(update, 1, &BurnSplit::Train);
    log
}
