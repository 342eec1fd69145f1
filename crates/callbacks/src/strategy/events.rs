//! What a training exchanges with Burn: events and metrics, its end, the device's seeds.

use burn::train::metric::store::{Aggregate, Split as BurnSplit};
use burn::train::{EventProcessorTraining, InferenceStep, LearnerEvent, LearnerModel, TrainStep, TrainingError};

use super::session::{Ending, Session};
use crate::metrics::{MetricTable, STANDARD_METRICS};
use crate::outcome::Stop;
use crate::{Flow, Position, Split};

/// Which random numbers a seed is for.
#[derive(Clone, Copy)]
pub(super) enum Draw {
    Batch = 1,
    Validation = 2,
}

impl<M: LearnerModel> Session<'_, M> {
    /// Notes the end of the training, unless it goes on or its end is already noted.
    pub(super) fn end(&mut self, callback: Option<String>, flow: Flow) {
        let (reason, interrupted) = match flow {
            Flow::Continue => return,
            Flow::Stop { reason } => (reason, false),
            Flow::Interrupt { reason } => (reason, true),
        };
        let stop = Stop { callback, reason, epoch: self.position.epoch, interrupted };
        self.ending.get_or_insert(Ending::Stopped(stop));
    }

    /// Whether another batch is due. A training that ends goes on until no gradients wait for their optimiser step.
    pub(super) fn goes_on(&mut self) -> bool {
        if self.interrupter.error().is_some() {
            self.ending = Some(Ending::Failed);
            return false;
        }
        if self.ending.is_none() && self.interrupter.should_stop() {
            let reason = self.interrupter.get_message().unwrap_or_else(|| "stopped from outside".to_owned());
            self.end(None, Flow::interrupt(reason));
        }
        self.ending.is_none() || self.trainer.is_between_steps()
    }

    pub(super) fn report_ending(&mut self) {
        if self.ending.is_none() {
            self.report_limits();
        }
        let Some(Ending::Stopped(stop)) = &self.ending else { return };
        if stop.callback.is_some() {
            self.interrupter.stop(Some(&stop.reason));
        }
        self.strategy.outcome.set_stop(stop.clone());
    }

    /// Of a training that ended by itself.
    fn report_limits(&mut self) {
        if self.validations == 0 && self.position.global_step > 0 {
            self.notice("no validation was due in this training".to_owned());
        }
        let reached = self.limits.reached(self.position).filter(|_| self.position.epoch <= self.epochs);
        if let Some(reason) = reached {
            self.interrupter.stop(Some(&reason));
            let epoch = self.position.epoch - 1;
            self.strategy.outcome.set_stop(Stop { callback: None, reason, epoch, interrupted: false });
        }
    }

    pub(super) fn loaded<T, E: Into<TrainingError>>(&mut self, batch: Result<T, E>) -> Option<T> {
        batch.map_err(|error| self.interrupter.fail(error)).ok()
    }

    pub(super) fn send_train(&mut self, event: LearnerEvent<<M as TrainStep>::Output>) {
        let sent = self.events.process_train(event);
        self.interrupter.fail_on_error(sent);
    }

    pub(super) fn send_valid(&mut self, event: LearnerEvent<<M as InferenceStep>::Output>) {
        let sent = self.events.process_valid(event);
        self.interrupter.fail_on_error(sent);
    }

    /// Waits until the metrics of all batches so far are computed and logged.
    pub(super) fn flush_metrics(&mut self) {
        let flushed = self.events.flush();
        self.interrupter.fail_on_error(flushed);
        // The store answers in turn, so an answer about no metric says that everything before is logged.
        self.store.find_metric("", 0, Aggregate::Mean, &BurnSplit::Train);
    }

    pub(super) fn update_batch_metrics(&mut self) {
        if self.has_log && self.callbacks.iter().any(|callback| callback.wants_batch_metrics()) {
            self.flush_metrics();
            self.metrics = self.strategy.log.running();
        }
    }

    /// After a validation: its metrics, and those of the training so far.
    pub(super) fn update_valid_metrics(&mut self) {
        if self.has_log {
            self.flush_metrics();
            self.metrics = self.strategy.log.so_far(self.position.epoch);
        }
    }

    /// What Burn's store knows of the monitored and the standard metrics, for lack of a list.
    pub(super) fn metrics_in_store(&self, epoch: usize) -> MetricTable {
        let mut names: Vec<String> = STANDARD_METRICS.iter().map(|metric| metric.0.to_owned()).collect();
        for monitor in self.callbacks.iter().flat_map(|callback| callback.monitors()) {
            if !names.iter().any(|name| name == monitor.name()) {
                names.push(monitor.name().to_owned());
            }
        }
        let mut table = MetricTable::default();
        // An epoch without validation may have figures of an earlier run in Burn's log files.
        let splits = [(Split::Train, BurnSplit::Train, true), (Split::Valid, BurnSplit::Valid, self.is_validated())];
        for (split, burns, _) in splits.into_iter().filter(|split| split.2) {
            for name in &names {
                if let Some(value) = self.store.find_metric(name, epoch, Aggregate::Mean, &burns) {
                    table.push(split, name, None, value);
                }
            }
        }
        table
    }

    /// Seeds the device for what comes at this position.
    pub(super) fn draw(&self, draw: Draw) {
        if let Some(seed) = self.seed {
            let Position { epoch, step, .. } = self.position;
            let words = [draw as u64, epoch as u64, step as u64];
            self.strategy.device.seed(words.into_iter().fold(seed, |state, word| mixed(state ^ mixed(word))));
        }
    }
}

/// SplitMix64 (Steele et al., 2014): one step from `state`.
pub(super) fn mixed(state: u64) -> u64 {
    let z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
