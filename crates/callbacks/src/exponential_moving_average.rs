//! An exponential moving average of the weights, with the semantics of PyTorch's `AveragedModel` and Keras's `SwapEMAWeights`.
//!
//! ```text
//! average = weights                                            after the first step
//! average = decay_n · average + (1 − decay_n) · weights        after each further one
//! decay_n = decay, with a warm-up min(decay, (1 + n) / (10 + n))        n averaged so far
//! ```
//!
//! (Polyak & Juditsky, 1992; the warm-up is that of TensorFlow's `ExponentialMovingAverage(num_updates)`.)

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::callback::HookResult;
use crate::{Callback, CallbackError, Context, Flow};

const NAME: &str = "ExponentialMovingAverage";

/// Keeps a moving average of the weights, validates it in place of the model, and leaves it in the model in the end.
///
/// Running statistics, such as batch normalisation's, are averaged like parameters (as Lightning's `EMAWeightAveraging` does it;
/// PyTorch's `AveragedModel` copies them by default). Steps are the optimiser's: batches whose gradients only accumulate do not count.
///
/// Keras's callback forgets the averaged weights in the model after a prediction. Here whether they are in the model is one value,
/// which every hook looks at and every checkpoint holds, so there is no order of hooks that leaves them there.
///
/// ```
/// use firebrick_callbacks::ExponentialMovingAverage;
///
/// let average = ExponentialMovingAverage::new(0.999).warm_up(true);
/// ```
#[derive(Clone, Debug)]
pub struct ExponentialMovingAverage {
    decay: f64,
    warm_up: bool,
    every_steps: u64,
    swap_on_epoch: bool,
    averaged_at_end: bool,
    progress: Progress,
}

/// What a checkpoint holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Progress {
    /// The optimiser's steps.
    steps: u64,
    averaged: u64,
    /// Whether the average is in the model, and the weights in training are kept.
    swapped: bool,
}

impl ExponentialMovingAverage {
    /// With this decay per averaged step, from 0 to 1; 0.999 is usual.
    pub fn new(decay: f64) -> Self {
        Self {
            decay,
            warm_up: false,
            every_steps: 1,
            swap_on_epoch: false,
            averaged_at_end: true,
            progress: Progress::default(),
        }
    }

    /// Whether the decay begins small, so that the first weights are soon forgotten. Default `false`.
    pub fn warm_up(self, warm_up: bool) -> Self {
        Self { warm_up, ..self }
    }

    /// Averages after every so many optimiser steps (at least 1). Default 1.
    pub fn every_steps(self, steps: usize) -> Self {
        Self { every_steps: steps.max(1) as u64, ..self }
    }

    /// Whether the average stays in the model from an epoch's validation until training goes on, so that what saves or keeps
    /// weights after an epoch ([`ModelCheckpoint`](crate::ModelCheckpoint), [`EarlyStopping`](crate::EarlyStopping)) gets the
    /// average, in whichever order they are called. Default `false`: it is there for the validation only.
    pub fn swap_on_epoch(self, swap: bool) -> Self {
        Self { swap_on_epoch: swap, ..self }
    }

    /// Whether the model has the averaged weights after the training. Default `true`; otherwise those of the last step. What also
    /// sets the final weights ([`EarlyStopping::restore_best_weights`](crate::EarlyStopping::restore_best_weights), say) belongs
    /// after this callback.
    pub fn averaged_at_end(self, averaged: bool) -> Self {
        Self { averaged_at_end: averaged, ..self }
    }

    /// The decay of the update that follows `averaged` others.
    fn decay(&self, averaged: u64) -> f64 {
        let averaged = averaged as f64;
        if self.warm_up { self.decay.min((1.0 + averaged) / (10.0 + averaged)) } else { self.decay }
    }

    fn average(&mut self, context: &mut Context<'_>) -> Result<(), CallbackError> {
        if self.progress.averaged == 0 {
            context.keep_weights(NAME);
        } else {
            context.average_weights(NAME, 1.0 - self.decay(self.progress.averaged))?;
        }
        self.progress.averaged += 1;
        Ok(())
    }

    /// Brings the average into the model, or the weights in training back.
    fn swap(&mut self, context: &mut Context<'_>, swapped: bool) -> HookResult {
        if self.progress.averaged > 0 && self.progress.swapped != swapped {
            context.swap_weights(NAME)?;
            self.progress.swapped = swapped;
        }
        Ok(Flow::Continue)
    }
}

impl Callback for ExponentialMovingAverage {
    fn name(&self) -> &str {
        NAME
    }

    fn on_train_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        if !(0.0..=1.0).contains(&self.decay) {
            let (value, rule) = (self.decay.to_string(), "a decay must be from 0 to 1");
            return Err(CallbackError::Setting { setting: "decay", value, rule });
        }
        self.progress = Progress::default();
        context.forget_weights(NAME);
        Ok(Flow::Continue)
    }

    fn on_epoch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.swap(context, false)
    }

    /// After a validation inside of the epoch.
    fn on_train_batch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.swap(context, false)
    }

    fn on_train_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        if context.has_stepped() {
            self.progress.steps += 1;
            if self.progress.steps.is_multiple_of(self.every_steps) {
                self.average(context)?;
            }
        }
        Ok(Flow::Continue)
    }

    fn on_valid_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.swap(context, true)
    }

    fn on_valid_end(&mut self, context: &mut Context<'_>) -> HookResult {
        self.swap(context, self.swap_on_epoch)
    }

    fn on_epoch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        self.swap(context, self.swap_on_epoch)
    }

    fn on_train_end(&mut self, context: &mut Context<'_>) -> HookResult {
        self.swap(context, self.averaged_at_end)
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
