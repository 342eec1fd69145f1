//! Learning rates as functions of the step, for Burn's `Learner` and for [`LearningRateScheduler`](crate::LearningRateScheduler).

mod annealing;
mod cosine;
mod cosine_restarts;
mod decay;
mod one_cycle;
mod warmup;

use burn::lr_scheduler::{LrScheduler, LrSchedulerRecord};

pub use annealing::Annealing;
pub use cosine::CosineDecay;
pub use cosine_restarts::CosineRestarts;
pub use decay::{ExponentialDecay, PolynomialDecay, StepDecay};
pub use one_cycle::OneCycle;
pub use warmup::LinearWarmup;

use crate::CallbackError;

const DONE: &str = "done";

/// A learning rate as a function of the step alone, so that a resumed training needs to know no more than where it is.
///
/// A step is an optimiser step in [`ScheduledLr`], a batch or an epoch in
/// [`LearningRateScheduler`](crate::LearningRateScheduler). Every function goes on beyond its last step with that step's rate.
///
/// ```
/// use firebrick_callbacks::{CosineDecay, LrSchedule};
///
/// let schedule = CosineDecay::new(0.4, 8).warmup(2);
/// let rates: Vec<f64> = (0..4).map(|step| schedule.rate(step)).collect();
/// assert_eq!(rates[..3], [0.2, 0.4, 0.4]);
/// assert!(rates[3] < 0.4);
/// ```
pub trait LrSchedule: Send + Sync {
    /// The rate of a step, from 0.
    fn rate(&self, step: u64) -> f64;

    /// Whether its numbers make sense together.
    ///
    /// # Errors
    /// When a number is out of its range; the error names it and the rule.
    fn check(&self) -> Result<(), CallbackError> {
        Ok(())
    }
}

/// A schedule as Burn's learning rate scheduler: in place of the plain rate given to Burn's `Learner`, one step of the schedule per
/// optimiser step. How many are done is part of every checkpoint.
///
/// Callbacks cannot set a rate that is scheduled this way; see [`LearningRateScheduler`](crate::LearningRateScheduler) for one that
/// they can.
///
/// ```
/// use burn::lr_scheduler::LrScheduler;
/// use firebrick_callbacks::{OneCycle, ScheduledLr};
///
/// let mut rate = ScheduledLr::new(OneCycle::new(0.1, 1000)).unwrap();
/// assert!((rate.step() - 0.004).abs() < 1e-12);    // a 25th of the highest, and up
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduledLr<S> {
    schedule: S,
    done: u64,
}

impl<S: LrSchedule> ScheduledLr<S> {
    /// Begins at the schedule's first step.
    ///
    /// # Errors
    /// When the schedule's [check](LrSchedule::check) fails.
    pub fn new(schedule: S) -> Result<Self, CallbackError> {
        schedule.check()?;
        Ok(Self { schedule, done: 0 })
    }
}

impl<S: LrSchedule + Clone + 'static> LrScheduler for ScheduledLr<S> {
    fn step(&mut self) -> f64 {
        let rate = self.schedule.rate(self.done);
        self.done += 1;
        rate
    }

    fn to_record(&self) -> LrSchedulerRecord {
        LrSchedulerRecord::new().with_scalar(DONE, self.done as f64)
    }

    fn load_record(&mut self, record: LrSchedulerRecord) {
        if let Some(done) = record.scalar::<f64>(DONE) {
            self.done = done as u64;
        }
    }
}

/// Refuses rates that are negative or not finite.
fn check_rates<const N: usize>(rates: [(&'static str, f64); N]) -> Result<(), CallbackError> {
    let is_rate = |rate: f64| rate.is_finite() && rate >= 0.0;
    match rates.into_iter().find(|(_, rate)| !is_rate(*rate)) {
        Some((setting, rate)) => refuse(setting, rate, "a learning rate must be finite and at least 0"),
        None => Ok(()),
    }
}

/// Refuses 0 where a schedule divides by a number of steps.
fn check_steps(setting: &'static str, steps: u64) -> Result<(), CallbackError> {
    if steps == 0 { refuse(setting, steps, "at least 1 step is needed") } else { Ok(()) }
}

/// Refuses factors that are not above 0, or not finite.
fn check_factor(setting: &'static str, factor: f64) -> Result<(), CallbackError> {
    let is_factor = factor.is_finite() && factor > 0.0;
    if is_factor { Ok(()) } else { refuse(setting, factor, "it must be finite and above 0") }
}

fn refuse(setting: &'static str, value: impl ToString, rule: &'static str) -> Result<(), CallbackError> {
    Err(CallbackError::Setting { setting, value: value.to_string(), rule })
}

/// From `from` to `to` along half a cosine, at `passed` of the way, 0 to 1.
fn along_cosine(from: f64, to: f64, passed: f64) -> f64 {
    to + (from - to) * (1.0 + (std::f64::consts::PI * passed).cos()) / 2.0
}

#[cfg(test)]
mod tests;
