//! Early stopping, with the semantics of Keras's `EarlyStopping` and the thresholds of Lightning's.
//!
//! ```text
//! improved = value better than best by more than min_delta        first value: always
//! wait     = 0 if improved (and better than baseline), else wait + 1
//! stop     when not improved, wait ≥ patience and epoch > 1
//! ```
//!
//! Unlike in Keras a NaN or an infinity is never an improvement, also not as the first value.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::callback::HookResult;
use crate::monitor::refuse_nan;
use crate::{Callback, CallbackError, Context, Direction, Flow, Monitor};

const NAME: &str = "EarlyStopping";

/// Ends the training when a metric no longer improves, or goes where it must not go.
///
/// ```
/// use firebrick_callbacks::{EarlyStopping, Monitor};
///
/// let early_stopping = EarlyStopping::new(Monitor::valid("Loss")).patience(3).restore_best_weights(true);
/// ```
#[derive(Clone, Debug)]
pub struct EarlyStopping {
    monitor: Monitor,
    patience: usize,
    min_delta: f64,
    baseline: Option<f64>,
    restore_best_weights: bool,
    start_from_epoch: usize,
    check_finite: bool,
    stopping_threshold: Option<f64>,
    divergence_threshold: Option<f64>,
    direction: Direction,
    progress: Progress,
}

/// What a checkpoint holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Progress {
    wait: usize,
    best: Option<f64>,
    best_epoch: Option<usize>,
}

/// What an epoch's value means.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    Continue,
    /// Go on; these are the best weights so far.
    Keep,
    Stop(String),
    /// Stop; these are the best weights so far.
    KeepAndStop(String),
}

impl EarlyStopping {
    /// Watches this metric. As in Keras: no patience, no baseline, no restoring.
    pub fn new(monitor: Monitor) -> Self {
        Self {
            monitor,
            patience: 0,
            min_delta: 0.0,
            baseline: None,
            restore_best_weights: false,
            start_from_epoch: 0,
            check_finite: false,
            stopping_threshold: None,
            divergence_threshold: None,
            direction: Direction::Min,
            progress: Progress::default(),
        }
    }

    /// Epochs without improvement after which the training ends. Default 0: at the first one, though never at the first epoch.
    pub fn patience(self, epochs: usize) -> Self {
        Self { patience: epochs, ..self }
    }

    /// By how much a value must beat the best to be an improvement; the sign does not matter. Default 0.
    pub fn min_delta(self, delta: f64) -> Self {
        Self { min_delta: delta.abs(), ..self }
    }

    /// A value that must be beaten for an improvement to reset the wait. Default none.
    pub fn baseline(self, value: f64) -> Self {
        Self { baseline: Some(value), ..self }
    }

    /// Whether the model gets the weights of its best epoch when the training ends, also when nothing stopped it. Default `false`:
    /// it keeps those of the last step.
    pub fn restore_best_weights(self, restore: bool) -> Self {
        Self { restore_best_weights: restore, ..self }
    }

    /// How many epochs at the beginning are ignored, a warm-up. Default 0.
    pub fn start_from_epoch(self, epochs: usize) -> Self {
        Self { start_from_epoch: epochs, ..self }
    }

    /// Whether a NaN or an infinity ends the training at once. Default `false`: it counts as an epoch without improvement.
    pub fn check_finite(self, check: bool) -> Self {
        Self { check_finite: check, ..self }
    }

    /// Ends the training as soon as the metric is better than this. Default none.
    pub fn stopping_threshold(self, value: f64) -> Self {
        Self { stopping_threshold: Some(value), ..self }
    }

    /// Ends the training as soon as the metric is worse than this: a loss that grows too large. Default none.
    pub fn divergence_threshold(self, value: f64) -> Self {
        Self { divergence_threshold: Some(value), ..self }
    }

    fn check_settings(&self) -> Result<(), CallbackError> {
        refuse_nan([
            ("min_delta", Some(self.min_delta)),
            ("baseline", self.baseline),
            ("stopping_threshold", self.stopping_threshold),
            ("divergence_threshold", self.divergence_threshold),
        ])
    }

    /// Takes in the value of an epoch (from 1).
    fn judge(&mut self, epoch: usize, value: f64) -> Verdict {
        let monitor = &self.monitor;
        if self.check_finite && !value.is_finite() {
            return Verdict::Stop(format!("{monitor} is {value}"));
        }
        if let Some(threshold) =
            self.divergence_threshold.filter(|threshold| self.direction.is_better(*threshold, value))
        {
            return Verdict::Stop(format!("{monitor} is {value}, worse than the divergence threshold {threshold}"));
        }
        let improved = self.direction.improves(value, self.progress.best, self.min_delta);
        self.progress.wait += 1;
        if improved {
            (self.progress.best, self.progress.best_epoch) = (Some(value), Some(epoch));
            if self.baseline.is_none_or(|baseline| self.direction.improves(value, Some(baseline), self.min_delta)) {
                self.progress.wait = 0;
            }
        }
        if let Some(threshold) = self.stopping_threshold.filter(|threshold| self.direction.is_better(value, *threshold))
        {
            let reason = format!("{monitor} is {value}, better than the stopping threshold {threshold}");
            return if improved { Verdict::KeepAndStop(reason) } else { Verdict::Stop(reason) };
        }
        if improved {
            return Verdict::Keep;
        }
        if self.progress.wait >= self.patience && epoch > 1 {
            return Verdict::Stop(self.no_improvement());
        }
        Verdict::Continue
    }

    fn no_improvement(&self) -> String {
        let Progress { wait, best, best_epoch } = &self.progress;
        let epochs = if *wait == 1 { "epoch" } else { "epochs" };
        let best = match (best, best_epoch) {
            (Some(best), Some(epoch)) => format!("best {best} in epoch {epoch}"),
            _ => "it never had a finite value".to_owned(),
        };
        format!("{} did not improve for {wait} {epochs} ({best})", self.monitor)
    }
}

impl Callback for EarlyStopping {
    fn name(&self) -> &str {
        NAME
    }

    fn monitors(&self) -> Vec<Monitor> {
        vec![self.monitor.clone()]
    }

    fn on_train_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.check_settings()?;
        self.direction = context.direction(&self.monitor)?;
        self.progress = Progress::default();
        context.forget_weights(NAME);
        Ok(Flow::Continue)
    }

    fn on_epoch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        let Some(value) = context.measured(&self.monitor)? else { return Ok(Flow::Continue) };
        if context.epoch() <= self.start_from_epoch {
            return Ok(Flow::Continue);
        }
        let verdict = self.judge(context.epoch(), value);
        let is_best = matches!(verdict, Verdict::Keep | Verdict::KeepAndStop(_));
        if self.restore_best_weights && (is_best || !context.has_weights(NAME)) {
            context.keep_weights(NAME);
        }
        Ok(match verdict {
            Verdict::Continue | Verdict::Keep => Flow::Continue,
            Verdict::Stop(reason) | Verdict::KeepAndStop(reason) => Flow::Stop { reason },
        })
    }

    fn on_train_end(&mut self, context: &mut Context<'_>) -> HookResult {
        if self.restore_best_weights && context.has_weights(NAME) {
            context.restore_weights(NAME)?;
        }
        Ok(Flow::Continue)
    }

    fn state(&self) -> Value {
        serde_json::json!(self.progress)
    }

    fn load_state(&mut self, state: &Value) -> Result<(), CallbackError> {
        self.progress = Progress::deserialize(state)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
