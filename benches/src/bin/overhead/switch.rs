//! Callbacks that can be switched off in the middle of a training.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use firebrick_callbacks::{Callback, CallbackError, Checkpoints, Context, Flow, HookResult, Monitor};
use serde_json::Value;

/// Which hooks are called now.
#[derive(Debug, Default)]
pub(crate) struct Switch {
    steps: AtomicBool,
    epochs: AtomicBool,
}

impl Switch {
    /// Whether the hooks of training steps are called.
    pub(crate) fn set_steps(&self, on: bool) {
        self.steps.store(on, Ordering::Relaxed);
    }

    /// Whether the hooks of validation and of epochs' ends are called.
    pub(crate) fn set_epochs(&self, on: bool) {
        self.epochs.store(on, Ordering::Relaxed);
    }

    /// Whether the hooks of training steps are called now.
    pub(crate) fn steps(&self) -> bool {
        self.steps.load(Ordering::Relaxed)
    }

    fn epochs(&self) -> bool {
        self.epochs.load(Ordering::Relaxed)
    }
}

/// A callback that hears only of what its switch lets through.
pub(crate) struct Switched {
    callback: Box<dyn Callback>,
    switch: Arc<Switch>,
}

impl Switched {
    /// The callbacks behind one switch.
    pub(crate) fn all(callbacks: Vec<Box<dyn Callback>>, switch: &Arc<Switch>) -> Vec<Box<dyn Callback>> {
        let switched = |callback| Box::new(Self { callback, switch: switch.clone() }) as Box<dyn Callback>;
        callbacks.into_iter().map(switched).collect()
    }
}

/// Hooks that are called where the switch says so.
macro_rules! switched {
    ($($hook:ident by $switch:ident),* $(,)?) => {
        $(fn $hook(&mut self, context: &mut Context<'_>) -> HookResult {
            if self.switch.$switch() { self.callback.$hook(context) } else { Ok(Flow::Continue) }
        })*
    };
}

impl Callback for Switched {
    fn name(&self) -> &str {
        self.callback.name()
    }

    fn monitors(&self) -> Vec<Monitor> {
        self.callback.monitors()
    }

    fn wants_batch_metrics(&self) -> bool {
        self.switch.steps() && self.callback.wants_batch_metrics()
    }

    fn wants_gradients(&self) -> bool {
        self.switch.steps() && self.callback.wants_gradients()
    }

    fn keeps_files(&self) -> bool {
        self.callback.keeps_files()
    }

    fn checkpoints(&self) -> Option<Checkpoints> {
        self.callback.checkpoints()
    }

    fn on_train_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.callback.on_train_begin(context)
    }

    fn on_train_end(&mut self, context: &mut Context<'_>) -> HookResult {
        self.callback.on_train_end(context)
    }

    // It costs next to nothing, and an end without a beginning is not what callbacks expect.
    fn on_epoch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.callback.on_epoch_begin(context)
    }

    switched!(
        on_train_batch_begin by steps,
        on_optimizer_step_begin by steps,
        on_train_batch_end by steps,
        on_epoch_end by epochs,
        on_valid_begin by epochs,
        on_valid_end by epochs,
        on_valid_batch_begin by epochs,
        on_valid_batch_end by epochs,
    );

    fn on_notice(&mut self, notice: &str) {
        self.callback.on_notice(notice);
    }

    fn state(&self) -> Value {
        self.callback.state()
    }

    fn load_state(&mut self, state: &Value) -> Result<(), CallbackError> {
        self.callback.load_state(state)
    }
}
