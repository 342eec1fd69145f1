//! An epoch: its batches, its validations, its end.

use burn::data::dataloader::{DataLoader, Progress};
use burn::train::{InferenceStep, LearnerEvent, LearnerModel, TrainLoader, TrainStep, TrainingItem, ValidLoader};

use super::batches::Batches;
use super::events::Draw;
use super::session::{Ending, Session};
use crate::metrics::MetricTable;
use crate::{CallbackError, CheckpointError, Flow, Position, SplitProgress};

impl<M: LearnerModel> Session<'_, M> {
    pub(super) fn epoch(&mut self, train: &TrainLoader<M>, valid: &ValidLoader<M>) -> Result<(), CallbackError> {
        self.metrics = MetricTable::default();
        self.trained = false;
        if self.position.step == 0 {
            self.call(|callback, context| callback.on_epoch_begin(context))?;
        }
        self.train(train.as_ref(), valid.as_ref())?;
        self.trained = self.ending.is_none();
        let is_due = self.limits.is_validation_due(self.position) && self.validated_at != Some(self.position);
        if self.ending.is_some() || (is_due && !self.validate(valid.as_ref())?) {
            return self.save_interrupted();
        }
        self.end_epoch()
    }

    /// Whether the validation data were gone through in this epoch.
    pub(super) fn is_validated(&self) -> bool {
        self.validated_at.is_some_and(|at| at.epoch == self.position.epoch)
    }

    fn train(
        &mut self,
        loader: &dyn DataLoader<<M as TrainStep>::Input>,
        valid: &dyn DataLoader<<M as InferenceStep>::Input>,
    ) -> Result<(), CallbackError> {
        let Position { epoch, step, .. } = self.position;
        self.strategy.cursor.set(epoch, step);
        let mut batches = Batches::new(loader, self.limits.train_batches(self.position), step);
        self.follows_cursor = self.strategy.cursor.was_asked();
        if step > 0 && !self.follows_cursor {
            return Err(CheckpointError::ForeignLoader { epoch, step }.into());
        }
        self.train_samples = batches.total();
        self.send_train(LearnerEvent::StartSplit { epoch_number: epoch, total_items: self.train_samples });
        while self.goes_on() {
            let Some(batch) = batches.next() else { break };
            let Some(batch) = self.loaded(batch) else { break };
            if !self.validate_within_epoch(valid, batches.total())? {
                break;
            }
            self.batch(batch, batches.progress())?;
            self.trainer.background.check()?;
            self.save_if_due_at_step()?;
        }
        self.goes_on();
        self.train_samples = batches.progress().items_processed;
        // Some of Burn's metrics panic at the end of a split without a batch.
        if self.position.step > step || (step > 0 && self.ending.is_none()) {
            self.send_train(LearnerEvent::EndSplit(epoch));
        }
        Ok(())
    }

    fn batch(&mut self, batch: <M as TrainStep>::Input, progress: Progress) -> Result<(), CallbackError> {
        self.call(|callback, context| callback.on_train_batch_begin(context))?;
        let item = self.step(batch, progress.is_completed())?;
        self.last_rate = self.trainer.last_rate();
        self.position.step += 1;
        self.position.global_step += 1;
        self.progress = SplitProgress { done: progress.items_processed, total: progress.items_total };
        let (step, rate) = (self.position.step, self.trainer.learner.lr_current());
        self.send_train(LearnerEvent::ProcessedItem(TrainingItem::new(item, progress, Some(step), Some(rate))));
        self.update_batch_metrics();
        self.call(|callback, context| callback.on_train_batch_end(context))
    }

    /// Validates here, before the epoch's next batch, if that is due; whether that batch is to follow. Afterwards the training stands as
    /// it stood.
    fn validate_within_epoch(
        &mut self,
        valid: &dyn DataLoader<<M as InferenceStep>::Input>,
        total_items: usize,
    ) -> Result<bool, CallbackError> {
        let is_due = self.limits.is_validation_due_within_epoch(self.position);
        if !is_due || self.validated_at == Some(self.position) {
            return Ok(true);
        }
        let (progress, metrics) = (self.progress, self.metrics.clone());
        self.validate(valid)?;
        (self.progress, self.metrics) = (progress, metrics);
        let goes_on = self.goes_on();
        if goes_on {
            // Burn's renderers know one split at a time.
            self.send_train(LearnerEvent::StartSplit { epoch_number: self.position.epoch, total_items });
        }
        Ok(goes_on)
    }

    /// Goes through the validation data; whether to their end.
    fn validate(&mut self, loader: &dyn DataLoader<<M as InferenceStep>::Input>) -> Result<bool, CallbackError> {
        self.call(|callback, context| callback.on_valid_begin(context))?;
        let epoch = self.position.epoch;
        let model = self.trainer.learner.model().valid();
        self.draw(Draw::Validation);
        let mut batches = Batches::new(loader, self.limits.valid_batches(), 0);
        self.send_valid(LearnerEvent::StartSplit { epoch_number: epoch, total_items: batches.total() });
        let (mut step, mut is_whole) = (0, false);
        while self.goes_on() {
            let Some(batch) = batches.next() else {
                is_whole = true;
                break;
            };
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
        if step > 0 {
            self.send_valid(LearnerEvent::EndSplit(epoch));
        }
        if !is_whole || matches!(self.ending, Some(Ending::Failed)) {
            return Ok(false);
        }
        self.validated_at = Some(self.position);
        self.validations += 1;
        self.update_valid_metrics();
        self.call(|callback, context| callback.on_valid_end(context))?;
        Ok(true)
    }

    fn end_epoch(&mut self) -> Result<(), CallbackError> {
        let Position { epoch, global_step, .. } = self.position;
        self.send_train(LearnerEvent::EndEpoch(epoch));
        self.flush_metrics();
        self.goes_on();
        if matches!(self.ending, Some(Ending::Failed)) {
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
        let next = Position { epoch: epoch + 1, step: 0, global_step };
        self.save_after_epoch(next)?;
        self.position = next;
        Ok(())
    }
}
