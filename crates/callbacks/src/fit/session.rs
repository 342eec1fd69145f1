//! What surrounds a training.

use crate::{Callback, Checkpoints};

/// What surrounds a training: callbacks, and checkpoints to resume from.
#[derive(Default)]
pub struct Session {
    pub(super) callbacks: Vec<Box<dyn Callback>>,
    pub(super) checkpoints: Option<Checkpoints>,
}

impl Session {
    /// No callbacks, no checkpoints.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is called while it trains.
    #[must_use]
    pub fn with_callbacks(self, callbacks: Vec<Box<dyn Callback>>) -> Self {
        Self { callbacks, ..self }
    }

    /// Writes checkpoints, and goes on from them if they say so.
    #[must_use]
    pub fn with_checkpoints(self, checkpoints: Checkpoints) -> Self {
        Self { checkpoints: Some(checkpoints), ..self }
    }
}
