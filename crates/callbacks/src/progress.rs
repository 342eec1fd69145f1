//! What a person sees of a training: a bar on a terminal, a line per epoch elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::callback::HookResult;
use crate::metrics::{MetricTable, MetricValue};
use crate::{Callback, Context, Flow, Split};

/// How often the bar is drawn anew.
const INTERVAL: Duration = Duration::from_millis(100);

/// Shows how the training goes, on standard output.
///
/// After every epoch a plain line, without control codes:
///
/// ```text
/// epoch 3/20  train loss 0.1234 accuracy 96.40 %  valid loss 0.1100 accuracy 96.80 %  1.2 s
/// ```
///
/// and while it runs, on a terminal, a bar with the time left and the metrics so far. Output that cannot be written is dropped: a
/// closed pipe does not end a training.
pub struct Progress {
    output: Box<dyn Write + Send>,
    is_terminal: bool,
    bar: Option<ProgressBar>,
    drawn: Option<Instant>,
    began: Instant,
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
        let is_terminal = output.is_terminal();
        Self { output: Box::new(output), is_terminal, bar: None, drawn: None, began: Instant::now() }
    }

    /// Writes the lines elsewhere, and shows no bar.
    pub fn to(output: impl Write + Send + 'static) -> Self {
        Self { output: Box::new(output), is_terminal: false, bar: None, drawn: None, began: Instant::now() }
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
    }

    fn draw(&mut self, context: &Context<'_>, split: Split) {
        if !self.is_terminal || self.drawn.is_some_and(|drawn| drawn.elapsed() < INTERVAL) {
            return;
        }
        self.drawn = Some(Instant::now());
        let bar = self.bar.get_or_insert_with(new_bar);
        let progress = context.progress();
        bar.set_length(progress.total as u64);
        bar.set_position(progress.done as u64);
        bar.set_prefix(format!("epoch {}/{} {split}", context.epoch(), context.epochs()));
        bar.set_message(described(&context.running_metrics(), split));
    }

    /// Begins the bar of a split, so that its time left is its own.
    fn begin_split(&mut self) {
        self.take_bar_away();
        self.drawn = None;
    }
}

fn new_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} {bar:20} {pos}/{len}  {eta} left  {msg}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout()).with_style(style)
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
        self.began = Instant::now();
        self.begin_split();
        Ok(Flow::Continue)
    }

    fn on_epoch_begin(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.began = Instant::now();
        self.begin_split();
        Ok(Flow::Continue)
    }

    fn on_train_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        self.draw(context, Split::Train);
        Ok(Flow::Continue)
    }

    fn on_valid_begin(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.begin_split();
        Ok(Flow::Continue)
    }

    fn on_valid_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        self.draw(context, Split::Valid);
        Ok(Flow::Continue)
    }

    fn on_epoch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        let seconds = self.began.elapsed().as_secs_f64();
        self.print(&epoch_line(context.epoch(), context.epochs(), context.metrics(), seconds));
        Ok(Flow::Continue)
    }

    fn on_train_end(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.take_bar_away();
        Ok(Flow::Continue)
    }

    fn on_notice(&mut self, notice: &str) {
        self.print(notice);
    }
}

#[cfg(test)]
mod tests;
