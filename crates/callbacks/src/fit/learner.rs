//! A learner through Burn's trainer with callbacks, as a configuration says.

use burn::train::{Learner, LearnerModel, SupervisedTraining, TrainLoader, ValidLoader};

use super::{FitConfig, FitError, Session};
use crate::{CallbackStrategy, Cursor, Outcome, QuietRenderer};

/// The batches of a training.
pub struct Loaders<M: LearnerModel> {
    /// The training batches. A training that goes on from a checkpoint goes on where the cursor stands.
    pub train: TrainLoader<M>,
    /// The validation batches, from their first each time.
    pub valid: ValidLoader<M>,
    /// The cursor that `train` asks for its position.
    pub cursor: Cursor,
}

/// Trains on the device of the learner's model; the model in evaluation mode and what became of the training.
///
/// `metrics` registers what is measured, in the order of the history's columns. With the same weights, batches and
/// configuration the result is the same to the byte on the same machine. Have the configuration [checked](FitConfig::check).
///
/// # Errors
/// When a checkpoint or a callback fails, or Burn's trainer stops on an error.
pub fn fit_learner<M: LearnerModel + 'static>(
    learner: Learner<M>,
    loaders: Loaders<M>,
    config: &FitConfig,
    session: Session,
    metrics: impl FnOnce(SupervisedTraining<M>) -> SupervisedTraining<M>,
) -> Result<(M, Outcome), FitError> {
    let device = learner.model().devices().first().cloned().unwrap_or_default();
    let strategy = limited(CallbackStrategy::new(device), config).with_cursor(loaders.cursor);
    let strategy = strategy.with_seed(config.seed).with_callbacks(session.callbacks);
    let strategy = session.checkpoints.into_iter().fold(strategy, CallbackStrategy::with_checkpoints);
    let outcome = strategy.outcome();
    let training = metrics(SupervisedTraining::new(".", loaders.train, loaders.valid))
        .renderer(Box::new(QuietRenderer))
        .with_application_logger(None)
        .num_epochs(config.epochs);
    let result = strategy.attach(training).launch(learner);
    let failure = outcome.error().map(|error| error.to_string());
    match failure.or_else(|| result.error.map(|error| error.to_string())) {
        Some(message) => Err(FitError::Training(message)),
        None => Ok((result.model, outcome)),
    }
}

fn limited<M: LearnerModel>(strategy: CallbackStrategy<M>, config: &FitConfig) -> CallbackStrategy<M> {
    let strategy = strategy.validate_every_epochs(config.validation_freq).fast_dev_run(config.fast_dev_run);
    let strategy = config.steps_per_epoch.into_iter().fold(strategy, CallbackStrategy::limit_train_batches);
    let strategy = config.validation_steps.into_iter().fold(strategy, CallbackStrategy::limit_valid_batches);
    config.max_steps.into_iter().fold(strategy, CallbackStrategy::max_steps)
}
