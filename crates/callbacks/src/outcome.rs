//! What became of a training, for whoever launched it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{CallbackError, Position};

/// Why a training ended before its last epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The callback that ended it; none when it was [`max_steps`](crate::CallbackStrategy::max_steps), or Burn (its early stopping, its
    /// dashboard's key, its interrupter).
    pub callback: Option<String>,
    /// Why, in words for the user.
    pub reason: String,
    /// The epoch in which it ended, from 1.
    pub epoch: usize,
    /// Whether it was broken off and can be resumed, rather than being over.
    pub interrupted: bool,
}

/// A handle on what became of a training; take it from [`CallbackStrategy::outcome`](crate::CallbackStrategy::outcome) before the
/// launch, read it after.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    stop: Option<Stop>,
    error: Option<Arc<CallbackError>>,
    resumed_from: Option<(PathBuf, Position)>,
    checkpoint: Option<PathBuf>,
    notices: Vec<String>,
}

impl Outcome {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the training ended before its last epoch; none if it did not, or if an error ended it.
    pub fn stop(&self) -> Option<Stop> {
        self.state().stop.clone()
    }

    /// The error of a callback or a checkpoint that ended the training. Errors of Burn's are in its `LearningResult.error` only.
    pub fn error(&self) -> Option<Arc<CallbackError>> {
        self.state().error.clone()
    }

    /// The checkpoint that the training went on from, and where that was.
    pub fn resumed_from(&self) -> Option<(PathBuf, Position)> {
        self.state().resumed_from.clone()
    }

    /// The newest checkpoint that this training has finished writing. It is written while the training goes on; after the training it is
    /// the last one.
    pub fn checkpoint(&self) -> Option<PathBuf> {
        self.state().checkpoint.clone()
    }

    /// What the user should know, such as a damaged checkpoint that was passed over. Callbacks are told at once
    /// ([`Callback::on_notice`](crate::Callback::on_notice)).
    pub fn notices(&self) -> Vec<String> {
        self.state().notices.clone()
    }

    pub(crate) fn forget(&self) {
        *self.state() = State::default();
    }

    pub(crate) fn set_stop(&self, stop: Stop) {
        self.state().stop = Some(stop);
    }

    pub(crate) fn set_error(&self, error: Arc<CallbackError>) {
        self.state().error = Some(error);
    }

    pub(crate) fn set_resumed_from(&self, path: PathBuf, position: Position) {
        self.state().resumed_from = Some((path, position));
    }

    pub(crate) fn set_checkpoint(&self, path: PathBuf) {
        self.state().checkpoint = Some(path);
    }

    pub(crate) fn add_notice(&self, notice: String) {
        self.state().notices.push(notice);
    }
}
