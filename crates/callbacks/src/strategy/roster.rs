//! The callbacks of a strategy, which hear of it when a training runs without them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Callback, CallbackError, Outcome};

/// Callbacks that were given to a training, and whether it has called them.
#[derive(Default)]
pub(super) struct Roster {
    callbacks: Mutex<Vec<Box<dyn Callback>>>,
    /// Whom to tell when they are never called; none before they are given to a training, and after it has called them.
    waiting: Mutex<Option<Outcome>>,
}

impl Roster {
    pub(super) fn new(callbacks: Vec<Box<dyn Callback>>) -> Self {
        Self { callbacks: Mutex::new(callbacks), waiting: Mutex::default() }
    }

    /// Notes that they are a training's.
    pub(super) fn give(&self, outcome: Outcome) {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
    }

    /// The callbacks, for the training that begins.
    pub(super) fn call_in(&self) -> MutexGuard<'_, Vec<Box<dyn Callback>>> {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.callbacks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Roster {
    fn drop(&mut self) {
        let waiting = self.waiting.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let Some(outcome) = waiting.filter(|_| !std::thread::panicking()) else { return };
        let error = CallbackError::NeverCalled;
        for callback in self.callbacks.get_mut().unwrap_or_else(PoisonError::into_inner) {
            callback.on_notice(&error.to_string());
        }
        outcome.set_error(Arc::new(error));
    }
}
