//! Ends a training whose loss is no longer a number, with the semantics of Keras's `TerminateOnNaN`.

use crate::callback::HookResult;
use crate::{Callback, CallbackError, Context, Flow, Monitor};

/// Ends the training after the batch whose loss is NaN or infinite, gracefully (callbacks end, best weights come back) or with an
/// error.
///
/// Needs [`CallbackStrategy::attach`](crate::CallbackStrategy::attach), for the loss of every batch; waiting for it costs a little
/// after each.
///
/// ```
/// use firebrick_callbacks::TerminateOnNan;
///
/// let graceful = TerminateOnNan::new();
/// let failing = TerminateOnNan::new().raise_error(true);
/// ```
#[derive(Clone, Debug)]
pub struct TerminateOnNan {
    monitor: Monitor,
    raise_error: bool,
}

impl Default for TerminateOnNan {
    fn default() -> Self {
        Self::new()
    }
}

impl TerminateOnNan {
    /// Watches the training loss, `"Loss"`.
    pub fn new() -> Self {
        Self { monitor: Monitor::train("Loss"), raise_error: false }
    }

    /// Watches this training metric instead; it must have a value for every batch.
    pub fn metric(self, name: impl Into<String>) -> Self {
        Self { monitor: Monitor::train(name), ..self }
    }

    /// Whether it ends with [`CallbackError::NotFinite`], so that no callback's `on_train_end` is called and the last checkpoint is one
    /// from before. Default `false`: the training stops, and says why.
    pub fn raise_error(self, raise: bool) -> Self {
        Self { raise_error: raise, ..self }
    }
}

impl Callback for TerminateOnNan {
    fn name(&self) -> &str {
        "TerminateOnNan"
    }

    fn monitors(&self) -> Vec<Monitor> {
        vec![self.monitor.clone()]
    }

    fn wants_batch_metrics(&self) -> bool {
        true
    }

    fn on_train_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        context.check_batch_metrics()?;
        Ok(Flow::Continue)
    }

    fn on_train_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        let value = context.batch_metric(&self.monitor)?;
        if value.is_finite() {
            return Ok(Flow::Continue);
        }
        let (monitor, epoch, step) = (self.monitor.to_string(), context.epoch(), context.step());
        if self.raise_error {
            return Err(CallbackError::NotFinite { monitor, value, epoch, step });
        }
        Ok(Flow::stop(format!("{monitor} is {value} in batch {step} of epoch {epoch}")))
    }
}

#[cfg(test)]
mod tests;
