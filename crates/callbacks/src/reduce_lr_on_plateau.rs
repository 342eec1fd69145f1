//! A lower learning rate when a metric no longer improves, with the semantics of Keras's `ReduceLROnPlateau`.
//!
//! ```text
//! cooling  = cooling - 1, wait = 0                  while it cools down
//! improved = value better than best by more than min_delta
//! wait     = 0 if improved; unchanged while it still cools down; else wait + 1
//! rate     = max(rate · factor, min_lr)             when wait ≥ patience and rate > min_lr; then wait = 0, cooling = cooldown
//! ```
//!
//! Unlike in Keras a NaN or an infinity is never an improvement, and a resumed training goes on with the same best value, wait and
//! cooldown.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::callback::HookResult;
use crate::monitor::refuse_nan;
use crate::{Callback, CallbackError, Context, Direction, Flow, Monitor};

/// Multiplies the learning rate by a factor when a metric has not improved for some epochs.
///
/// The learner needs a [`ControlledLr`](crate::ControlledLr). Epochs without validation do not count.
///
/// ```
/// use firebrick_callbacks::{Monitor, ReduceLrOnPlateau};
///
/// let reduce = ReduceLrOnPlateau::new(Monitor::valid("Loss")).factor(0.5).patience(3).min_lr(1e-5);
/// ```
#[derive(Clone, Debug)]
pub struct ReduceLrOnPlateau {
    monitor: Monitor,
    factor: f64,
    patience: usize,
    min_delta: f64,
    cooldown: usize,
    min_lr: f64,
    direction: Direction,
    progress: Progress,
}

/// What a checkpoint holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Progress {
    best: Option<f64>,
    wait: usize,
    /// Epochs that it still cools down.
    cooling: usize,
}

impl ReduceLrOnPlateau {
    /// Watches this metric. As in Keras: factor 0.1, patience 10, `min_delta` 0.0001, no cooldown, no lowest rate.
    pub fn new(monitor: Monitor) -> Self {
        Self {
            monitor,
            factor: 0.1,
            patience: 10,
            min_delta: 1e-4,
            cooldown: 0,
            min_lr: 0.0,
            direction: Direction::Min,
            progress: Progress::default(),
        }
    }

    /// What the rate is multiplied by, above 0 and below 1. Default 0.1.
    pub fn factor(self, factor: f64) -> Self {
        Self { factor, ..self }
    }

    /// Epochs without improvement after which the rate is reduced; 0 and 1 mean the same. Default 10.
    pub fn patience(self, epochs: usize) -> Self {
        Self { patience: epochs, ..self }
    }

    /// By how much a value must beat the best to be an improvement; the sign does not matter. Default 0.0001.
    pub fn min_delta(self, delta: f64) -> Self {
        Self { min_delta: delta.abs(), ..self }
    }

    /// Epochs after a reduction in which no epoch counts as one without improvement. Default 0.
    pub fn cooldown(self, epochs: usize) -> Self {
        Self { cooldown: epochs, ..self }
    }

    /// The rate below which it does not go. Default 0.
    pub fn min_lr(self, rate: f64) -> Self {
        Self { min_lr: rate, ..self }
    }

    fn check_settings(&self) -> Result<(), CallbackError> {
        let refuse =
            |setting, value: f64, rule| Err(CallbackError::Setting { setting, value: value.to_string(), rule });
        if !(self.factor > 0.0 && self.factor < 1.0) {
            return refuse("factor", self.factor, "it must be above 0 and below 1");
        }
        if !(self.min_lr >= 0.0 && self.min_lr.is_finite()) {
            return refuse("min_lr", self.min_lr, "it must be finite and at least 0");
        }
        refuse_nan([("min_delta", Some(self.min_delta))])
    }

    /// Takes in an epoch's value; whether the patience is used up.
    fn judge(&mut self, value: f64) -> bool {
        let progress = &mut self.progress;
        if progress.cooling > 0 {
            progress.cooling -= 1;
            progress.wait = 0;
        }
        if self.direction.improves(value, progress.best, self.min_delta) {
            (progress.best, progress.wait) = (Some(value), 0);
            return false;
        }
        if progress.cooling > 0 {
            return false;
        }
        progress.wait += 1;
        progress.wait >= self.patience
    }
}

impl Callback for ReduceLrOnPlateau {
    fn name(&self) -> &str {
        "ReduceLrOnPlateau"
    }

    fn monitors(&self) -> Vec<Monitor> {
        vec![self.monitor.clone()]
    }

    fn on_train_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.check_settings()?;
        self.direction = context.direction(&self.monitor)?;
        self.progress = Progress::default();
        // A learner whose rate cannot be set is an error now rather than at the first plateau.
        context.set_learning_rate(context.learning_rate())?;
        Ok(Flow::Continue)
    }

    fn on_epoch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        let Some(value) = context.measured(&self.monitor)? else { return Ok(Flow::Continue) };
        let rate = context.learning_rate();
        if self.judge(value) && rate > self.min_lr {
            context.set_learning_rate((rate * self.factor).max(self.min_lr))?;
            (self.progress.wait, self.progress.cooling) = (0, self.cooldown);
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
