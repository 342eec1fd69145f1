//! The learning rate range test (Smith, 2017, <https://arxiv.org/abs/1506.01186>), with the semantics of Lightning's
//! `LearningRateFinder`.
//!
//! ```text
//! rate_i     = min·(max/min)^(i/(n−1))  or  min + (max − min)·i/(n−1)            i = 0..n batches
//! average_i  = β·average_{i−1} + (1 − β)·loss_i
//! smoothed_i = average_i / (1 − β^{i+1})
//! ends at i = n − 1, or when smoothed_i > threshold · the lowest smoothed loss so far
//! ```

mod curve;

use std::path::PathBuf;

pub use curve::{LearningRateCurve, RatePoint};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::callback::HookResult;
use crate::{Callback, CallbackError, Context, Flow, Monitor, write_atomically};

const NAME: &str = "LearningRateFinder";

/// How much of the smoothed loss is that of the batches before, as in Lightning and fastai.
const BETA: f64 = 0.98;

/// How the rates of a sweep are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    /// By equal factors.
    Exponential,
    /// By equal steps.
    Linear,
}

/// Raises the learning rate from batch to batch and watches the loss: where it falls steepest is a good rate to train with.
///
/// The training ends with the sweep, with the weights that it began with; it is a run of its own before the one that counts. It may
/// take several epochs. Needs a learner with a [`ControlledLr`](crate::ControlledLr) and a strategy that was
/// [attached](crate::CallbackStrategy::attach).
///
/// ```
/// use firebrick_callbacks::LearningRateFinder;
///
/// let finder = LearningRateFinder::new().rates(1e-7, 10.0).steps(200).csv("run/rates.csv");
/// let curve = finder.curve();
/// // After the training: the points, and the rate where the loss falls steepest.
/// assert!(curve.points().is_empty() && curve.suggestion().is_none());
/// ```
#[derive(Clone, Debug)]
pub struct LearningRateFinder {
    monitor: Monitor,
    min: f64,
    max: f64,
    steps: usize,
    spacing: Spacing,
    early_stop_threshold: Option<f64>,
    csv: Option<PathBuf>,
    curve: LearningRateCurve,
    average: f64,
    rate_before: f64,
}

/// What a checkpoint holds. Floats as bits: JSON has no NaN.
#[derive(Serialize, Deserialize)]
struct Saved {
    points: Vec<[u64; 3]>,
    average: u64,
    rate_before: u64,
}

impl Default for LearningRateFinder {
    fn default() -> Self {
        Self::new()
    }
}

impl LearningRateFinder {
    /// As in Lightning: 100 batches from 1e-8 to 1, spaced exponentially, ended early at four times the lowest loss; it watches the
    /// training loss.
    pub fn new() -> Self {
        Self {
            monitor: Monitor::train("Loss"),
            min: 1e-8,
            max: 1.0,
            steps: 100,
            spacing: Spacing::Exponential,
            early_stop_threshold: Some(4.0),
            csv: None,
            curve: LearningRateCurve::default(),
            average: 0.0,
            rate_before: 0.0,
        }
    }

    /// The first and the last rate. Default 1e-8 and 1.
    pub fn rates(self, min: f64, max: f64) -> Self {
        Self { min, max, ..self }
    }

    /// How many batches the sweep has, at least 2. Default 100.
    pub fn steps(self, steps: usize) -> Self {
        Self { steps, ..self }
    }

    /// How the rates are spaced. Default [`Spacing::Exponential`].
    pub fn spacing(self, spacing: Spacing) -> Self {
        Self { spacing, ..self }
    }

    /// By how much the smoothed loss must exceed the lowest one for the sweep to end early; none: never. Default 4.
    pub fn early_stop_threshold(self, factor: Option<f64>) -> Self {
        Self { early_stop_threshold: factor, ..self }
    }

    /// The training metric that is watched, another loss say. Default `Loss`.
    pub fn monitor(self, monitor: Monitor) -> Self {
        Self { monitor, ..self }
    }

    /// Also writes the points to this file in the end, with the columns `rate,loss,smoothed`.
    pub fn csv(self, path: impl Into<PathBuf>) -> Self {
        Self { csv: Some(path.into()), ..self }
    }

    /// A handle on the points, to be read while and after the training runs.
    pub fn curve(&self) -> LearningRateCurve {
        self.curve.clone()
    }

    fn rate(&self, index: usize) -> f64 {
        let t = index as f64 / (self.steps - 1) as f64;
        match self.spacing {
            Spacing::Exponential => self.min * (self.max / self.min).powf(t),
            Spacing::Linear => self.min + (self.max - self.min) * t,
        }
    }

    fn check(&self) -> Result<(), CallbackError> {
        let fault = |setting, value: String, rule| Err(CallbackError::Setting { setting, value, rule });
        if self.steps < 2 {
            return fault("steps", self.steps.to_string(), "a sweep has at least two batches");
        }
        if !(self.min > 0.0 && self.min < self.max && self.max.is_finite()) {
            let rule = "the rates must be finite, above 0, and rise";
            return fault("rates", format!("({}, {})", self.min, self.max), rule);
        }
        match self.early_stop_threshold {
            Some(factor) if factor.is_nan() || factor <= 1.0 => {
                fault("early_stop_threshold", factor.to_string(), "the factor must be above 1")
            }
            _ => Ok(()),
        }
    }

    /// Takes in the loss of a batch; the reason if it was the last one.
    fn take_in(&mut self, rate: f64, loss: f64) -> Option<String> {
        let index = self.curve.len();
        self.average = BETA * self.average + (1.0 - BETA) * loss;
        let smoothed = self.average / (1.0 - BETA.powi(index as i32 + 1));
        let best = self.curve.lowest();
        self.curve.push(RatePoint { rate, loss, smoothed });
        let bound = self.early_stop_threshold.zip(best).map_or(f64::INFINITY, |(factor, best)| factor * best);
        let outcome = if !smoothed.is_finite() {
            format!("the loss is {loss}")
        } else if smoothed > bound {
            format!("the loss has left its lowest value {:.4} behind", best.unwrap_or(smoothed))
        } else if index + 1 == self.steps {
            "it is complete".to_owned()
        } else {
            return None;
        };
        Some(match self.curve.suggestion() {
            Some(rate) => format!("the sweep of learning rates ends: {outcome}; suggested is {rate:.2e}"),
            None => format!("the sweep of learning rates ends: {outcome}; too few points suggest none"),
        })
    }

    fn write(&self) -> Result<(), CallbackError> {
        let Some(path) = &self.csv else { return Ok(()) };
        write_atomically(path, self.curve.to_csv().as_bytes())
            .map_err(|source| CallbackError::Write { path: path.clone(), source })
    }
}

impl Callback for LearningRateFinder {
    fn name(&self) -> &str {
        NAME
    }

    fn monitors(&self) -> Vec<Monitor> {
        vec![self.monitor.clone()]
    }

    fn wants_batch_metrics(&self) -> bool {
        true
    }

    fn on_train_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.check()?;
        self.curve.replace(Vec::new());
        self.average = 0.0;
        self.rate_before = context.learning_rate();
        context.set_learning_rate(self.rate(0))?;
        context.keep_weights(NAME);
        Ok(Flow::Continue)
    }

    fn on_train_batch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        context.set_learning_rate(self.rate(self.curve.len()))?;
        Ok(Flow::Continue)
    }

    fn on_train_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        let (rate, loss) = (context.last_learning_rate(), context.batch_metric(&self.monitor)?);
        Ok(self.take_in(rate, loss).map_or(Flow::Continue, Flow::stop))
    }

    fn on_train_end(&mut self, context: &mut Context<'_>) -> HookResult {
        context.restore_weights(NAME)?;
        context.set_learning_rate(self.rate_before)?;
        self.write()?;
        Ok(Flow::Continue)
    }

    fn state(&self) -> Value {
        let bits = |point: &RatePoint| [point.rate, point.loss, point.smoothed].map(f64::to_bits);
        serde_json::json!(Saved {
            points: self.curve.points().iter().map(bits).collect(),
            average: self.average.to_bits(),
            rate_before: self.rate_before.to_bits(),
        })
    }

    fn load_state(&mut self, state: &Value) -> Result<(), CallbackError> {
        let saved = Saved::deserialize(state)?;
        let point = |bits: [u64; 3]| {
            let [rate, loss, smoothed] = bits.map(f64::from_bits);
            RatePoint { rate, loss, smoothed }
        };
        self.curve.replace(saved.points.into_iter().map(point).collect());
        (self.average, self.rate_before) = (f64::from_bits(saved.average), f64::from_bits(saved.rate_before));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
