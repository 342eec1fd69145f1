//! Stochastic weight averaging (Izmailov et al., 2018, <https://arxiv.org/abs/1803.05407>), with the semantics of PyTorch's `swa_utils`
//! and Lightning's `StochasticWeightAveraging`.
//!
//! ```text
//! from epoch s on, k = epoch − s:
//! rate    = α·swa_rate + (1 − α)·rate_before     α = (1 − cos(π·t)) / 2 or t,  t = min(1, k / annealing_epochs)
//! average = average + (weights − average) / (k + 1)                            after each epoch
//! ```

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::callback::HookResult;
use crate::{Annealing, Callback, CallbackError, Context, Flow};

const NAME: &str = "StochasticWeightAveraging";

/// When the averaging begins.
#[derive(Clone, Copy, Debug)]
enum Start {
    Epoch(usize),
    Share(f64),
}

/// Averages the weights of the last epochs, trained at a constant, rather high learning rate; the model has the average in the end.
///
/// Running statistics such as batch normalisation's are averaged like parameters: that needs no further pass over the training data,
/// as recomputing them does (PyTorch's `update_bn`), and both estimate the statistics of the same features. Validation during the
/// training is that of the weights in training.
///
/// Needs a learner with a [`ControlledLr`](crate::ControlledLr). It belongs after other callbacks that set the learning rate.
///
/// ```
/// use firebrick_callbacks::{Annealing, StochasticWeightAveraging};
///
/// let averaging = StochasticWeightAveraging::new(0.05).start_from_epoch(16).annealing(Annealing::Linear, 3);
/// ```
#[derive(Clone, Debug)]
pub struct StochasticWeightAveraging {
    rate: f64,
    start: Start,
    annealing: Annealing,
    annealing_epochs: usize,
    progress: Progress,
}

/// What a checkpoint holds. The rate as bits: JSON has no NaN.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Progress {
    averaged: usize,
    rate_before_bits: Option<u64>,
}

impl StochasticWeightAveraging {
    /// Averages at this learning rate. As in Lightning: over the last fifth of the epochs, after annealing along a cosine for ten.
    pub fn new(rate: f64) -> Self {
        Self {
            rate,
            start: Start::Share(0.8),
            annealing: Annealing::Cosine,
            annealing_epochs: 10,
            progress: Progress::default(),
        }
    }

    /// The first epoch (from 1) whose weights are averaged.
    pub fn start_from_epoch(self, epoch: usize) -> Self {
        Self { start: Start::Epoch(epoch), ..self }
    }

    /// The first epoch whose weights are averaged, as a share of all epochs, rounded down: 0.8 of 20 is epoch 16. Default 0.8.
    pub fn start_from_share(self, share: f64) -> Self {
        Self { start: Start::Share(share), ..self }
    }

    /// How the learning rate goes over into that of the averaging, and in how many epochs; 0: at once. Default: a cosine, 10.
    pub fn annealing(self, annealing: Annealing, epochs: usize) -> Self {
        Self { annealing, annealing_epochs: epochs, ..self }
    }

    /// The first epoch of the averaging, from 1.
    fn first_epoch(&self, epochs: usize) -> usize {
        match self.start {
            Start::Epoch(epoch) => epoch,
            Start::Share(share) => ((epochs as f64 * share) as usize).max(1),
        }
    }

    /// The learning rate after `epochs` epochs of averaging.
    fn annealed(&self, before: f64, epochs: usize) -> f64 {
        let t = if self.annealing_epochs == 0 { 1.0 } else { (epochs as f64 / self.annealing_epochs as f64).min(1.0) };
        self.annealing.between(before, self.rate, t)
    }

    fn check(&self) -> Result<(), CallbackError> {
        let fault = |setting, value: String, rule| Err(CallbackError::Setting { setting, value, rule });
        match self.start {
            Start::Epoch(0) => fault("start_from_epoch", "0".to_owned(), "epochs count from 1"),
            Start::Share(share) if !(0.0..=1.0).contains(&share) => {
                fault("start_from_share", share.to_string(), "a share must be from 0 to 1")
            }
            _ if !(self.rate > 0.0 && self.rate.is_finite()) => {
                fault("rate", self.rate.to_string(), "the learning rate must be finite and above 0")
            }
            _ => Ok(()),
        }
    }
}

impl Callback for StochasticWeightAveraging {
    fn name(&self) -> &str {
        NAME
    }

    fn on_train_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.check()?;
        // A rate that cannot be set is an error now, not after most of the training.
        context.set_learning_rate(context.learning_rate())?;
        self.progress = Progress::default();
        context.forget_weights(NAME);
        Ok(Flow::Continue)
    }

    fn on_epoch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        let Some(epochs) = context.epoch().checked_sub(self.first_epoch(context.epochs())) else {
            return Ok(Flow::Continue);
        };
        let before = self.progress.rate_before_bits.get_or_insert(context.learning_rate().to_bits());
        let before = f64::from_bits(*before);
        context.set_learning_rate(self.annealed(before, epochs))?;
        Ok(Flow::Continue)
    }

    fn on_epoch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        if context.epoch() < self.first_epoch(context.epochs()) {
            return Ok(Flow::Continue);
        }
        self.progress.averaged += 1;
        if self.progress.averaged == 1 {
            context.keep_weights(NAME);
        } else {
            context.average_weights(NAME, 1.0 / self.progress.averaged as f64)?;
        }
        Ok(Flow::Continue)
    }

    fn on_train_end(&mut self, context: &mut Context<'_>) -> HookResult {
        if self.progress.averaged > 0 {
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
