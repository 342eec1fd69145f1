//! The record of a training: one row per epoch, in memory and as CSV.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::callback::HookResult;
use crate::{Callback, CallbackError, Context, Flow, write_atomically};

/// The column of the learning rate.
pub(crate) const LEARNING_RATE: &str = "learning_rate";

/// One epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochRecord {
    /// The epoch, from 1.
    pub epoch: usize,
    /// The learning rate of its last step.
    pub learning_rate: f64,
    /// Columns (`train_loss`, `train_accuracy`, `valid_loss`, ...) and their values, in order.
    pub metrics: Vec<(String, f64)>,
    /// How long it took, with validation, in seconds; without the time between a kill and the resumption.
    pub seconds: f64,
    /// Training samples per second of training, without validation.
    pub samples_per_second: f64,
}

impl EpochRecord {
    /// The value in a column such as `valid_loss`.
    pub fn metric(&self, column: &str) -> Option<f64> {
        self.metrics.iter().find(|metric| metric.0 == column).map(|metric| metric.1)
    }
}

/// A handle on a history's rows; it grows as the training goes on.
#[derive(Clone, Debug, Default)]
pub struct HistoryRecords {
    rows: Arc<Mutex<Vec<EpochRecord>>>,
}

impl HistoryRecords {
    fn lock(&self) -> MutexGuard<'_, Vec<EpochRecord>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows so far.
    pub fn rows(&self) -> Vec<EpochRecord> {
        self.lock().clone()
    }

    /// The values in a column such as `valid_loss`, with their epochs.
    pub fn column(&self, column: &str) -> Vec<(usize, f64)> {
        self.lock().iter().filter_map(|row| Some((row.epoch, row.metric(column)?))).collect()
    }
}

/// Records every epoch's learning rate and metrics. Goes last among the callbacks, so that it sees what the others add.
///
/// `history.csv` has the columns `epoch,learning_rate,train_loss,train_accuracy,...,valid_loss,...` and no wall-clock figure, so the
/// same training writes the same bytes; `timing.csv` has `epoch,seconds,samples_per_second`. Both are written anew, atomically, after
/// every epoch.
#[derive(Debug, Default)]
pub struct History {
    csv: Option<PathBuf>,
    timing: Option<PathBuf>,
    records: HistoryRecords,
    clock: Clock,
}

/// The running epoch's time.
#[derive(Debug, Default)]
struct Clock {
    since: Option<Instant>,
    /// Seconds up to a checkpoint in the epoch's middle.
    before: f64,
    /// Seconds of it that were validation.
    validating: f64,
    /// What the clock showed when the running validation began.
    valid_began: f64,
}

impl Clock {
    fn seconds(&self) -> f64 {
        self.before + self.since.map_or(0.0, |since| since.elapsed().as_secs_f64())
    }
}

/// What a checkpoint holds. Floats as bits: JSON has no NaN.
#[derive(Serialize, Deserialize)]
struct Saved {
    rows: Vec<SavedRow>,
    seconds: f64,
    validating: f64,
}

#[derive(Serialize, Deserialize)]
struct SavedRow {
    epoch: usize,
    learning_rate: u64,
    metrics: Vec<(String, u64)>,
    seconds: f64,
    samples_per_second: f64,
}

impl History {
    /// A history in memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Also writes the rows to this file, `history.csv` by custom.
    pub fn csv(self, path: impl Into<PathBuf>) -> Self {
        Self { csv: Some(path.into()), ..self }
    }

    /// Also writes the epochs' times to this file, `timing.csv` by custom.
    pub fn timing(self, path: impl Into<PathBuf>) -> Self {
        Self { timing: Some(path.into()), ..self }
    }

    /// A handle on the rows, to be read while and after the training runs.
    pub fn records(&self) -> HistoryRecords {
        self.records.clone()
    }

    fn write(&self) -> Result<(), CallbackError> {
        let rows = self.records.lock();
        for (path, text) in [(&self.csv, history_csv(&rows)), (&self.timing, timing_csv(&rows))] {
            let Some(path) = path else { continue };
            write_atomically(path, text.as_bytes())
                .map_err(|source| CallbackError::Write { path: path.clone(), source })?;
        }
        Ok(())
    }
}

fn history_csv(rows: &[EpochRecord]) -> String {
    let mut columns: Vec<&str> = Vec::new();
    for (column, _) in rows.iter().flat_map(|row| &row.metrics) {
        if !columns.contains(&column.as_str()) {
            columns.push(column);
        }
    }
    let header = ["epoch", LEARNING_RATE].into_iter().chain(columns.iter().copied());
    let mut csv = header.collect::<Vec<_>>().join(",");
    csv.push('\n');
    for row in rows {
        let metrics = columns.iter().map(|column| row.metric(column).map_or(String::new(), |value| value.to_string()));
        let fields = [row.epoch.to_string(), row.learning_rate.to_string()].into_iter().chain(metrics);
        csv.push_str(&fields.collect::<Vec<_>>().join(","));
        csv.push('\n');
    }
    csv
}

fn timing_csv(rows: &[EpochRecord]) -> String {
    let mut csv = String::from("epoch,seconds,samples_per_second\n");
    for EpochRecord { epoch, seconds, samples_per_second, .. } in rows {
        csv.push_str(&format!("{epoch},{seconds:.3},{samples_per_second:.1}\n"));
    }
    csv
}

impl Callback for History {
    fn name(&self) -> &str {
        "History"
    }

    fn keeps_files(&self) -> bool {
        self.csv.is_some() || self.timing.is_some()
    }

    fn on_train_begin(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.records.lock().clear();
        self.clock = Clock { since: Some(Instant::now()), ..Clock::default() };
        Ok(Flow::Continue)
    }

    fn on_epoch_begin(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.clock = Clock { since: Some(Instant::now()), ..Clock::default() };
        Ok(Flow::Continue)
    }

    fn on_valid_begin(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.clock.valid_began = self.clock.seconds();
        Ok(Flow::Continue)
    }

    fn on_valid_end(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.clock.validating += self.clock.seconds() - self.clock.valid_began;
        Ok(Flow::Continue)
    }

    fn on_epoch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        let seconds = self.clock.seconds();
        // The rate has its column, whether a callback put it among the metrics or not.
        let metrics = context.metrics().iter().filter(|metric| metric.column != LEARNING_RATE);
        let record = EpochRecord {
            epoch: context.epoch(),
            learning_rate: context.last_learning_rate(),
            metrics: metrics.map(|metric| (metric.column.clone(), metric.value)).collect(),
            seconds,
            samples_per_second: context.train_samples() as f64
                / (seconds - self.clock.validating).max(f64::MIN_POSITIVE),
        };
        self.records.lock().push(record);
        self.clock = Clock::default();
        self.write()?;
        Ok(Flow::Continue)
    }

    fn on_train_end(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.write()?;
        Ok(Flow::Continue)
    }

    fn state(&self) -> Value {
        let rows = self.records.lock();
        let save = |row: &EpochRecord| SavedRow {
            epoch: row.epoch,
            learning_rate: row.learning_rate.to_bits(),
            metrics: row.metrics.iter().map(|(column, value)| (column.clone(), value.to_bits())).collect(),
            seconds: row.seconds,
            samples_per_second: row.samples_per_second,
        };
        let (seconds, validating) = (self.clock.seconds(), self.clock.validating);
        serde_json::json!(Saved { rows: rows.iter().map(save).collect(), seconds, validating })
    }

    fn load_state(&mut self, state: &Value) -> Result<(), CallbackError> {
        let saved = Saved::deserialize(state)?;
        let load = |row: SavedRow| EpochRecord {
            epoch: row.epoch,
            learning_rate: f64::from_bits(row.learning_rate),
            metrics: row.metrics.into_iter().map(|(column, bits)| (column, f64::from_bits(bits))).collect(),
            seconds: row.seconds,
            samples_per_second: row.samples_per_second,
        };
        *self.records.lock() = saved.rows.into_iter().map(load).collect();
        let (before, validating) = (saved.seconds, saved.validating);
        self.clock = Clock { since: Some(Instant::now()), before, validating, valid_began: before };
        Ok(())
    }
}

#[cfg(test)]
mod tests;
