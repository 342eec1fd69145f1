//! Breaking a training off gracefully: Ctrl-C, a time limit, a word from another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::callback::HookResult;
use crate::{Callback, Context, Flow};

/// Breaks the training off after the batch in which a flag is raised. With [`Checkpoints`](crate::Checkpoints), the state is
/// written first and a resumed run goes on with the next batch.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::AtomicBool;
/// use firebrick_callbacks::Interrupt;
///
/// let flag = Arc::new(AtomicBool::new(false));    // a handler of Ctrl-C sets it
/// let interrupt = Interrupt::new(flag.clone());
/// ```
pub struct Interrupt {
    is_asked: Box<dyn Fn() -> bool + Send>,
    reason: String,
}

impl Interrupt {
    /// Breaks off once the flag is set.
    pub fn new(flag: Arc<AtomicBool>) -> Self {
        Self::when(move || flag.load(Ordering::Relaxed))
    }

    /// Breaks off once the condition holds; it is asked after every batch.
    pub fn when(condition: impl Fn() -> bool + Send + 'static) -> Self {
        Self { is_asked: Box::new(condition), reason: "interrupted".to_owned() }
    }

    /// The reason that is reported; default `interrupted`.
    pub fn reason(self, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), ..self }
    }

    fn flow(&self) -> HookResult {
        Ok(if (self.is_asked)() { Flow::interrupt(self.reason.clone()) } else { Flow::Continue })
    }
}

impl Callback for Interrupt {
    fn name(&self) -> &str {
        "Interrupt"
    }

    fn on_train_begin(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.flow()
    }

    fn on_train_batch_end(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.flow()
    }

    fn on_valid_batch_end(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.flow()
    }

    fn on_epoch_end(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.flow()
    }
}
