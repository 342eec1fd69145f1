//! One batch: forward, backward, the callbacks that want its gradients, the optimiser's step.

use burn::train::{LearnerModel, TrainStep};

use super::batch_step::run_phases;
use super::events::Draw;
use super::session::Session;
use crate::{CallbackError, Flow};

impl<M: LearnerModel> Session<'_, M> {
    /// Trains on a batch; `is_last` of the epoch.
    pub(super) fn step(
        &mut self,
        batch: <M as TrainStep>::Input,
        is_last: bool,
    ) -> Result<<M as TrainStep>::Output, CallbackError> {
        self.draw(Draw::Batch);
        self.trainer.begin_batch();
        if let Some(step) = self.strategy.batch_step.clone() {
            self.trainer.learner.lr_step();
            return run_phases(self, step.as_ref(), batch);
        }
        let item = self.trainer.backward(batch, is_last);
        if self.trainer.awaits_step() {
            self.trainer.learner.lr_step();
            self.finish_optimizer_step()?;
        }
        Ok(item)
    }

    /// Lets callbacks see the gradients, and updates the parameters.
    pub(super) fn finish_optimizer_step(&mut self) -> Result<(), CallbackError> {
        self.call(|callback, context| {
            if callback.wants_gradients() { callback.on_optimizer_step_begin(context) } else { Ok(Flow::Continue) }
        })?;
        self.trainer.optimizer_step();
        Ok(())
    }
}
