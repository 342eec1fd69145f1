//! What is done with one batch: an extension point.

use burn::train::{Learner, LearnerModel, TrainStep};

/// Trains on one batch, in one phase or several.
///
/// The default is one phase: forward and backward (`learner.train_step`), then the optimiser (`learner.optimizer_step`). A GAN's step
/// runs both of these for the discriminator and then for the generator, each with the gradients of its own parameters. The learning
/// rate has already been advanced, once per batch.
pub trait BatchStep<M: LearnerModel>: Send + Sync {
    /// Trains on `batch` and returns what the metrics are computed from.
    fn run(&self, learner: &mut Learner<M>, batch: <M as TrainStep>::Input) -> <M as TrainStep>::Output;
}
