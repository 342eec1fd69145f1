//! The learner, as callbacks and checkpoints use it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use burn::lr_scheduler::LrSchedulerRecord;
use burn::module::ParamId;
use burn::optim::{GradientsParams, OptimizerRecord};
use burn::store::{ModuleRecord, RecordError};
use burn::tensor::Bytes;
use burn::train::metric::store::EventStoreClient;
use burn::train::{Learner, LearnerModel, TrainOutput, TrainStep};

use super::accumulation::{Accumulation, Group};
use super::freezing::{frozen, selected};
use super::records::Capture;
use super::snapshot::{KEPT, Snapshot};
use crate::averaging::moved_towards;
use crate::background::{Background, Job};
use crate::checkpoint::TrainingState;
use crate::context::{Trainee, Weights};
use crate::gradients::{Gradients, Pending};
use crate::learning_rate::SchedulerState;
use crate::parameters::parameters_of;
use crate::weights::{record_with_ids_of, synced};
use crate::{CallbackError, CheckpointError, NamedParameter, load_weights, save_weights};

pub(super) struct Trainer<M: LearnerModel> {
    pub(super) learner: Learner<M>,
    capture: Capture<M>,
    scheduler: SchedulerState,
    /// Copies of the model, off the autodiff device.
    kept: BTreeMap<String, M>,
    /// Whether a batch step of the user's takes the optimiser's steps.
    has_batch_step: bool,
    accumulation: Option<Accumulation<M>>,
    /// What the next optimiser step will use.
    pending: Option<Pending<M>>,
    frozen: BTreeSet<ParamId>,
    /// Whether the last batch ended with an optimiser step.
    stepped: bool,
    /// What is written while the training goes on.
    pub(super) background: Background,
}

impl<M: LearnerModel> Trainer<M> {
    pub(super) fn new(learner: Learner<M>, store: Arc<EventStoreClient>) -> Self {
        let scheduler = SchedulerState::new(LrSchedulerRecord::new());
        Self {
            learner,
            capture: Capture::new(store),
            scheduler,
            kept: BTreeMap::new(),
            has_batch_step: false,
            accumulation: None,
            pending: None,
            frozen: BTreeSet::new(),
            stepped: false,
            background: Background::default(),
        }
    }

    /// Reads the scheduler's state. Reading the model with it initialises lazy parameters, before the device is seeded anew.
    pub(super) fn begin(&mut self, has_batch_step: bool, accumulation: Option<usize>) -> Result<(), CallbackError> {
        if has_batch_step && accumulation.is_some() {
            return Err(CallbackError::AccumulationInBatchStep);
        }
        self.has_batch_step = has_batch_step;
        self.accumulation = accumulation.map(|batches| Accumulation::new(batches, Group::Sum));
        self.scheduler = SchedulerState::new(self.capture.read(&self.learner)?.scheduler);
        Ok(())
    }

    pub(super) fn begin_batch(&mut self) {
        self.stepped = false;
    }

    /// The model as batches are trained on: with its frozen parameters as constants.
    pub(super) fn training_model(&self) -> M {
        frozen(self.learner.model(), &self.frozen)
    }

    /// Forward and backward; `is_last` of the epoch. The gradients wait for the optimiser's step, if one is due.
    pub(super) fn backward(&mut self, batch: <M as TrainStep>::Input, is_last: bool) -> <M as TrainStep>::Output {
        let model = self.training_model();
        let TrainOutput { grads, item } = TrainStep::step(&model, batch);
        self.pending = match &mut self.accumulation {
            Some(accumulation) => accumulation.add(&model, grads, is_last),
            None => Some(Pending { model, gradients: grads }),
        };
        item
    }

    /// These gradients wait for the optimiser's step.
    pub(super) fn await_step(&mut self, gradients: GradientsParams) {
        self.pending = Some(Pending { model: self.learner.model(), gradients });
    }

    /// Whether gradients wait for the optimiser's step.
    pub(super) fn awaits_step(&self) -> bool {
        self.pending.is_some()
    }

    pub(super) fn optimizer_step(&mut self) {
        if let Some(Pending { gradients, .. }) = self.pending.take() {
            self.learner.optimizer_step(gradients);
            self.stepped = true;
        }
    }

    /// Whether there are gradients that no optimiser step has used yet; they are not part of a checkpoint.
    pub(super) fn is_between_steps(&self) -> bool {
        self.accumulation.as_ref().is_some_and(Accumulation::has_begun)
    }

    /// The rate of the last step; 0 before the first.
    pub(super) fn last_rate(&self) -> f64 {
        self.learner.lr_current().base()
    }

    fn kept(&self, slot: &str) -> Result<&M, CallbackError> {
        self.kept.get(slot).ok_or_else(|| CallbackError::NoKeptWeights { slot: slot.to_owned() })
    }

    /// The state of this moment.
    pub(super) fn snapshot(&self) -> Snapshot<M> {
        Snapshot::new(&self.learner, &self.kept, self.capture.store())
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
                let kept = self.learner.model().valid().try_load_record(record).map_err(other_model)?;
                self.kept.insert(slot.to_owned(), kept);
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

fn unpacked(error: &RecordError) -> CheckpointError {
    CheckpointError::Pack(error.to_string())
}

impl<M: LearnerModel> Trainee for Trainer<M> {
    fn learning_rate(&self) -> f64 {
        self.scheduler.rate().unwrap_or_else(|| self.last_rate())
    }

    fn set_learning_rate(&mut self, rate: f64) -> Result<(), CallbackError> {
        if self.scheduler.rate().is_none() {
            return Err(CallbackError::FixedLearningRate);
        }
        if !self.scheduler.is_steady() {
            self.scheduler = SchedulerState::new(self.capture.read(&self.learner)?.scheduler);
        }
        self.scheduler = self.scheduler.clone().with_rate(rate);
        self.learner.load_scheduler(self.scheduler.clone().into_record());
        Ok(())
    }

    fn save_weights(&self, path: &Path) -> Result<(), CallbackError> {
        // The file may be one that is being written, as may be the one to load.
        self.background.wait();
        Ok(save_weights(&self.learner.model(), path)?)
    }

    fn weights(&self) -> Weights {
        let model = self.learner.model().valid();
        Weights::new(move |path| Ok(save_weights(&model, path)?))
    }

    fn in_background(&mut self, job: Job) {
        self.background.add(job);
    }

    fn load_weights(&mut self, path: &Path) -> Result<(), CallbackError> {
        self.background.wait();
        let model = synced(&self.learner.model());
        let loaded = load_weights(model.clone(), path)?;
        // The ids stay as they are: the optimiser's state belongs to them.
        self.learner.load_model(record_with_ids_of(&model, loaded));
        Ok(())
    }

    fn keep_weights(&mut self, slot: &str) {
        self.kept.insert(slot.to_owned(), self.learner.model().valid());
    }

    fn restore_weights(&mut self, slot: &str) -> Result<(), CallbackError> {
        let record = self.kept(slot)?.clone().into_record();
        synced(&self.learner.model());
        self.learner.load_model(record);
        Ok(())
    }

    fn average_weights(&mut self, slot: &str, share: f64) -> Result<(), CallbackError> {
        let Some(kept) = self.kept.remove(slot) else {
            return Err(CallbackError::NoKeptWeights { slot: slot.to_owned() });
        };
        let average = moved_towards(kept, &self.learner.model().valid(), share as f32);
        self.kept.insert(slot.to_owned(), average);
        Ok(())
    }

    fn swap_weights(&mut self, slot: &str) -> Result<(), CallbackError> {
        let record = self.kept(slot)?.clone().into_record();
        self.keep_weights(slot);
        self.learner.load_model(record);
        Ok(())
    }

    fn has_weights(&self, slot: &str) -> bool {
        self.kept.contains_key(slot)
    }

    fn forget_weights(&mut self, slot: &str) {
        self.kept.remove(slot);
    }

    fn parameters(&self) -> Vec<NamedParameter> {
        parameters_of(&synced(&self.learner.model()))
    }

    fn stepped(&self) -> bool {
        self.stepped
    }

    fn gradients(&self) -> Option<&dyn Gradients> {
        self.pending.as_ref().map(|pending| pending as &dyn Gradients)
    }

    fn gradients_mut(&mut self) -> Option<&mut dyn Gradients> {
        self.pending.as_mut().map(|pending| pending as &mut dyn Gradients)
    }

    fn accumulate_gradients(&mut self, batches: usize) -> Result<(), CallbackError> {
        if self.has_batch_step {
            return Err(CallbackError::AccumulationInBatchStep);
        }
        match &mut self.accumulation {
            Some(accumulation) if accumulation.group() == Group::Sum => {
                return Err(CallbackError::AccumulationTwice);
            }
            Some(accumulation) => accumulation.set_batches(batches),
            None => self.accumulation = Some(Accumulation::new(batches, Group::Mean)),
        }
        Ok(())
    }

    fn freeze(&mut self, is_selected: &dyn Fn(&str) -> bool) -> usize {
        self.frozen = selected(&self.learner.model(), is_selected);
        self.frozen.len()
    }
}
