//! What is done with one batch: an extension point.

use burn::optim::GradientsParams;
use burn::train::{Learner, LearnerModel, TrainOutput, TrainStep};

use super::session::Session;
use crate::CallbackError;

/// Trains on one batch, in one phase or several.
///
/// The default is one phase: forward and backward (`phases.train_step`), then the optimiser (`phases.optimizer_step`). A GAN's step
/// runs both of these for the discriminator and then for the generator, each with the gradients of its own parameters. The learning
/// rate has already been advanced, once per batch. Callbacks that want gradients see those of each phase before its step.
pub trait BatchStep<M: LearnerModel>: Send + Sync {
    /// Trains on `batch` and returns what the metrics are computed from.
    fn run(&self, phases: &mut Phases<'_, M>, batch: <M as TrainStep>::Input) -> <M as TrainStep>::Output;
}

/// The learner, as a [`BatchStep`] uses it: with the methods of Burn's `Learner`, and callbacks in between.
pub struct Phases<'a, M: LearnerModel> {
    host: &'a mut dyn PhaseHost<M>,
    error: Option<CallbackError>,
}

/// What runs phases, whatever the lifetimes of the training around it.
trait PhaseHost<M: LearnerModel> {
    fn learner(&self) -> &Learner<M>;
    fn model(&self) -> M;
    fn optimizer_step(&mut self, gradients: GradientsParams) -> Result<(), CallbackError>;
}

impl<M: LearnerModel> Phases<'_, M> {
    /// The learner, to read from.
    pub fn learner(&self) -> &Learner<M> {
        self.host.learner()
    }

    /// The model; parameters that a callback has frozen take no part in a gradient.
    pub fn model(&self) -> M {
        self.host.model()
    }

    /// Forward and backward, as the model's own `TrainStep` does it.
    pub fn train_step(&self, batch: <M as TrainStep>::Input) -> TrainOutput<<M as TrainStep>::Output> {
        TrainStep::step(&self.model(), batch)
    }

    /// Updates the parameters that have a gradient, after the callbacks that want gradients have seen and changed them. If one of
    /// those fails, this does nothing from then on, and the training ends after the batch.
    pub fn optimizer_step(&mut self, gradients: GradientsParams) {
        if self.error.is_none() {
            self.error = self.host.optimizer_step(gradients).err();
        }
    }
}

impl<M: LearnerModel> PhaseHost<M> for Session<'_, M> {
    fn learner(&self) -> &Learner<M> {
        &self.trainer.learner
    }

    fn model(&self) -> M {
        self.trainer.training_model()
    }

    fn optimizer_step(&mut self, gradients: GradientsParams) -> Result<(), CallbackError> {
        self.trainer.await_step(gradients);
        self.finish_optimizer_step()
    }
}

/// Runs a step on a batch; the error of a callback in it.
pub(super) fn run_phases<M: LearnerModel>(
    session: &mut Session<'_, M>,
    step: &dyn BatchStep<M>,
    batch: <M as TrainStep>::Input,
) -> Result<<M as TrainStep>::Output, CallbackError> {
    let mut phases = Phases { host: session, error: None };
    let item = step.run(&mut phases, batch);
    phases.error.map_or(Ok(item), Err)
}
