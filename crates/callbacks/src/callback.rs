//! The `Callback` trait: what is called, when, and what it may answer.

use serde_json::Value;

use crate::{CallbackError, Checkpoints, Context, Monitor};

/// How the training goes on after a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// The training is over, for a reason that is reported. A run resumed from its checkpoint stays over.
    Stop {
        /// Why, in words for the user.
        reason: String,
    },
    /// The training is broken off from outside: a checkpoint is written (with [`Checkpoints`](crate::Checkpoints)) and a resumed
    /// run goes on from there.
    Interrupt {
        /// Why, in words for the user.
        reason: String,
    },
}

impl Flow {
    /// [`Flow::Stop`] with a reason.
    pub fn stop(reason: impl Into<String>) -> Self {
        Self::Stop { reason: reason.into() }
    }

    /// [`Flow::Interrupt`] with a reason.
    pub fn interrupt(reason: impl Into<String>) -> Self {
        Self::Interrupt { reason: reason.into() }
    }
}

/// What a hook answers. An error ends the training.
pub type HookResult = Result<Flow, CallbackError>;

/// Something that is called while a network trains. Every hook has a default that does nothing.
///
/// Hooks are called in this order, callbacks in the order in which they were given; the hook names and their meaning are Keras's
/// (`on_optimizer_step_begin` is Lightning's `on_before_optimizer_step`):
///
/// ```text
/// on_train_begin
///   on_epoch_begin                                   not again in an epoch that is resumed in its middle
///     on_train_batch_begin                           for every batch
///       on_optimizer_step_begin                      for every optimiser step, if the callback wants gradients
///     on_train_batch_end
///     on_valid_begin                                 at the epoch's end, or where the strategy says; again when it was broken off
///       on_valid_batch_begin, on_valid_batch_end     for every batch
///     on_valid_end                                   not when it was broken off
///   on_epoch_end                                     not in an epoch that was broken off
/// on_train_end                                       not after an error
/// ```
///
/// What a hook may read and do is in [`Context`]. What must outlive the process belongs into [`state`](Self::state).
pub trait Callback: Send {
    /// Name in messages and in checkpoints, such as `EarlyStopping`.
    fn name(&self) -> &str;

    /// The metrics that it will ask for; they are checked before the first step.
    fn monitors(&self) -> Vec<Monitor> {
        Vec::new()
    }

    /// Whether [`Context::metrics`] must be up to date in [`on_train_batch_end`](Self::on_train_batch_end). Metrics are computed
    /// on another thread, so this costs waiting for it after every batch.
    fn wants_batch_metrics(&self) -> bool {
        false
    }

    /// Whether it is called before optimiser steps, with the gradients. Default `false`.
    fn wants_gradients(&self) -> bool {
        false
    }

    /// Whether it writes files, or sends figures elsewhere. Such a callback is left out of a
    /// [trial run](crate::CallbackStrategy::fast_dev_run).
    fn keeps_files(&self) -> bool {
        false
    }

    /// Checkpoints that the training is to write and to resume from, in place of
    /// [`with_checkpoints`](crate::CallbackStrategy::with_checkpoints).
    fn checkpoints(&self) -> Option<Checkpoints> {
        None
    }

    /// Before anything else, also before the state of a checkpoint is given back: forget an earlier training here.
    fn on_train_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        let _ = context;
        Ok(Flow::Continue)
    }

    /// After the last epoch, however the training ended, unless by an error.
    fn on_train_end(&mut self, context: &mut Context<'_>) -> HookResult {
        let _ = context;
        Ok(Flow::Continue)
    }

    /// Before the first batch of an epoch.
    fn on_epoch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        let _ = context;
        Ok(Flow::Continue)
    }

    /// After an epoch and its validation, with the metrics of both.
    fn on_epoch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        let _ = context;
        Ok(Flow::Continue)
    }

    /// Before a training batch.
    fn on_train_batch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        let _ = context;
        Ok(Flow::Continue)
    }

    /// After the backward pass and before the optimiser's step, if it [wants gradients](Self::wants_gradients):
    /// [`Context`] reads and changes them. Not after every batch when gradients accumulate; after every phase of a
    /// [`BatchStep`](crate::BatchStep).
    fn on_optimizer_step_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        let _ = context;
        Ok(Flow::Continue)
    }

    /// After a training batch and its optimiser step.
    fn on_train_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        let _ = context;
        Ok(Flow::Continue)
    }

    /// Before a validation.
    fn on_valid_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        let _ = context;
        Ok(Flow::Continue)
    }

    /// After a validation. The metrics are its own and those of the training so far, if the strategy was
    /// [attached](crate::CallbackStrategy::attach).
    fn on_valid_end(&mut self, context: &mut Context<'_>) -> HookResult {
        let _ = context;
        Ok(Flow::Continue)
    }

    /// Before a validation batch.
    fn on_valid_batch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        let _ = context;
        Ok(Flow::Continue)
    }

    /// After a validation batch.
    fn on_valid_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        let _ = context;
        Ok(Flow::Continue)
    }

    /// Something that the user should know: a damaged checkpoint was passed over, say.
    fn on_notice(&mut self, notice: &str) {
        let _ = notice;
    }

    /// What a checkpoint must hold for a resumed run to go on as if nothing had happened. Weights belong under a name into
    /// [`Context::keep_weights`]; they are part of the checkpoint as well.
    fn state(&self) -> Value {
        Value::Null
    }

    /// Takes back what [`state`](Self::state) gave, in a new process, after [`on_train_begin`](Self::on_train_begin).
    ///
    /// # Errors
    /// When the value is not one that `state` gives.
    fn load_state(&mut self, state: &Value) -> Result<(), CallbackError> {
        let _ = state;
        Ok(())
    }
}

/// A list of boxed callbacks: `callbacks![EarlyStopping::new(monitor), history]`.
#[macro_export]
macro_rules! callbacks {
    ($($callback:expr),* $(,)?) => {
        ::std::vec![$(::std::boxed::Box::new($callback) as ::std::boxed::Box<dyn $crate::Callback>),*]
    };
}
