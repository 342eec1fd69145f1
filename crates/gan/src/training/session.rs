//! What surrounds a training of two players.

use std::io;

use burn::tensor::Tensor;
use firebrick_callbacks::{Callback, Checkpoints};

use super::samples::Write;

/// What surrounds a training: callbacks, checkpoints to resume from, and pictures to look at on the way.
#[derive(Default)]
pub struct GanSession {
    pub(super) callbacks: Vec<Box<dyn Callback>>,
    pub(super) checkpoints: Option<Checkpoints>,
    pub(super) samples: Option<(usize, Write)>,
}

impl GanSession {
    /// Nothing of it.
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

    /// Calls `write` after each epoch, counted from 1, with `count` pictures from the same noise, `[count, C, H, W]` of values
    /// −1 to 1; of a conditional generator the classes in turn.
    #[must_use]
    pub fn with_samples(
        self,
        count: usize,
        write: impl FnMut(usize, &Tensor<4>) -> io::Result<()> + Send + 'static,
    ) -> Self {
        Self { samples: Some((count, Box::new(write))), ..self }
    }
}
