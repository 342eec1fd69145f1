//! What a person sees of a training: a bar on a terminal, a line per epoch elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Deserialize;
use serde_json::Value;

use crate::callback::HookResult;
use crate::clock_time::clock_time;
use crate::metrics::{MetricTable, MetricValue};
use crate::{Callback, CallbackError, Context, Flow, Split, SplitProgress};

/// How often the bar is drawn anew.
const INTERVAL: Duration = Duration::from_millis(100);

/// Characters of the bar.
const WIDTH: usize = 20;

/// Shows how the training goes, on standard output.
///
/// After every epoch a plain line, without control codes:
///
/// ```text
/// epoch 3/20  train loss 0.1234 accuracy 96.40 %  valid loss 0.1100 accuracy 96.80 %  1.2 s
/// ```
///
/// and while it runs, on a terminal, a bar with the time left of the split that runs and the metrics so far:
///
/// ```text
/// epoch 4/20 train ████████░░░░░░░░░░░░ 512/1257  12 s left  loss 0.1193 accuracy 96.90 %
/// ```
///
/// The seconds of an epoch that a run was resumed in include those before the checkpoint. Output that cannot be written is dropped:
/// a closed pipe does not end a training.
///
/// ```
/// use firebrick_callbacks::{History, Progress, callbacks};
///
/// let callbacks = callbacks![History::new().csv("run/history.csv"), Progress::new()];
/// ```
pub struct Progress {
    output: Box<dyn Write + Send>,
    is_terminal: bool,
    bar: Option<ProgressBar>,
    drawn: Option<Instant>,
    /// Of the training and of the validation, which may interrupt it.
    train: Option<Pace>,
    valid: Option<Pace>,
    /// When the epoch began in this process, and how long it took in those before.
    began: Instant,
    before: Duration,
}

/// Where a split began to be gone through.
struct Pace {
    since: Instant,
    from: usize,
}

impl Pace {
    fn from(done: usize) -> Self {
        Self { since: Instant::now(), from: done }
    }

    /// At the average speed so far; none before anything is done.
    fn left(&self, elapsed: Duration, progress: SplitProgress) -> Option<Duration> {
        let done = progress.done.checked_sub(self.from).filter(|done| *done > 0)?;
        let left = progress.total.saturating_sub(progress.done);
        Some(elapsed.mul_f64(left as f64 / done as f64))
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress {
    /// Shows it on standard output.
    pub fn new() -> Self {
        let output = std::io::stdout();
        // A dumb terminal, such as an editor's, knows no control codes.
        let is_terminal = output.is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Self { is_terminal, ..Self::to(output) }
    }

    /// Writes the lines elsewhere, and shows no bar.
    pub fn to(output: impl Write + Send + 'static) -> Self {
        Self {
            output: Box::new(output),
            is_terminal: false,
            bar: None,
            drawn: None,
            train: None,
            valid: None,
            began: Instant::now(),
            before: Duration::ZERO,
        }
    }

    fn print(&mut self, line: &str) {
        self.take_bar_away();
        // A closed pipe must not end a training.
        let _ = writeln!(self.output, "{line}").and_then(|()| self.output.flush());
    }

    fn take_bar_away(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        self.drawn = None;
    }

    fn draw(&mut self, context: &Context<'_>, split: Split, progress: SplitProgress) {
        let is_soon = self.drawn.is_some_and(|drawn| drawn.elapsed() < INTERVAL);
        if !self.is_terminal || is_soon && progress.done < progress.total {
            return;
        }
        self.drawn = Some(Instant::now());
        let pace = if split == Split::Train { &mut self.train } else { &mut self.valid };
        let pace = pace.get_or_insert_with(|| Pace::from(progress.done));
        let left = pace.left(pace.since.elapsed(), progress);
        let epoch = format!("epoch {}/{} {split}", context.epoch(), context.epochs());
        let line = format!("{epoch} {}  {}", bar_line(progress, left), described(&context.running_metrics(), split));
        // One message, so that one line is drawn at a time.
        self.bar.get_or_insert_with(new_bar).set_message(line);
    }

    fn epoch_time(&self) -> Duration {
        self.before + self.began.elapsed()
    }

    fn begin_epoch(&mut self, before: Duration) {
        (self.began, self.before) = (Instant::now(), before);
    }
}

/// The line is cut off where the terminal ends.
fn new_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout()).with_style(style)
}

/// `████████░░░░░░░░░░░░ 512/1257  12 s left`
fn bar_line(SplitProgress { done, total }: SplitProgress, left: Option<Duration>) -> String {
    let full = (WIDTH * done).checked_div(total).unwrap_or(0).min(WIDTH);
    let bar = "█".repeat(full) + &"░".repeat(WIDTH - full);
    let left = left.map_or_else(String::new, |left| format!("  {} left", clock_time(left)));
    format!("{bar} {done}/{total}{left}")
}

/// `loss 0.1234 accuracy 96.40 %`
fn described(metrics: &MetricTable, split: Split) -> String {
    let of_split = metrics.iter().filter(|metric| metric.split == Some(split));
    of_split.map(figure).collect::<Vec<_>>().join(" ")
}

fn figure(metric: &MetricValue) -> String {
    let MetricValue { value, unit, .. } = metric;
    let name = metric.name.to_lowercase();
    let value = match unit {
        Some(_) => format!("{value:.2}"),
        None if *value != 0.0 && value.abs() < 0.001 => format!("{value:.3e}"),
        None => format!("{value:.4}"),
    };
    match unit {
        Some(unit) => format!("{name} {value} {unit}"),
        None => format!("{name} {value}"),
    }
}

fn epoch_line(epoch: usize, epochs: usize, metrics: &MetricTable, seconds: f64) -> String {
    let mut parts = vec![format!("epoch {epoch}/{epochs}")];
    for split in [Split::Train, Split::Valid] {
        let described = described(metrics, split);
        if !described.is_empty() {
            parts.push(format!("{split} {described}"));
        }
    }
    parts.extend(metrics.iter().filter(|metric| metric.split.is_none()).map(figure));
    parts.push(format!("{seconds:.1} s"));
    parts.join("  ")
}

impl Callback for Progress {
    fn name(&self) -> &str {
        "Progress"
    }

    fn on_train_begin(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.take_bar_away();
        (self.train, self.valid) = (None, None);
        self.begin_epoch(Duration::ZERO);
        Ok(Flow::Continue)
    }

    fn on_epoch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.begin_epoch(Duration::ZERO);
        self.train = Some(Pace::from(0));
        let nothing = SplitProgress { done: 0, total: context.train_samples() };
        self.draw(context, Split::Train, nothing);
        Ok(Flow::Continue)
    }

    fn on_train_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        self.draw(context, Split::Train, context.progress());
        Ok(Flow::Continue)
    }

    /// The training's bar stays until the first batch of the validation is done.
    fn on_valid_begin(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.valid = Some(Pace::from(0));
        Ok(Flow::Continue)
    }

    fn on_valid_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        self.draw(context, Split::Valid, context.progress());
        Ok(Flow::Continue)
    }

    fn on_epoch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        let seconds = self.epoch_time().as_secs_f64();
        self.print(&epoch_line(context.epoch(), context.epochs(), context.metrics(), seconds));
        // A checkpoint from here on belongs to the next epoch.
        self.begin_epoch(Duration::ZERO);
        Ok(Flow::Continue)
    }

    fn on_train_end(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.take_bar_away();
        Ok(Flow::Continue)
    }

    fn on_notice(&mut self, notice: &str) {
        self.print(notice);
    }

    /// The seconds of the epoch that runs.
    fn state(&self) -> Value {
        self.epoch_time().as_secs_f64().into()
    }

    fn load_state(&mut self, state: &Value) -> Result<(), CallbackError> {
        let before = Duration::try_from_secs_f64(f64::deserialize(state)?).map_err(CallbackError::other)?;
        self.begin_epoch(before);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
