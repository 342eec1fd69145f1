//! When a training writes its state, and how it takes it back.

use burn::train::{LearnerModel, TrainLoader, ValidLoader};

use super::session::{Ending, Session};
use crate::checkpoint::{CallbackState, Loaded, TrainingState};
use crate::outcome::Stop;
use crate::{Callback, CallbackError, CheckpointError, Checkpoints, Position};

const NO_LOG: &str = "the metrics' log is not attached (CallbackStrategy::attach does it)";
const BETWEEN_EPOCHS: &str = "checkpoints are written between epochs only: {}";

impl<M: LearnerModel> Session<'_, M> {
    /// Takes the directory of checkpoints, and reads what to go on from: before any callback can touch a file.
    pub(super) fn open_checkpoints(&mut self) -> Result<Option<Loaded>, CallbackError> {
        let Some(checkpoints) = self.checkpoints_asked_for()? else { return Ok(None) };
        if self.limits.is_fast_dev_run() {
            return Ok(None);
        }
        if checkpoints.is_within_epochs() && !self.has_log {
            self.notice(BETWEEN_EPOCHS.replace("{}", NO_LOG));
            self.told_of_epochs = true;
        }
        self.lock = checkpoints.lock()?;
        let loaded = checkpoints.load()?;
        if let Some(loaded) = &loaded {
            self.trainer.check(&loaded.path, &loaded.state)?;
            self.check_position(loaded.state.position)?;
        }
        self.seed = self.seed.or(Some(0));
        self.checkpoints = Some(checkpoints);
        Ok(loaded)
    }

    /// The strategy's checkpoints, or those that a callback brings.
    fn checkpoints_asked_for(&self) -> Result<Option<Checkpoints>, CheckpointError> {
        let own = self.strategy.checkpoints.clone();
        if own.is_some() && !self.has_log {
            return Err(CheckpointError::NoMetricLog);
        }
        let brought = self.callbacks.iter().filter_map(|callback| callback.checkpoints());
        let mut all = own.into_iter().chain(brought);
        let first = all.next();
        match (first, all.next()) {
            (Some(first), Some(second)) => Err(CheckpointError::Twice {
                first: first.directory().to_owned(),
                second: second.directory().to_owned(),
            }),
            (first, _) => Ok(first),
        }
    }

    fn check_position(&self, position: Position) -> Result<(), CheckpointError> {
        if position.step > 0 && !self.has_log { Err(CheckpointError::NoMetricLog) } else { Ok(()) }
    }

    /// Goes on from a checkpoint.
    pub(super) fn resume(&mut self, loaded: Loaded) -> Result<(), CallbackError> {
        for message in loaded.messages() {
            self.notice(message);
        }
        let (path, state) = (loaded.path, loaded.state);
        self.trainer.load(&path, &state)?;
        self.strategy
            .log
            .load(&state.metrics)
            .map_err(|error| CheckpointError::Damaged { path: path.clone(), reason: error.to_string() })?;
        self.load_callbacks(&state.callbacks)?;
        self.position = state.position;
        (self.validated_at, self.validations) = (state.validated_at, state.validations);
        self.last_rate = f64::from_bits(state.last_rate_bits);
        if let Some(reason) = state.finished {
            let epoch = if self.position.step == 0 { self.position.epoch - 1 } else { self.position.epoch };
            self.ending = Some(Ending::Stopped(Stop { callback: None, reason, epoch, interrupted: false }));
        }
        self.strategy.outcome.set_resumed_from(path, self.position);
        Ok(())
    }

    /// Begins the loaders as often as the run before has, for those that draw their order anew each time, as Burn's do.
    pub(super) fn catch_up(&self, train: &TrainLoader<M>, valid: &ValidLoader<M>, starting_epoch: usize) {
        if self.ending.is_some() || self.position.epoch > self.epochs {
            return;
        }
        for epoch in starting_epoch..self.position.epoch {
            self.strategy.cursor.set(epoch, 0);
            drop(train.iter());
            if self.strategy.cursor.was_asked() {
                break;
            }
        }
        for _ in 0..self.validations {
            drop(valid.iter());
        }
    }

    /// After a training that has ended as it should.
    pub(super) fn close_checkpoints(&mut self) -> Result<(), CallbackError> {
        let is_finished = !matches!(&self.ending, Some(Ending::Stopped(stop)) if stop.interrupted);
        let Some(checkpoints) = self.checkpoints.as_ref().filter(|_| is_finished) else { return Ok(()) };
        Ok(checkpoints.delete_if_asked()?)
    }

    fn load_callbacks(&mut self, states: &[CallbackState]) -> Result<(), CallbackError> {
        let mut unclaimed: Vec<&CallbackState> = states.iter().collect();
        for callback in self.callbacks.iter_mut() {
            if let Some(index) = unclaimed.iter().position(|state| state.name == callback.name()) {
                let state = unclaimed.remove(index);
                callback.load_state(&state.state).map_err(|error| error.within(&state.name))?;
            }
        }
        for state in unclaimed.iter().filter(|state| !state.state.is_null()) {
            self.notice(format!(
                "the checkpoint holds the state of a callback {} that this training does not have",
                state.name
            ));
        }
        Ok(())
    }

    pub(super) fn save_if_due_at_step(&mut self) -> Result<(), CallbackError> {
        let is_due = self.checkpoints.as_ref().is_some_and(|checkpoints| checkpoints.is_due_at_step(self.position));
        if !is_due || self.ending.is_some() || self.trainer.is_between_steps() {
            return Ok(());
        }
        let Some(obstacle) = self.obstacle_within_epoch() else { return self.save(self.position, true) };
        if !self.told_of_epochs {
            self.told_of_epochs = true;
            self.notice(BETWEEN_EPOCHS.replace("{}", obstacle));
        }
        Ok(())
    }

    /// After the last epoch, after an early end, and when one is due. `next` is what comes next.
    pub(super) fn save_after_epoch(&mut self, next: Position) -> Result<(), CallbackError> {
        let Some(checkpoints) = &self.checkpoints else { return Ok(()) };
        let is_over =
            self.ending.is_some() || self.position.epoch == self.epochs || self.limits.reached(next).is_some();
        if is_over || checkpoints.is_due_after_epoch(self.position.epoch) {
            self.save(next, false)?;
        }
        Ok(())
    }

    /// Inside of an epoch that is broken off.
    pub(super) fn save_interrupted(&mut self) -> Result<(), CallbackError> {
        if self.checkpoints.is_none() || !matches!(self.ending, Some(Ending::Stopped(_))) {
            return Ok(());
        }
        let Some(obstacle) = self.obstacle_within_epoch() else { return self.save(self.position, true) };
        let epoch = self.position.epoch;
        self.notice(format!("a resumed run will begin epoch {epoch} again: {obstacle}"));
        Ok(())
    }

    /// Why a run cannot go on in the middle of this epoch, if it cannot.
    fn obstacle_within_epoch(&mut self) -> Option<&'static str> {
        self.flush_metrics();
        if !self.has_log {
            Some(NO_LOG)
        } else if !self.follows_cursor {
            Some("the training loader does not follow the cursor")
        } else if !self.strategy.log.is_resumable() {
            Some("a metric cannot be resumed within one")
        } else {
            None
        }
    }

    /// Takes the state of this moment, and has it packed and written while the training goes on.
    fn save(&mut self, position: Position, within_epoch: bool) -> Result<(), CallbackError> {
        // The one before may still be on its way to the disk: there are never two in memory.
        self.trainer.background.wait_for(self.saving);
        self.trainer.background.check()?;
        let state = self.state(position, within_epoch)?;
        let Some(checkpoints) = &mut self.checkpoints else { return Ok(()) };
        let (checkpoints, outcome) = (checkpoints.begin(), self.strategy.outcome.clone());
        let snapshot = self.trainer.snapshot();
        self.saving = self.trainer.background.add(Box::new(move || {
            let state = TrainingState { sections: snapshot.into_sections()?, ..state };
            outcome.set_checkpoint(checkpoints.save(&state)?);
            Ok(())
        }));
        Ok(())
    }

    /// Everything but the learner's sections.
    fn state(&self, position: Position, within_epoch: bool) -> Result<TrainingState, CheckpointError> {
        let pack = |error: serde_json::Error| CheckpointError::Pack(error.to_string());
        let finished = match &self.ending {
            Some(Ending::Stopped(stop)) if !stop.interrupted => Some(stop.reason.clone()),
            _ => None,
        };
        Ok(TrainingState {
            position,
            validated_at: self.validated_at,
            validations: self.validations,
            finished,
            last_rate_bits: self.last_rate.to_bits(),
            callbacks: self.callbacks.iter().map(|callback| state_of(*callback)).collect(),
            metrics: self.strategy.log.save(within_epoch).map_err(pack)?,
            sections: Vec::new(),
        })
    }

    /// Tells the callbacks and whoever launched the training.
    pub(super) fn notice(&mut self, notice: String) {
        for callback in self.callbacks.iter_mut() {
            callback.on_notice(&notice);
        }
        self.strategy.outcome.add_notice(notice);
    }
}

fn state_of(callback: &dyn Callback) -> CallbackState {
    CallbackState { name: callback.name().to_owned(), state: callback.state() }
}
