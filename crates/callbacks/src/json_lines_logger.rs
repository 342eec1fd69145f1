//! Metrics as lines of JSON, one object per epoch and, if wanted, per so many batches.

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::callback::HookResult;
use crate::line_file::LineFile;
use crate::metrics::MetricTable;
use crate::{Callback, CallbackError, Context, Flow};

/// Writes metrics into a file with one JSON object per line:
///
/// ```text
/// {"kind":"batch","epoch":1,"step":50,"global_step":50,"train_loss":0.71}
/// {"kind":"epoch","epoch":1,"step":90,"global_step":90,"train_loss":0.64,"valid_loss":0.52}
/// ```
///
/// `epoch` counts from 1, `step` the epoch's training batches, `global_step` those of all epochs; the metrics follow, over the epoch's
/// batches so far or over the whole epoch. JSON has no NaN and no infinities: they are the strings `"NaN"`, `"Infinity"` and
/// `"-Infinity"` (as in Protocol Buffers' JSON), which Python's `float` takes.
///
/// A line is with the system as soon as it is written. A resumed run goes on after the last line of its checkpoint: what a killed run
/// wrote later is cut off before it is written again. Goes last among the callbacks, so that it sees what the others add.
///
/// ```
/// use firebrick_callbacks::JsonLinesLogger;
///
/// let logger = JsonLinesLogger::new("run/log.jsonl").every_steps(100);
/// ```
#[derive(Debug)]
pub struct JsonLinesLogger {
    file: LineFile,
    every_steps: Option<usize>,
    /// Whether the batch that runs has a line.
    due: bool,
}

impl JsonLinesLogger {
    /// Writes a line per epoch into this file, in place of what it held. Parent directories are made.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { file: LineFile::new(path.into()), every_steps: None, due: false }
    }

    /// Also a line after each so many training batches, counted over all epochs (the strategy must be
    /// [attached](crate::CallbackStrategy::attach) for them to have metrics). Default: none; at least 1.
    pub fn every_steps(self, steps: usize) -> Self {
        Self { every_steps: Some(steps), ..self }
    }

    /// Whether the lines that the file holds stay, and new ones follow. Default `false`. (A resumed run keeps its lines anyway.)
    pub fn append(self, append: bool) -> Self {
        Self { file: self.file.append(append), ..self }
    }

    fn write(&mut self, kind: &str, context: &mut Context<'_>) -> HookResult {
        self.file.begin(context)?;
        let mut object = Map::new();
        object.insert("kind".to_owned(), kind.into());
        object.insert("epoch".to_owned(), context.epoch().into());
        object.insert("step".to_owned(), context.step().into());
        object.insert("global_step".to_owned(), context.global_step().into());
        insert_metrics(&mut object, context.metrics());
        self.file.write(&Value::Object(object).to_string())?;
        Ok(Flow::Continue)
    }
}

/// Adds the metrics' columns to an object, unless something of that name is there.
pub(crate) fn insert_metrics(object: &mut Map<String, Value>, metrics: &MetricTable) {
    for metric in metrics.iter() {
        object.entry(metric.column.clone()).or_insert_with(|| number(metric.value));
    }
}

/// A number, or its name where JSON has none.
fn number(value: f64) -> Value {
    match value {
        _ if value.is_finite() => value.into(),
        _ if value.is_nan() => "NaN".into(),
        _ if value > 0.0 => "Infinity".into(),
        _ => "-Infinity".into(),
    }
}

/// Whether the next batch ends a group of so many, counted over all epochs.
pub(crate) fn is_due_next(every_steps: Option<usize>, context: &Context<'_>) -> bool {
    every_steps.is_some_and(|steps| (context.global_step() + 1).is_multiple_of(steps as u64))
}

/// Refuses a group of no batches.
pub(crate) fn check_steps(setting: &'static str, steps: Option<usize>) -> Result<(), CallbackError> {
    if steps == Some(0) {
        let rule = "it is at least 1";
        return Err(CallbackError::Setting { setting, value: "0".to_owned(), rule });
    }
    Ok(())
}

impl Callback for JsonLinesLogger {
    fn name(&self) -> &str {
        "JsonLinesLogger"
    }

    fn keeps_files(&self) -> bool {
        true
    }

    /// Only for the batches that have a line.
    fn wants_batch_metrics(&self) -> bool {
        self.due
    }

    fn on_train_begin(&mut self, _context: &mut Context<'_>) -> HookResult {
        check_steps("every_steps", self.every_steps)?;
        self.file.forget();
        self.due = false;
        Ok(Flow::Continue)
    }

    fn on_epoch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.file.begin(context)?;
        Ok(Flow::Continue)
    }

    fn on_train_batch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.due = is_due_next(self.every_steps, context);
        Ok(Flow::Continue)
    }

    fn on_train_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        if std::mem::take(&mut self.due) { self.write("batch", context) } else { Ok(Flow::Continue) }
    }

    fn on_epoch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        self.write("epoch", context)
    }

    fn state(&self) -> Value {
        self.file.length().into()
    }

    fn load_state(&mut self, state: &Value) -> Result<(), CallbackError> {
        self.file.resume(serde_json::from_value(state.clone())?);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
