//! Metrics, weights, texts and pictures for TensorBoard: Keras's `TensorBoard`.
//!
//! ```text
//! log_dir/train     epoch_loss, epoch_accuracy, ..., epoch_learning_rate, weights, entries of one's own     step: the epoch
//! log_dir/valid     epoch_loss, epoch_accuracy, ...                                                         step: the epoch
//! log_dir/batches   batch_loss, ..., batch_learning_rate                                   step: batches since the beginning
//! ```
//!
//! Keras puts the batches into `train` as well. A resumed run tells TensorBoard from which step on it writes anew, though, and that holds
//! for all of a directory: hence one meaning of a step per directory.

mod checksum;
mod entries;
mod event_writer;
mod histogram;
mod message;
mod record;
mod weight_picture;

use std::path::PathBuf;

use serde_json::Value;

pub use entries::BoardEntries;
pub use event_writer::{EventError, EventWriter};

use crate::callback::HookResult;
use crate::history::LEARNING_RATE;
use crate::json_lines_logger::{check_steps, is_due_next};
use crate::{Callback, CallbackError, Context, Flow, NamedParameter, Split};

/// Writes event files for TensorBoard: metrics and learning rate after every epoch, on request also after so many batches, histograms
/// of the weights, and texts, pictures and figures of one's own. Goes last among the callbacks, so that it sees what the others add.
///
/// Every run should have a directory of its own. The files hold wall-clock times, so two equal runs' files differ in those. A resumed
/// run begins new files and says in them from which step on it writes (TensorBoard's `SessionLog`): what a killed run wrote after the
/// checkpoint is then dropped by TensorBoard, so that no step is there twice.
///
/// ```
/// use firebrick_callbacks::TensorBoard;
///
/// let board = TensorBoard::new("run/logs").update_freq(100).histogram_freq(1).text("configuration", "batch size 32");
/// let entries = board.entries();      // for pictures, texts and figures while the training runs
/// entries.scalar("temperature", 0.7);
/// ```
#[derive(Debug)]
pub struct TensorBoard {
    update_freq: Option<usize>,
    histogram_freq: Option<usize>,
    write_images: bool,
    texts: Vec<(String, String)>,
    entries: BoardEntries,
    train: Run,
    valid: Run,
    batches: Run,
    resumed: bool,
    begun: bool,
    /// Whether the batch that runs is written.
    due: bool,
}

/// One directory, which TensorBoard calls a run.
#[derive(Debug)]
struct Run {
    directory: PathBuf,
    /// The first step that is written.
    start: u64,
    writer: Option<EventWriter>,
}

impl Run {
    fn new(directory: PathBuf) -> Self {
        Self { directory, start: 0, writer: None }
    }

    fn begin(&mut self, start: u64) {
        (self.start, self.writer) = (start, None);
    }

    /// Begins the file with the first event.
    fn writer(&mut self) -> Result<&mut EventWriter, EventError> {
        let writer = match self.writer.take() {
            Some(writer) => writer,
            None => {
                let mut writer = EventWriter::create(&self.directory)?;
                writer.start(self.start)?;
                writer
            }
        };
        Ok(self.writer.insert(writer))
    }

    fn flush(&mut self) -> Result<(), EventError> {
        self.writer.as_mut().map_or(Ok(()), EventWriter::flush)
    }
}

impl TensorBoard {
    /// Writes into directories within this one.
    pub fn new(log_dir: impl Into<PathBuf>) -> Self {
        let directory = log_dir.into();
        let run = |name| Run::new(directory.join(name));
        Self {
            update_freq: None,
            histogram_freq: None,
            write_images: false,
            texts: Vec::new(),
            entries: BoardEntries::default(),
            train: run("train"),
            valid: run("valid"),
            batches: run("batches"),
            resumed: false,
            begun: false,
            due: false,
        }
    }

    /// Also writes the training metrics, over the epoch's batches so far, after each so many batches (the strategy must be
    /// [attached](crate::CallbackStrategy::attach) for them to be known). Default: per epoch only; at least 1.
    pub fn update_freq(self, batches: usize) -> Self {
        Self { update_freq: Some(batches), ..self }
    }

    /// Writes a histogram of every parameter after each so many epochs, under its path in the module: `layers.0/weight`. Default: none;
    /// at least 1.
    pub fn histogram_freq(self, epochs: usize) -> Self {
        Self { histogram_freq: Some(epochs), ..self }
    }

    /// Whether every parameter is also drawn, in grey, whenever its histogram is written: a vector as a line, a matrix as a picture, the
    /// kernels of a convolution as tiles, a row of tiles per output channel. One that is too large for that (over 2048 pixels a side)
    /// is left out. Default `false`.
    pub fn write_images(self, images: bool) -> Self {
        Self { write_images: images, ..self }
    }

    /// A text to be shown from the beginning, in Markdown: a configuration, a summary. (A resumed run does not write it again.)
    pub fn text(mut self, tag: impl Into<String>, text: impl Into<String>) -> Self {
        self.texts.push((tag.into(), text.into()));
        self
    }

    /// A handle for entries of one's own.
    pub fn entries(&self) -> BoardEntries {
        self.entries.clone()
    }

    /// Where this process begins to write; once.
    fn begin(&mut self, context: &Context<'_>) -> Result<(), EventError> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(());
        }
        let epoch = if self.resumed { context.epoch() as u64 } else { 0 };
        self.train.begin(epoch);
        self.valid.begin(epoch);
        self.batches.begin(if self.resumed { context.global_step() + 1 } else { 0 });
        if self.resumed || self.texts.is_empty() {
            return Ok(());
        }
        let writer = self.train.writer()?;
        self.texts.iter().try_for_each(|(tag, text)| writer.text(tag, 0, text))?;
        writer.flush()
    }

    fn write_epoch(&mut self, context: &Context<'_>) -> Result<(), EventError> {
        let step = context.epoch() as u64;
        for metric in context.metrics().iter() {
            let (split, name) = split_and_name(&metric.column);
            let run = if split == Split::Valid { &mut self.valid } else { &mut self.train };
            run.writer()?.scalar(&format!("epoch_{name}"), step, metric.value)?;
        }
        let train = self.train.writer()?;
        if context.metrics().column(LEARNING_RATE).is_none() {
            train.scalar(&format!("epoch_{LEARNING_RATE}"), step, context.last_learning_rate())?;
        }
        if self.histogram_freq.is_some_and(|epochs| context.epoch().is_multiple_of(epochs)) {
            write_parameters(train, step, &context.parameters(), self.write_images)?;
        }
        self.entries.write(train, step)?;
        train.flush()?;
        self.valid.flush()
    }

    fn write_batch(&mut self, context: &Context<'_>) -> Result<(), EventError> {
        let step = context.global_step();
        let writer = self.batches.writer()?;
        for metric in context.metrics().iter().filter(|metric| metric.column != LEARNING_RATE) {
            writer.scalar(&format!("batch_{}", split_and_name(&metric.column).1), step, metric.value)?;
        }
        writer.scalar(&format!("batch_{LEARNING_RATE}"), step, context.last_learning_rate())?;
        writer.flush()
    }
}

fn write_parameters(
    events: &mut EventWriter,
    step: u64,
    parameters: &[NamedParameter],
    images: bool,
) -> Result<(), EventError> {
    for parameter in parameters {
        let tag = tag_of_path(&parameter.path);
        events.histogram(&tag, step, &parameter.values)?;
        if let Some(png) = Some(parameter).filter(|_| images).and_then(weight_picture::png_of) {
            // A tag has one kind of values.
            events.image(&format!("{tag}/picture"), step, &png)?;
        }
    }
    Ok(())
}

/// `valid_loss` is the validation's `loss`; what names no split belongs to the training.
fn split_and_name(column: &str) -> (Split, &str) {
    match (column.strip_prefix("valid_"), column.strip_prefix("train_")) {
        (Some(name), _) => (Split::Valid, name),
        (None, name) => (Split::Train, name.unwrap_or(column)),
    }
}

/// TensorBoard groups tags by what comes before the first slash: `layers.0.weight` becomes `layers.0/weight`.
fn tag_of_path(path: &str) -> String {
    path.rsplit_once('.').map_or_else(|| path.to_owned(), |(module, name)| format!("{module}/{name}"))
}

impl Callback for TensorBoard {
    fn name(&self) -> &str {
        "TensorBoard"
    }

    fn keeps_files(&self) -> bool {
        true
    }

    /// Only for the batches that are written.
    fn wants_batch_metrics(&self) -> bool {
        self.due
    }

    fn on_train_begin(&mut self, _context: &mut Context<'_>) -> HookResult {
        check_steps("update_freq", self.update_freq)?;
        check_steps("histogram_freq", self.histogram_freq)?;
        (self.begun, self.resumed, self.due) = (false, false, false);
        Ok(Flow::Continue)
    }

    fn on_epoch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.begin(context)?;
        Ok(Flow::Continue)
    }

    fn on_train_batch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.begin(context)?;
        self.due = is_due_next(self.update_freq, context);
        Ok(Flow::Continue)
    }

    fn on_train_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        if std::mem::take(&mut self.due) {
            self.write_batch(context)?;
        }
        Ok(Flow::Continue)
    }

    fn on_epoch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        self.begin(context)?;
        self.write_epoch(context)?;
        Ok(Flow::Continue)
    }

    fn on_train_end(&mut self, context: &mut Context<'_>) -> HookResult {
        if !self.entries.is_empty() {
            self.begin(context)?;
            // After the last epoch the context stands at the next one's beginning.
            let epoch = if context.step() == 0 { context.epoch() - 1 } else { context.epoch() };
            self.entries.write(self.train.writer()?, epoch as u64)?;
            self.train.flush()?;
        }
        for run in [&mut self.train, &mut self.valid, &mut self.batches] {
            run.writer = None;
        }
        Ok(Flow::Continue)
    }

    /// There is nothing to take back; but the process is one that goes on.
    fn load_state(&mut self, _state: &Value) -> Result<(), CallbackError> {
        self.resumed = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
