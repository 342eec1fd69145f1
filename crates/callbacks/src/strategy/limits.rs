//! How much of a training is done, and how often it is validated.

use burn::train::LearnerModel;

use super::CallbackStrategy;
use crate::{CallbackError, Position};

/// What the settings of a strategy say about its length. Steps are training batches.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    valid_epochs: usize,
    valid_steps: Option<usize>,
    train_batches: Option<usize>,
    valid_batches: Option<usize>,
    max_steps: Option<usize>,
    fast_dev_run: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            valid_epochs: 1,
            valid_steps: None,
            train_batches: None,
            valid_batches: None,
            max_steps: None,
            fast_dev_run: false,
        }
    }
}

impl Limits {
    /// The limits in force: a development run has its own.
    pub(super) fn in_force(&self) -> Self {
        if !self.fast_dev_run {
            return self.clone();
        }
        Self { train_batches: Some(1), valid_batches: Some(1), fast_dev_run: true, ..Self::default() }
    }

    /// Refuses settings that are out of their range.
    pub(super) fn check(&self) -> Result<(), CallbackError> {
        let settings = [
            ("validate_every_epochs", Some(self.valid_epochs)),
            ("validate_every_steps", self.valid_steps),
            ("limit_train_batches", self.train_batches),
            ("limit_valid_batches", self.valid_batches),
            ("max_steps", self.max_steps),
        ];
        match settings.into_iter().find(|(_, value)| *value == Some(0)) {
            Some((setting, _)) => {
                Err(CallbackError::Setting { setting, value: "0".to_owned(), rule: "at least 1 is needed" })
            }
            None => Ok(()),
        }
    }

    pub(super) fn is_fast_dev_run(&self) -> bool {
        self.fast_dev_run
    }

    /// Batches of each validation, if they are limited.
    pub(super) fn valid_batches(&self) -> Option<usize> {
        self.valid_batches
    }

    /// Training batches of the epoch at this position, those done included, if they are limited.
    pub(super) fn train_batches(&self, position: Position) -> Option<usize> {
        let left = self.max_steps.map(|steps| (steps as u64).saturating_sub(position.global_step));
        let by_steps = left.map(|left| position.step.saturating_add(usize::try_from(left).unwrap_or(usize::MAX)));
        self.train_batches.into_iter().chain(by_steps).min()
    }

    /// Whether a validation is due after the last batch before this position.
    pub(super) fn is_validation_due(&self, position: Position) -> bool {
        let at_step = self.valid_steps.is_none_or(|steps| position.global_step.is_multiple_of(steps as u64));
        position.epoch.is_multiple_of(self.valid_epochs) && at_step
    }

    /// Whether a validation is due there although the epoch goes on.
    pub(super) fn is_validation_due_within_epoch(&self, position: Position) -> bool {
        self.valid_steps.is_some() && position.step > 0 && self.is_validation_due(position)
    }

    /// Why the training is over before an epoch, if it is.
    pub(super) fn reached(&self, position: Position) -> Option<String> {
        let steps = self.max_steps.filter(|steps| position.step == 0 && position.global_step >= *steps as u64)?;
        Some(format!("max_steps = {steps} is reached"))
    }
}

impl<M: LearnerModel> CallbackStrategy<M> {
    /// Validates only after every `epochs`-th epoch, counted from the first; at least 1, default 1.
    ///
    /// In an epoch without validation [`Context::measured`](crate::Context::measured) has no value for validation metrics, so what
    /// watches one (early stopping, say) passes over it, and the history leaves its fields empty.
    pub fn validate_every_epochs(self, epochs: usize) -> Self {
        self.limited(|limits| limits.valid_epochs = epochs)
    }

    /// Validates after every `steps`-th training batch, also inside of an epoch; at least 1, default none: at the epochs' ends.
    /// (Lightning's `val_check_interval`.)
    ///
    /// Batches are counted over all epochs, so that an epoch shorter than `steps` does no harm. An epoch's end is then validated only
    /// if its last batch is such a one. With several validations in an epoch the last one's values are the epoch's: for Burn's store,
    /// the history, and everything that judges at the epoch's end. Every one calls the hooks from `on_valid_begin` to
    /// `on_valid_end`, and in the last of these the metrics are those of the validation that has just ended. Together with
    /// [`validate_every_epochs`](Self::validate_every_epochs) this holds in the epochs named there only.
    pub fn validate_every_steps(self, steps: usize) -> Self {
        self.limited(|limits| limits.valid_steps = Some(steps))
    }

    /// Trains on so many batches in each epoch and leaves the rest; at least 1. Default: all.
    pub fn limit_train_batches(self, batches: usize) -> Self {
        self.limited(|limits| limits.train_batches = Some(batches))
    }

    /// Validates on so many batches each time and leaves the rest; at least 1. Default: all.
    pub fn limit_valid_batches(self, batches: usize) -> Self {
        self.limited(|limits| limits.valid_batches = Some(batches))
    }

    /// Ends the training after so many training batches in all epochs together; at least 1. Default: the number of epochs alone
    /// counts.
    ///
    /// The epoch in which the last of them lies ends there as any epoch ends, with its validation if that is due and with
    /// `on_epoch_end`. A run that is resumed with a higher number goes on with the next epoch.
    pub fn max_steps(self, steps: usize) -> Self {
        self.limited(|limits| limits.max_steps = Some(steps))
    }

    /// A trial of all the code in seconds, as in Lightning: one epoch of one training batch and one validation batch, whatever the
    /// other limits say. Default `false`.
    ///
    /// Nothing is written: no checkpoints (those there are neither used nor refused), no model files, no history. Callbacks that
    /// [keep files](crate::Callback::keeps_files) are not called; the other ones are. Only what Burn itself was told to log, in the
    /// files of its metric loggers, is beyond a strategy's reach.
    pub fn fast_dev_run(self, is_trial: bool) -> Self {
        self.limited(|limits| limits.fast_dev_run = is_trial)
    }

    fn limited(mut self, set: impl FnOnce(&mut Limits)) -> Self {
        set(&mut self.limits);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(epoch: usize, step: usize, global_step: u64) -> Position {
        Position { epoch, step, global_step }
    }

    #[test]
    fn an_epochs_batches_are_limited_by_its_own_number_and_by_the_steps_left() {
        let limits = |train_batches, max_steps| Limits { train_batches, max_steps, ..Limits::default() };
        let cases = [
            (limits(None, None), at(2, 3, 13), None),
            (limits(Some(5), None), at(2, 3, 13), Some(5)),
            (limits(None, Some(15)), at(2, 3, 13), Some(5)),
            (limits(Some(4), Some(15)), at(2, 3, 13), Some(4)),
            (limits(Some(9), Some(15)), at(2, 3, 13), Some(5)),
            (limits(None, Some(12)), at(2, 3, 13), Some(3)),
            (limits(None, Some(usize::MAX)), at(2, 3, 0), Some(usize::MAX)),
        ];
        for (limits, position, expected) in cases {
            assert_eq!(limits.train_batches(position), expected, "{limits:?}");
        }
    }

    #[test]
    fn validations_are_due_by_epochs_and_by_steps_of_all_epochs() {
        let limits = |valid_epochs, valid_steps| Limits { valid_epochs, valid_steps, ..Limits::default() };
        let cases = [
            (limits(1, None), at(1, 5, 5), true, false),
            (limits(2, None), at(1, 5, 5), false, false),
            (limits(2, None), at(2, 5, 10), true, false),
            (limits(1, Some(3)), at(1, 3, 3), true, true),
            (limits(1, Some(3)), at(2, 1, 6), true, true),
            (limits(1, Some(3)), at(2, 0, 6), true, false),
            (limits(1, Some(3)), at(2, 2, 7), false, false),
            (limits(2, Some(3)), at(1, 3, 3), false, false),
        ];
        for (limits, position, due, within) in cases {
            assert_eq!(limits.is_validation_due(position), due, "{limits:?} {position:?}");
            assert_eq!(limits.is_validation_due_within_epoch(position), within, "{limits:?} {position:?}");
        }
    }

    #[test]
    fn the_steps_are_reached_between_epochs_only() {
        let limits = Limits { max_steps: Some(7), ..Limits::default() };
        assert_eq!(limits.reached(at(2, 2, 7)), None, "its epoch is to end first");
        assert_eq!(limits.reached(at(3, 0, 7)).unwrap(), "max_steps = 7 is reached");
        assert_eq!(limits.reached(at(2, 0, 6)), None);
    }
}
