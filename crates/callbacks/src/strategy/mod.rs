//! Burn's training loop on one device, with callbacks: a training strategy for `SupervisedTraining`.

mod accumulation;
mod batch_step;
mod batches;
mod checkpointing;
mod epoch;
mod events;
mod freezing;
mod limits;
mod records;
mod roster;
mod session;
mod snapshot;
mod stepping;
mod trainer;

use std::sync::Arc;

pub use batch_step::{BatchStep, Phases};
use burn::data::dataset::DatasetError;
use burn::tensor::Device;
use burn::train::{
    Learner, LearnerModel, SupervisedLearningStrategy, SupervisedTraining, SupervisedTrainingEventProcessor,
    TrainLoader, TrainingComponents, TrainingStrategy, ValidLoader,
};

use crate::{Callback, Checkpoints, Cursor, MetricLog, Outcome};
use limits::Limits;
use roster::Roster;
use session::Session;

/// The one line for a training that already runs on Burn: `.with_training_strategy(with_callbacks(device, callbacks![..]))`.
///
/// Callbacks then see Burn's standard metrics (loss, accuracy, CER, WER, ROUGE-L) and those that a callback monitors. With
/// [`CallbackStrategy::attach`] they see every metric, also while an epoch runs, and checkpoints within epochs become possible. A
/// training has one strategy: this one takes the place of Burn's own, and a strategy given after it takes its place, callbacks and all.
pub fn with_callbacks<M: LearnerModel>(device: Device, callbacks: Vec<Box<dyn Callback>>) -> TrainingStrategy<M> {
    CallbackStrategy::new(device).with_callbacks(callbacks).into()
}

/// A training strategy that calls callbacks: Burn's own loop for one device otherwise, with its metrics, renderer, early stopping,
/// gradient accumulation and checkpointers.
///
/// Everything is reproducible if a seed is given: before each batch the device is seeded from the seed, the epoch and the batch's
/// number, so dropout and its like repeat, also in a run that was resumed.
pub struct CallbackStrategy<M: LearnerModel> {
    device: Device,
    seed: Option<u64>,
    cursor: Cursor,
    log: MetricLog,
    outcome: Outcome,
    checkpoints: Option<Checkpoints>,
    batch_step: Option<Arc<dyn BatchStep<M>>>,
    limits: Limits,
    roster: Roster,
}

impl<M: LearnerModel> CallbackStrategy<M> {
    /// Trains on this device; autodiff is added if it lacks it. (For gradient checkpointing give `device.gradient_checkpointing()`:
    /// Burn does not tell a strategy of its own option.)
    pub fn new(device: Device) -> Self {
        let device = if device.is_autodiff() { device } else { device.autodiff() };
        Self {
            device,
            seed: None,
            cursor: Cursor::new(),
            log: MetricLog::new(),
            outcome: Outcome::default(),
            checkpoints: None,
            batch_step: None,
            limits: Limits::default(),
            roster: Roster::default(),
        }
    }

    /// The callbacks, in the order in which they are called. A [`History`](crate::History) and a [`Progress`](crate::Progress)
    /// belong last, so that they see what the others add to the metrics.
    pub fn with_callbacks(self, callbacks: Vec<Box<dyn Callback>>) -> Self {
        Self { roster: Roster::new(callbacks), ..self }
    }

    /// Seeds the device before every batch and every validation. Default: the device's generator is left alone, or seeded from 0
    /// if there are checkpoints.
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// The cursor that the training loader asks for its position.
    pub fn with_cursor(self, cursor: Cursor) -> Self {
        Self { cursor, ..self }
    }

    /// Writes checkpoints and resumes from them. Needs [`attach`](Self::attach).
    pub fn with_checkpoints(self, checkpoints: Checkpoints) -> Self {
        Self { checkpoints: Some(checkpoints), ..self }
    }

    /// Replaces forward, backward and optimiser step of a batch: a GAN's two players, say.
    pub fn with_batch_step(self, step: impl BatchStep<M> + 'static) -> Self {
        Self { batch_step: Some(Arc::new(step)), ..self }
    }

    /// A handle on what will become of the training.
    pub fn outcome(&self) -> Outcome {
        self.outcome.clone()
    }

    /// The metrics' log, to register by hand with `.with_metric_logger(..)` where [`attach`](Self::attach) does not fit.
    pub fn metric_log(&self) -> MetricLog {
        self.log.clone()
    }

    /// Makes this the strategy of a training, and its metrics' log one of the training's loggers.
    ///
    /// As soon as a logger is given, Burn no longer registers its own: add a `FileMetricLogger` for its log files.
    pub fn attach(self, training: SupervisedTraining<M>) -> SupervisedTraining<M> {
        training.with_metric_logger(self.log.clone()).with_training_strategy(self.into())
    }
}

impl<M: LearnerModel> From<CallbackStrategy<M>> for TrainingStrategy<M> {
    fn from(strategy: CallbackStrategy<M>) -> Self {
        strategy.roster.give(strategy.outcome());
        Self::Custom(Arc::new(strategy))
    }
}

impl<M: LearnerModel> SupervisedLearningStrategy<M> for CallbackStrategy<M> {
    fn fit(
        &self,
        components: TrainingComponents<M>,
        learner: Learner<M>,
        train: TrainLoader<M>,
        valid: ValidLoader<M>,
        starting_epoch: usize,
    ) -> (M, SupervisedTrainingEventProcessor<M>) {
        self.outcome.forget();
        let mut callbacks = self.roster.call_in();
        let interrupter = components.interrupter.clone();
        let mut session = Session::new(self, &mut callbacks, components, learner);
        let run = session.run(&train, &valid, starting_epoch);
        let written = session.trainer.background.finish();
        if let Err(error) = run.and(written) {
            let error = Arc::new(error);
            self.outcome.set_error(error.clone());
            interrupter.fail(DatasetError::new(error));
        }
        session.into_parts()
    }
}

#[cfg(test)]
mod tests;
