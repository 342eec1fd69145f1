//! One training: epochs, batches, validation, and the hooks in between.

use std::sync::Arc;

use burn::data::dataloader::DataLoader;
use burn::train::metric::store::EventStoreClient;
use burn::train::{
    CloneEarlyStoppingStrategy, InferenceStep, Interrupter, Learner, LearnerEvent, LearnerModel, LearningCheckpointer,
    SupervisedTrainingEventProcessor, TrainLoader, TrainStep, TrainingComponents, TrainingItem, ValidLoader,
};

use super::CallbackStrategy;
use super::events::Draw;
use super::trainer::Trainer;
use crate::callback::HookResult;
use crate::metrics::MetricTable;
use crate::outcome::Stop;
use crate::{Callback, CallbackError, CheckpointError, Checkpoints, Context, Flow, Position, SplitProgress};

/// How a training ended before its last epoch.
#[derive(Clone)]
pub(super) enum Ending {
    Stopped(Stop),
    /// By an error that Burn's interrupter knows.
    Failed,
}

pub(super) struct Session<'a, M: LearnerModel> {
    pub(super) strategy: &'a CallbackStrategy<M>,
    pub(super) callbacks: &'a mut [Box<dyn Callback>],
    pub(super) trainer: Trainer<M>,
    pub(super) events: SupervisedTrainingEventProcessor<M>,
    pub(super) interrupter: Interrupter,
    pub(super) store: Arc<EventStoreClient>,
    early_stopping: Option<Box<dyn CloneEarlyStoppingStrategy>>,
    checkpointer: Option<LearningCheckpointer<M>>,
    accumulation: Option<usize>,
    epochs: usize,
    pub(super) seed: Option<u64>,
    pub(super) checkpoints: Option<Checkpoints>,
    pub(super) position: Position,
    /// The learning rate of the last step.
    pub(super) last_rate: f64,
    pub(super) metrics: MetricTable,
    pub(super) progress: SplitProgress,
    train_samples: usize,
    /// Whether this epoch's validation is done.
    validated: bool,
    /// Whether Burn feeds the strategy's metric log.
    pub(super) has_log: bool,
    /// Whether the training loader asked the cursor for its position.
    pub(super) follows_cursor: bool,
    pub(super) ending: Option<Ending>,
}

impl<'a, M: LearnerModel> Session<'a, M> {
    pub(super) fn new(
        strategy: &'a CallbackStrategy<M>,
        callbacks: &'a mut [Box<dyn Callback>],
        components: TrainingComponents<M>,
        learner: Learner<M>,
    ) -> Self {
        let checkpoints = strategy.checkpoints.clone();
        Self {
            strategy,
            callbacks,
            trainer: Trainer::new(learner, components.event_store.clone()),
            events: components.event_processor,
            interrupter: components.interrupter,
            store: components.event_store,
            early_stopping: components.early_stopping,
            checkpointer: components.checkpointer,
            accumulation: components.grad_accumulation,
            epochs: components.num_epochs,
            seed: strategy.seed.or(checkpoints.is_some().then_some(0)),
            checkpoints,
            position: Position { epoch: 1, step: 0, global_step: 0 },
            last_rate: 0.0,
            metrics: MetricTable::default(),
            progress: SplitProgress::default(),
            train_samples: 0,
            validated: false,
            has_log: false,
            follows_cursor: false,
            ending: None,
        }
    }

    pub(super) fn epochs(&self) -> usize {
        self.epochs
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
        let train = train.to_device(&self.strategy.device);
        let valid = valid.to_device(&self.strategy.device.clone().inner());
        self.train_samples = train.num_items();
        self.position.epoch = starting_epoch;
        self.trainer.learner.fork(&self.strategy.device);
        self.trainer.begin(self.strategy.batch_step.is_some(), self.accumulation)?;
        self.open_log()?;
        self.call(|callback, context| callback.on_train_begin(context))?;
        self.resume()?;
        while self.ending.is_none() && self.position.epoch <= self.epochs {
            self.epoch(&train, &valid)?;
        }
        self.report_ending();
        if !matches!(self.ending, Some(Ending::Failed)) {
            self.call(|callback, context| callback.on_train_end(context))?;
        }
        Ok(())
    }

    fn open_log(&mut self) -> Result<(), CallbackError> {
        self.flush_metrics();
        self.has_log = self.strategy.log.is_registered();
        self.strategy.log.forget();
        if self.checkpoints.is_some() && !self.has_log {
            return Err(CheckpointError::NoMetricLog.into());
        }
        if !self.has_log {
            return Ok(());
        }
        for callback in self.callbacks.iter() {
            let mut monitors = callback.monitors().into_iter();
            monitors
                .try_for_each(|monitor| self.strategy.log.check(&monitor))
                .map_err(|error| error.within(callback.name()))?;
        }
        Ok(())
    }

    fn epoch(&mut self, train: &TrainLoader<M>, valid: &ValidLoader<M>) -> Result<(), CallbackError> {
        self.metrics = MetricTable::default();
        self.validated = false;
        if self.position.step == 0 {
            self.call(|callback, context| callback.on_epoch_begin(context))?;
        }
        self.train(train.as_ref())?;
        if self.ending.is_some() {
            return self.save_interrupted();
        }
        self.call(|callback, context| callback.on_valid_begin(context))?;
        self.validate(valid.as_ref())?;
        if self.ending.is_some() {
            return self.save_interrupted();
        }
        self.validated = true;
        self.call(|callback, context| callback.on_valid_end(context))?;
        self.end_epoch()
    }

    fn train(&mut self, loader: &dyn DataLoader<<M as TrainStep>::Input>) -> Result<(), CallbackError> {
        let Position { epoch, step, .. } = self.position;
        self.send_train(LearnerEvent::StartSplit { epoch_number: epoch, total_items: self.train_samples });
        self.strategy.cursor.set(epoch, step);
        let mut batches = loader.iter();
        self.follows_cursor = self.strategy.cursor.was_asked();
        if step > 0 && !self.follows_cursor {
            return Err(CheckpointError::ForeignLoader { epoch, step }.into());
        }
        while self.goes_on() {
            let Some(batch) = batches.next() else { break };
            let Some(batch) = self.loaded(batch) else { break };
            let progress = batches.progress();
            self.call(|callback, context| callback.on_train_batch_begin(context))?;
            let item = self.step(batch, progress.is_completed())?;
            self.last_rate = self.trainer.last_rate();
            self.position.step += 1;
            self.position.global_step += 1;
            self.progress = SplitProgress { done: progress.items_processed, total: progress.items_total };
            let rate = self.trainer.learner.lr_current();
            self.send_train(LearnerEvent::ProcessedItem(TrainingItem::new(
                item,
                progress,
                Some(self.position.step),
                Some(rate),
            )));
            self.update_batch_metrics();
            self.call(|callback, context| callback.on_train_batch_end(context))?;
            self.save_if_due_at_step()?;
        }
        self.goes_on();
        self.send_train(LearnerEvent::EndSplit(epoch));
        Ok(())
    }

    fn validate(&mut self, loader: &dyn DataLoader<<M as InferenceStep>::Input>) -> Result<(), CallbackError> {
        let Position { epoch, .. } = self.position;
        self.send_valid(LearnerEvent::StartSplit { epoch_number: epoch, total_items: loader.num_items() });
        let model = self.trainer.learner.model().valid();
        self.draw(Draw::Validation);
        let mut batches = loader.iter();
        let mut step = 0;
        while self.goes_on() {
            let Some(batch) = batches.next() else { break };
            let Some(batch) = self.loaded(batch) else { break };
            let progress = batches.progress();
            self.call(|callback, context| callback.on_valid_batch_begin(context))?;
            let item = InferenceStep::step(&model, batch);
            step += 1;
            self.progress = SplitProgress { done: progress.items_processed, total: progress.items_total };
            self.send_valid(LearnerEvent::ProcessedItem(TrainingItem::new(item, progress, Some(step), None)));
            self.call(|callback, context| callback.on_valid_batch_end(context))?;
        }
        self.goes_on();
        self.send_valid(LearnerEvent::EndSplit(epoch));
        Ok(())
    }

    fn end_epoch(&mut self) -> Result<(), CallbackError> {
        let Position { epoch, global_step, .. } = self.position;
        self.send_train(LearnerEvent::EndEpoch(epoch));
        self.flush_metrics();
        self.goes_on();
        if self.ending.is_some() {
            return Ok(());
        }
        self.metrics = if self.has_log { self.strategy.log.epoch(epoch) } else { self.metrics_in_store(epoch) };
        self.call(|callback, context| callback.on_epoch_end(context))?;
        if let Some(checkpointer) = &mut self.checkpointer {
            checkpointer.checkpoint(&self.trainer.learner, epoch, &self.store);
        }
        if let Some(early_stopping) = &mut self.early_stopping
            && early_stopping.should_stop(epoch, &self.store)
        {
            self.end(None, Flow::stop("Burn's early stopping condition was met"));
        }
        self.save_after_epoch(Position { epoch: epoch + 1, step: 0, global_step })?;
        self.position = Position { epoch: epoch + 1, step: 0, global_step };
        Ok(())
    }

    /// Calls a hook of every callback. The first that wants to end the training has its way; the others are still called.
    pub(super) fn call(
        &mut self,
        hook: impl Fn(&mut dyn Callback, &mut Context<'_>) -> HookResult,
    ) -> Result<(), CallbackError> {
        for index in 0..self.callbacks.len() {
            let callback = &mut self.callbacks[index];
            let mut context = Context {
                position: self.position,
                epochs: self.epochs,
                progress: self.progress,
                train_samples: self.train_samples,
                last_rate: self.last_rate,
                validated: self.validated,
                metrics: &mut self.metrics,
                log: &self.strategy.log,
                learner: &mut self.trainer,
            };
            let flow = hook(callback.as_mut(), &mut context).map_err(|error| error.within(callback.name()))?;
            if flow != Flow::Continue {
                let name = callback.name().to_owned();
                self.end(Some(name), flow);
            }
        }
        Ok(())
    }
}
