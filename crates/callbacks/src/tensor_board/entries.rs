//! What a program gives TensorBoard of its own, while the training runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::event_writer::{EventError, EventWriter, check_png};

/// A handle on a [`TensorBoard`](super::TensorBoard): what it is given is written at the end of the epoch, under the epoch as its step,
/// beside the training's metrics. A callback that goes before the TensorBoard is a good place to give something from:
///
/// ```
/// use firebrick_callbacks::{LambdaCallback, TensorBoard, callbacks};
///
/// let board = TensorBoard::new("run/logs");
/// let entries = board.entries();
/// let notes = LambdaCallback::new().on_epoch_end(move |context| {
///     let rate = context.learning_rate();
///     entries.text("notes", format!("the rate was **{rate}**"));
/// });
/// let callbacks = callbacks![notes, board];
/// ```
#[derive(Clone, Debug, Default)]
pub struct BoardEntries {
    waiting: Arc<Mutex<Vec<(String, Entry)>>>,
}

#[derive(Debug)]
enum Entry {
    Scalar(f64),
    Histogram(Vec<f32>),
    Image(Vec<u8>),
    Text(String),
}

impl BoardEntries {
    /// A number, which becomes single precision.
    pub fn scalar(&self, tag: impl Into<String>, value: f64) {
        self.push(tag, Entry::Scalar(value));
    }

    /// How values are spread.
    pub fn histogram(&self, tag: impl Into<String>, values: Vec<f32>) {
        self.push(tag, Entry::Histogram(values));
    }

    /// A picture, as the bytes of a PNG file.
    ///
    /// # Errors
    /// When they are not those of a PNG file.
    pub fn image(&self, tag: impl Into<String>, png: Vec<u8>) -> Result<(), EventError> {
        let tag = tag.into();
        check_png(&tag, &png)?;
        self.push(tag, Entry::Image(png));
        Ok(())
    }

    /// A text, which TensorBoard renders as Markdown.
    pub fn text(&self, tag: impl Into<String>, text: impl Into<String>) {
        self.push(tag, Entry::Text(text.into()));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(String, Entry)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, tag: impl Into<String>, entry: Entry) {
        self.lock().push((tag.into(), entry));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Writes what waits.
    pub(super) fn write(&self, events: &mut EventWriter, step: u64) -> Result<(), EventError> {
        let waiting = std::mem::take(&mut *self.lock());
        waiting.iter().try_for_each(|(tag, entry)| match entry {
            Entry::Scalar(value) => events.scalar(tag, step, *value),
            Entry::Histogram(values) => events.histogram(tag, step, values),
            Entry::Image(png) => events.image(tag, step, png),
            Entry::Text(text) => events.text(tag, step, text),
        })
    }
}
