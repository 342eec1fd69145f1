//! What a stateful layer keeps from one call to the next.

use std::sync::{Mutex, PoisonError};

use burn::tensor::Device;

use crate::RecurrentState;

/// The final state of the call before, in a layer that is stateful.
///
/// It is no parameter: a record does not hold it. A clone of the layer starts from a copy and goes its own way, so an
/// optimiser's step, which clones, loses nothing, and a validation between two steps changes nothing.
#[derive(Debug)]
pub(crate) struct Memory<S> {
    stateful: bool,
    state: Mutex<Option<S>>,
}

impl<S: RecurrentState> Memory<S> {
    pub(crate) fn new(stateful: bool) -> Self {
        Self { stateful, state: Mutex::new(None) }
    }

    fn with<R>(&self, use_state: impl FnOnce(&mut Option<S>) -> R) -> R {
        use_state(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The state that was given, else the one that was kept.
    pub(crate) fn recall(&self, given: Option<S>, device: &Device) -> Option<S> {
        given.or_else(|| self.with(|state| state.clone()).map(|state| state.on(device)))
    }

    /// Keeps the state, if the layer is stateful; its history ends here.
    pub(crate) fn keep(&self, state: &S) {
        if self.stateful {
            let detached = state.clone().detach();
            self.with(|kept| *kept = Some(detached));
        }
    }

    pub(crate) fn reset(&self) {
        self.with(|kept| *kept = None);
    }

    /// Rows of the state that is kept.
    pub(crate) fn batch_size(&self) -> Option<usize> {
        self.with(|kept| kept.as_ref().map(RecurrentState::batch_size))
    }
}

impl<S: RecurrentState> Clone for Memory<S> {
    fn clone(&self) -> Self {
        Self { stateful: self.stateful, state: Mutex::new(self.with(|state| state.clone())) }
    }
}
