//! The end of a training whose players are no longer made of numbers.

use std::sync::{Arc, Mutex, PoisonError};

use firebrick_callbacks::{Callback, CallbackError, Context, Flow, HookResult};

use super::Phase;

/// The first figure that was no finite number; clones are handles on the same one.
#[derive(Clone, Debug, Default)]
pub(super) struct Defects(Arc<Mutex<Option<Defect>>>);

/// Whose figure it was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Defect {
    pub(super) player: &'static str,
    pub(super) what: &'static str,
    pub(super) value: f64,
    /// Epoch and batch, from 1; 0 until the callback has seen it.
    pub(super) at: (usize, usize),
}

impl Defects {
    /// Whether the phase's figures are numbers; the first that is not is noted.
    pub(super) fn pass(&self, player: &'static str, phase: &Phase) -> bool {
        let Some((what, value)) = phase.defect() else { return true };
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(Defect { player, what, value, at: (0, 0) });
        false
    }

    pub(super) fn first(&self) -> Option<Defect> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self, at: (usize, usize)) -> Option<Defect> {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        first.as_mut().map(|defect| {
            defect.at = at;
            *defect
        })
    }
}

/// Ends the training with an error in the batch in which a player failed, before a checkpoint could hold it.
pub(super) struct FinitePlayers(pub(super) Defects);

impl Callback for FinitePlayers {
    fn name(&self) -> &str {
        "FinitePlayers"
    }

    fn on_train_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        let (epoch, step) = (context.epoch(), context.step());
        match self.0.place((epoch, step)) {
            None => Ok(Flow::Continue),
            Some(Defect { player, what, value, .. }) => {
                Err(CallbackError::NotFinite { monitor: format!("{player}'s {what}"), value, epoch, step })
            }
        }
    }
}
