//! Pictures from the same noise after every epoch: how the generator learns, seen.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use burn::tensor::{Int, Tensor};
use firebrick_callbacks::{Callback, CallbackError, Context, Flow, HookResult};

use crate::Generator;

/// Called with the epoch, from 1, and its pictures, `[N, C, H, W]` of values −1 to 1.
pub(super) type Write = Box<dyn FnMut(usize, &Tensor<4>) -> io::Result<()> + Send>;

/// Where the generator paints when a validation begins; clones are handles on the same one. The default asks for nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Easel(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    noise: Option<(Tensor<2>, Option<Tensor<1, Int>>)>,
    wanted: bool,
    painted: Option<Tensor<4>>,
}

impl Easel {
    /// An easel for pictures from this noise, `[N, Z]`, of these classes.
    pub(super) fn new(noise: Tensor<2>, classes: Option<Tensor<1, Int>>) -> Self {
        Self(Arc::new(Mutex::new(State { noise: Some((noise, classes)), ..State::default() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Paints, if a picture is wanted. The generator is in evaluation mode.
    pub(super) fn paint(&self, generator: &Generator) {
        let mut state = self.state();
        if !std::mem::take(&mut state.wanted) {
            return;
        }
        if let Some((noise, classes)) = state.noise.clone() {
            state.painted = Some(generator.forward(noise, classes));
        }
    }
}

/// Asks for pictures at each validation and hands them on at the epoch's end.
pub(super) struct SampleWriter {
    pub(super) easel: Easel,
    pub(super) write: Write,
}

impl Callback for SampleWriter {
    fn name(&self) -> &str {
        "SampleWriter"
    }

    fn keeps_files(&self) -> bool {
        true
    }

    fn on_valid_begin(&mut self, _: &mut Context<'_>) -> HookResult {
        self.easel.state().wanted = true;
        Ok(Flow::Continue)
    }

    fn on_epoch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        let painted = self.easel.state().painted.take();
        if let Some(pictures) = painted {
            let failed = |source| CallbackError::Write { path: PathBuf::from("the pictures of the epoch"), source };
            (self.write)(context.epoch(), &pictures).map_err(failed)?;
        }
        Ok(Flow::Continue)
    }
}
