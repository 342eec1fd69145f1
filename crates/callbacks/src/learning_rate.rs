//! A learning rate that callbacks can set.

use burn::lr_scheduler::{LrScheduler, LrSchedulerRecord};

const RATE: &str = "controlled_rate";

/// How many parameter groups of a scheduler are looked at.
const MAX_GROUPS: usize = 256;

/// A learning rate that stays as it is until a callback sets it, in place of the plain rate given to Burn's `Learner`.
///
/// ```
/// use burn::lr_scheduler::LrScheduler;
/// use firebrick_callbacks::ControlledLr;
///
/// let mut rate = ControlledLr::new(1e-3);
/// assert_eq!(rate.step(), 1e-3);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ControlledLr {
    rate: f64,
}

impl ControlledLr {
    /// Starts with this rate.
    pub fn new(rate: f64) -> Self {
        Self { rate }
    }
}

impl LrScheduler for ControlledLr {
    fn step(&mut self) -> f64 {
        self.rate
    }

    fn to_record(&self) -> LrSchedulerRecord {
        LrSchedulerRecord::new().with_scalar(RATE, self.rate)
    }

    fn load_record(&mut self, record: LrSchedulerRecord) {
        if let Some(rate) = record.scalar(RATE) {
            self.rate = rate;
        }
    }
}

/// The record of a learner's scheduler, as far as callbacks are concerned.
#[derive(Clone)]
pub(crate) struct SchedulerState {
    record: LrSchedulerRecord,
}

impl SchedulerState {
    pub(crate) fn new(record: LrSchedulerRecord) -> Self {
        Self { record }
    }

    /// The rate of the base group, if it is controlled.
    pub(crate) fn rate(&self) -> Option<f64> {
        self.record.record("0").scalar(RATE)
    }

    /// The same state with another rate for the base group.
    pub(crate) fn with_rate(self, rate: f64) -> Self {
        let group = LrSchedulerRecord::new().with_scalar(RATE, rate);
        Self { record: self.record.with_record("0", group) }
    }

    /// Whether the state only changes when a callback sets a rate, so that it need not be read again.
    pub(crate) fn is_steady(&self) -> bool {
        let mut groups = (0..MAX_GROUPS).map(|group| self.record.record(&group.to_string()));
        groups.all(|group| group.is_empty() || group.scalar::<f64>(RATE).is_some())
    }

    pub(crate) fn into_record(self) -> LrSchedulerRecord {
        self.record
    }
}

#[cfg(test)]
mod tests {
    use burn::lr_scheduler::linear::LinearLrSchedulerConfig;
    use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
    use burn::module::ParamGroup;

    use super::*;

    #[test]
    fn a_rate_set_in_the_record_is_the_next_steps_rate() {
        let scheduler =
            ModuleLrScheduler::new(ControlledLr::new(0.5)).with_group(ParamGroup::from_predicate("head"), 0.125);
        let state = SchedulerState::new(scheduler.to_record());
        assert_eq!(state.rate(), Some(0.5));
        assert!(state.is_steady());
        let mut scheduler = scheduler.load_record(state.with_rate(0.25).into_record());
        assert_eq!(scheduler.step().base(), 0.25);
    }

    #[test]
    fn a_plain_rate_is_not_controlled_and_a_schedule_is_not_steady() {
        let plain = SchedulerState::new(ModuleLrScheduler::new(0.5).to_record());
        assert_eq!(plain.rate(), None);
        let linear = LinearLrSchedulerConfig::new(1.0, 0.1, 4).init().unwrap();
        assert!(!SchedulerState::new(linear.to_record()).is_steady());
    }
}
