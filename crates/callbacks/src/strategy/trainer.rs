//! The learner, as callbacks and checkpoints use it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use burn::lr_scheduler::LrSchedulerRecord;
use burn::optim::{GradientsAccumulator, OptimizerRecord};
use burn::store::{ModuleRecord, RecordError};
use burn::tensor::Bytes;
use burn::train::metric::store::EventStoreClient;
use burn::train::{Learner, LearnerModel, TrainOutput, TrainStep};

use super::BatchStep;
use super::records::Capture;
use crate::checkpoint::TrainingState;
use crate::context::Trainee;
use crate::learning_rate::SchedulerState;
use crate::weights::{record_with_ids_of, synced};
use crate::{CallbackError, CheckpointError, load_weights, save_weights};

const KEPT: &str = "kept/";

pub(super) struct Trainer<M: LearnerModel> {
    pub(super) learner: Learner<M>,
    capture: Capture<M>,
    scheduler: SchedulerState,
    kept: BTreeMap<String, ModuleRecord>,
    batch_step: Option<Arc<dyn BatchStep<M>>>,
    accumulation: Option<Accumulation<M>>,
}

/// Gradients that are summed over several batches.
struct Accumulation<M> {
    gradients: GradientsAccumulator<M>,
    batches: usize,
    summed: usize,
}

impl<M: LearnerModel> Trainer<M> {
    pub(super) fn new(learner: Learner<M>, store: Arc<EventStoreClient>) -> Self {
        let scheduler = SchedulerState::new(LrSchedulerRecord::new());
        Self {
            learner,
            capture: Capture::new(store),
            scheduler,
            kept: BTreeMap::new(),
            batch_step: None,
            accumulation: None,
        }
    }

    /// Reads the scheduler's state. Reading the model with it initialises lazy parameters, before the device is seeded anew.
    pub(super) fn begin(
        &mut self,
        batch_step: Option<Arc<dyn BatchStep<M>>>,
        accumulation: Option<usize>,
    ) -> Result<(), CallbackError> {
        if batch_step.is_some() && accumulation.is_some() {
            return Err(CallbackError::AccumulationInBatchStep);
        }
        self.batch_step = batch_step;
        self.accumulation =
            accumulation.map(|batches| Accumulation { gradients: GradientsAccumulator::new(), batches, summed: 0 });
        self.scheduler = SchedulerState::new(self.capture.read(&self.learner)?.scheduler);
        Ok(())
    }

    /// Trains on a batch; `is_last` of the epoch.
    pub(super) fn step(&mut self, batch: <M as TrainStep>::Input, is_last: bool) -> <M as TrainStep>::Output {
        if let Some(step) = &self.batch_step {
            self.learner.lr_step();
            return step.run(&mut self.learner, batch);
        }
        let TrainOutput { grads, item } = self.learner.train_step(batch);
        let Some(accumulation) = &mut self.accumulation else {
            self.learner.lr_step();
            self.learner.optimizer_step(grads);
            return item;
        };
        accumulation.gradients.accumulate(&self.learner.model(), grads);
        accumulation.summed += 1;
        if accumulation.summed >= accumulation.batches || is_last {
            accumulation.summed = 0;
            self.learner.lr_step();
            self.learner.optimizer_step(accumulation.gradients.grads());
        }
        item
    }

    /// Whether there are gradients that no optimiser step has used yet; they are not part of a checkpoint.
    pub(super) fn is_between_steps(&self) -> bool {
        self.accumulation.as_ref().is_some_and(|accumulation| accumulation.summed > 0)
    }

    /// The rate of the last step; 0 before the first.
    pub(super) fn last_rate(&self) -> f64 {
        self.learner.lr_current().base()
    }

    /// The sections of a checkpoint.
    pub(super) fn sections(&mut self) -> Result<Vec<(String, Vec<u8>)>, CheckpointError> {
        synced(&self.learner.model());
        let records = self.capture.read(&self.learner)?;
        let mut sections = vec![
            ("model".to_owned(), packed(records.model.into_bytes())?),
            ("optimizer".to_owned(), packed(records.optimizer.into_bytes())?),
            ("scheduler".to_owned(), packed(records.scheduler.into_bytes())?),
        ];
        for (slot, record) in &self.kept {
            sections.push((format!("{KEPT}{slot}"), packed(record.clone().into_bytes())?));
        }
        Ok(sections)
    }

    /// Refuses the checkpoint of another model or of another optimiser, and changes nothing.
    pub(super) fn check(&self, path: &Path, state: &TrainingState) -> Result<(), CheckpointError> {
        let mut trial = Self::new(self.learner.clone(), self.capture.store());
        trial.load(path, state)?;
        let optimizer =
            OptimizerRecord::from_bytes(section(path, state, "optimizer")?).map_err(|error| unpacked(&error))?;
        let taken_over = trial.capture.read(&trial.learner)?.optimizer;
        // What an optimiser finds no use for, Burn drops silently. The record tells its counts.
        if format!("{taken_over:?}") == format!("{optimizer:?}") {
            return Ok(());
        }
        Err(CheckpointError::OtherOptimizer { path: path.to_owned() })
    }

    /// Takes over the state of a checkpoint.
    pub(super) fn load(&mut self, path: &Path, state: &TrainingState) -> Result<(), CheckpointError> {
        let other_model =
            |error: RecordError| CheckpointError::OtherModel { path: path.to_owned(), reason: error.to_string() };
        let section = |name: &str| section(path, state, name);
        let model = ModuleRecord::from_bytes(section("model")?).map_err(|error| unpacked(&error))?;
        self.learner.model().try_load_record(model.clone()).map_err(other_model)?;
        self.learner.load_model(model);
        self.learner.load_optim(OptimizerRecord::from_bytes(section("optimizer")?).map_err(|error| unpacked(&error))?);
        let scheduler = LrSchedulerRecord::from_bytes(section("scheduler")?).map_err(|error| unpacked(&error))?;
        self.learner.load_scheduler(scheduler.clone());
        self.scheduler = SchedulerState::new(scheduler);
        for (name, bytes) in &state.sections {
            if let Some(slot) = name.strip_prefix(KEPT) {
                let record =
                    ModuleRecord::from_bytes(Bytes::from_bytes_vec(bytes.clone())).map_err(|error| unpacked(&error))?;
                self.kept.insert(slot.to_owned(), record);
            }
        }
        Ok(())
    }
}

fn section(path: &Path, state: &TrainingState, name: &str) -> Result<Bytes, CheckpointError> {
    let bytes =
        state.section(name).ok_or_else(|| CheckpointError::Pack(format!("{} has no {name}", path.display())))?;
    Ok(Bytes::from_bytes_vec(bytes.to_vec()))
}

fn packed(bytes: Result<Bytes, RecordError>) -> Result<Vec<u8>, CheckpointError> {
    bytes.map(|bytes| bytes.to_vec()).map_err(|error| unpacked(&error))
}

fn unpacked(error: &RecordError) -> CheckpointError {
    CheckpointError::Pack(error.to_string())
}

impl<M: LearnerModel> Trainee for Trainer<M> {
    fn learning_rate(&self) -> f64 {
        self.scheduler.rate().unwrap_or_else(|| self.last_rate())
    }

    fn set_learning_rate(&mut self, rate: f64) -> Result<(), CallbackError> {
        if self.scheduler.rate().is_none() {
            return Err(CallbackError::FixedLearningRate { rate });
        }
        if !self.scheduler.is_steady() {
            self.scheduler = SchedulerState::new(self.capture.read(&self.learner)?.scheduler);
        }
        self.scheduler = self.scheduler.clone().with_rate(rate);
        self.learner.load_scheduler(self.scheduler.clone().into_record());
        Ok(())
    }

    fn save_weights(&self, path: &Path) -> Result<(), CallbackError> {
        Ok(save_weights(&self.learner.model(), path)?)
    }

    fn load_weights(&mut self, path: &Path) -> Result<(), CallbackError> {
        let model = synced(&self.learner.model());
        let loaded = load_weights(model.clone(), path)?;
        // The ids stay as they are: the optimiser's state belongs to them.
        self.learner.load_model(record_with_ids_of(&model, loaded));
        Ok(())
    }

    fn keep_weights(&mut self, slot: &str) {
        self.kept.insert(slot.to_owned(), synced(&self.learner.model()).into_record());
    }

    fn restore_weights(&mut self, slot: &str) -> Result<(), CallbackError> {
        let Some(record) = self.kept.get(slot) else {
            return Err(CallbackError::NoKeptWeights { slot: slot.to_owned() });
        };
        synced(&self.learner.model());
        self.learner.load_model(record.clone());
        Ok(())
    }

    fn has_weights(&self, slot: &str) -> bool {
        self.kept.contains_key(slot)
    }

    fn forget_weights(&mut self, slot: &str) {
        self.kept.remove(slot);
    }
}
