//! One training: what it has at hand, and its way from the first epoch to its end.

use std::fs::File;
use std::sync::Arc;

use burn::train::metric::store::EventStoreClient;
use burn::train::{
    CloneEarlyStoppingStrategy, Interrupter, Learner, LearnerModel, LearningCheckpointer,
    SupervisedTrainingEventProcessor, TrainLoader, TrainingComponents, ValidLoader,
};

use super::CallbackStrategy;
use super::limits::Limits;
use super::trainer::Trainer;
use crate::background::Ticket;
use crate::callback::HookResult;
use crate::metrics::MetricTable;
use crate::outcome::Stop;
use crate::{Callback, CallbackError, Checkpoints, Context, Flow, Position, SplitProgress};

/// How a training ended before its last epoch.
#[derive(Clone)]
pub(super) enum Ending {
    Stopped(Stop),
    /// By an error that Burn's interrupter knows.
    Failed,
}

pub(super) struct Session<'a, M: LearnerModel> {
    pub(super) strategy: &'a CallbackStrategy<M>,
    pub(super) callbacks: Vec<&'a mut dyn Callback>,
    pub(super) trainer: Trainer<M>,
    pub(super) events: SupervisedTrainingEventProcessor<M>,
    pub(super) interrupter: Interrupter,
    pub(super) store: Arc<EventStoreClient>,
    pub(super) early_stopping: Option<Box<dyn CloneEarlyStoppingStrategy>>,
    pub(super) checkpointer: Option<LearningCheckpointer<M>>,
    accumulation: Option<usize>,
    pub(super) epochs: usize,
    pub(super) limits: Limits,
    pub(super) seed: Option<u64>,
    pub(super) checkpoints: Option<Checkpoints>,
    /// The checkpoint that was given to the background last.
    pub(super) saving: Ticket,
    /// Held as long as checkpoints may be written; the trainer, and with it the background, goes first.
    pub(super) lock: Option<File>,
    pub(super) position: Position,
    /// Where the last validation was that went through all its data, and how many there were.
    pub(super) validated_at: Option<Position>,
    pub(super) validations: u64,
    /// The learning rate of the last step.
    pub(super) last_rate: f64,
    pub(super) metrics: MetricTable,
    pub(super) progress: SplitProgress,
    pub(super) train_samples: usize,
    /// Whether this epoch's training batches are done.
    pub(super) trained: bool,
    /// Whether Burn feeds the strategy's metric log.
    pub(super) has_log: bool,
    /// Whether the training loader asked the cursor for its position.
    pub(super) follows_cursor: bool,
    /// Whether it was said that no checkpoints are written within epochs.
    pub(super) told_of_epochs: bool,
    pub(super) ending: Option<Ending>,
}

impl<'a, M: LearnerModel> Session<'a, M> {
    pub(super) fn new(
        strategy: &'a CallbackStrategy<M>,
        callbacks: &'a mut [Box<dyn Callback>],
        components: TrainingComponents<M>,
        learner: Learner<M>,
    ) -> Self {
        let limits = strategy.limits.in_force();
        let is_called = |callback: &&mut Box<dyn Callback>| !limits.is_fast_dev_run() || !callback.keeps_files();
        Self {
            strategy,
            callbacks: callbacks
                .iter_mut()
                .filter(is_called)
                .map(|callback| &mut **callback as &mut dyn Callback)
                .collect(),
            trainer: Trainer::new(learner, components.event_store.clone()),
            events: components.event_processor,
            interrupter: components.interrupter,
            store: components.event_store,
            early_stopping: components.early_stopping,
            checkpointer: components.checkpointer.filter(|_| !limits.is_fast_dev_run()),
            accumulation: components.grad_accumulation,
            epochs: components.num_epochs,
            limits,
            seed: strategy.seed,
            checkpoints: None,
            saving: Ticket::default(),
            lock: None,
            position: Position { epoch: 1, step: 0, global_step: 0 },
            validated_at: None,
            validations: 0,
            last_rate: 0.0,
            metrics: MetricTable::default(),
            progress: SplitProgress::default(),
            train_samples: 0,
            trained: false,
            has_log: false,
            follows_cursor: false,
            told_of_epochs: false,
            ending: None,
        }
    }

    pub(super) fn into_parts(self) -> (M, SupervisedTrainingEventProcessor<M>) {
        (self.trainer.learner.model(), self.events)
    }

    pub(super) fn run(
        &mut self,
        train: &TrainLoader<M>,
        valid: &ValidLoader<M>,
        starting_epoch: usize,
    ) -> Result<(), CallbackError> {
        self.limits.check()?;
        let train = train.to_device(&self.strategy.device);
        let valid = valid.to_device(&self.strategy.device.clone().inner());
        self.train_samples = train.num_items();
        self.position.epoch = starting_epoch;
        self.trainer.learner.fork(&self.strategy.device);
        self.trainer.begin(self.strategy.batch_step.is_some(), self.accumulation)?;
        self.open_log()?;
        let checkpoint = self.open_checkpoints()?;
        self.begin_fast_dev_run();
        self.call(|callback, context| callback.on_train_begin(context))?;
        if let Some(checkpoint) = checkpoint {
            self.resume(checkpoint)?;
            self.catch_up(&train, &valid, starting_epoch);
        }
        while self.has_next_epoch() {
            self.epoch(&train, &valid)?;
        }
        self.trainer.background.finish()?;
        self.report_ending();
        if !matches!(self.ending, Some(Ending::Failed)) {
            self.call(|callback, context| callback.on_train_end(context))?;
            self.trainer.background.finish()?;
            self.close_checkpoints()?;
        }
        Ok(())
    }

    fn open_log(&mut self) -> Result<(), CallbackError> {
        self.flush_metrics();
        self.has_log = self.strategy.log.is_registered();
        self.strategy.log.forget();
        if !self.has_log {
            return Ok(());
        }
        for callback in &self.callbacks {
            let mut monitors = callback.monitors().into_iter();
            monitors
                .try_for_each(|monitor| self.strategy.log.check(&monitor))
                .map_err(|error| error.within(callback.name()))?;
        }
        Ok(())
    }

    /// One epoch, and a word on what that means.
    fn begin_fast_dev_run(&mut self) {
        if self.limits.is_fast_dev_run() {
            self.epochs = self.position.epoch;
            self.notice("fast_dev_run: one batch of training and one of validation; nothing is kept".to_owned());
        }
    }

    fn has_next_epoch(&self) -> bool {
        self.ending.is_none() && self.position.epoch <= self.epochs && self.limits.reached(self.position).is_none()
    }

    /// Calls a hook of every callback. The first that wants to end the training has its way; the others are still called.
    pub(super) fn call(
        &mut self,
        hook: impl Fn(&mut dyn Callback, &mut Context<'_>) -> HookResult,
    ) -> Result<(), CallbackError> {
        let mut notices = Vec::new();
        for index in 0..self.callbacks.len() {
            let validated = self.is_validated();
            let callback = &mut *self.callbacks[index];
            let mut context = Context {
                position: self.position,
                epochs: self.epochs,
                progress: self.progress,
                train_samples: self.train_samples,
                last_rate: self.last_rate,
                validated,
                trained: self.trained,
                metrics: &mut self.metrics,
                log: &self.strategy.log,
                learner: &mut self.trainer,
                notices: &mut notices,
            };
            let flow = hook(callback, &mut context).map_err(|error| error.within(callback.name()))?;
            if flow != Flow::Continue {
                let name = callback.name().to_owned();
                self.end(Some(name), flow);
            }
        }
        notices.into_iter().for_each(|notice| self.notice(notice));
        Ok(())
    }
}
