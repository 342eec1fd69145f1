//! When a training writes its state, and how it takes it back.

use burn::train::LearnerModel;

use super::session::{Ending, Session};
use crate::checkpoint::{CallbackState, TrainingState};
use crate::outcome::Stop;
use crate::{Callback, CallbackError, CheckpointError, Position};

impl<M: LearnerModel> Session<'_, M> {
    /// Goes on from the newest whole checkpoint, if one is asked for and there.
    pub(super) fn resume(&mut self) -> Result<(), CallbackError> {
        let Some(checkpoints) = &self.checkpoints else { return Ok(()) };
        let Some(loaded) = checkpoints.load()? else { return Ok(()) };
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
        self.last_rate = f64::from_bits(state.last_rate_bits);
        if let Some(reason) = state.finished {
            let epoch = if self.position.step == 0 { self.position.epoch - 1 } else { self.position.epoch };
            self.ending = Some(Ending::Stopped(Stop { callback: None, reason, epoch, interrupted: false }));
        }
        self.strategy.outcome.set_resumed_from(path, self.position);
        Ok(())
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
        if is_due && self.ending.is_none() && !self.trainer.is_between_steps() && self.can_resume_within_epoch() {
            self.save(self.position, true)?;
        }
        Ok(())
    }

    /// After the last epoch, after an early end, and when one is due. `next` is what comes next.
    pub(super) fn save_after_epoch(&mut self, next: Position) -> Result<(), CallbackError> {
        let Some(checkpoints) = &self.checkpoints else { return Ok(()) };
        if checkpoints.is_due_after_epoch(self.position.epoch)
            || self.ending.is_some()
            || self.position.epoch == self.epochs()
        {
            self.save(next, false)?;
        }
        Ok(())
    }

    /// Inside of an epoch that is broken off.
    pub(super) fn save_interrupted(&mut self) -> Result<(), CallbackError> {
        if self.checkpoints.is_none() || !matches!(self.ending, Some(Ending::Stopped(_))) {
            return Ok(());
        }
        if self.can_resume_within_epoch() {
            return self.save(self.position, true);
        }
        let epoch = self.position.epoch;
        let why = if self.follows_cursor {
            "a metric cannot be resumed within one"
        } else {
            "the training loader does not follow the cursor"
        };
        self.notice(format!("a resumed run will begin epoch {epoch} again: {why}"));
        Ok(())
    }

    fn can_resume_within_epoch(&mut self) -> bool {
        self.flush_metrics();
        self.follows_cursor && self.strategy.log.is_resumable()
    }

    fn save(&mut self, position: Position, within_epoch: bool) -> Result<(), CallbackError> {
        let pack = |error: serde_json::Error| CheckpointError::Pack(error.to_string());
        let finished = match &self.ending {
            Some(Ending::Stopped(stop)) if !stop.interrupted => Some(stop.reason.clone()),
            _ => None,
        };
        let state = TrainingState {
            position,
            finished,
            last_rate_bits: self.last_rate.to_bits(),
            callbacks: self.callbacks.iter().map(|callback| state_of(callback.as_ref())).collect(),
            metrics: self.strategy.log.save(within_epoch).map_err(pack)?,
            sections: self.trainer.sections()?,
        };
        if let Some(checkpoints) = &mut self.checkpoints {
            self.strategy.outcome.set_checkpoint(checkpoints.save(&state)?);
        }
        Ok(())
    }

    /// Tells the callbacks and whoever launched the training.
    fn notice(&mut self, notice: String) {
        for callback in self.callbacks.iter_mut() {
            callback.on_notice(&notice);
        }
        self.strategy.outcome.add_notice(notice);
    }
}

fn state_of(callback: &dyn Callback) -> CallbackState {
    CallbackState { name: callback.name().to_owned(), state: callback.state() }
}
