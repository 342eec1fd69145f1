//! The learning rate by a function of the epoch or the step, with the semantics of Keras's `LearningRateScheduler`.

use crate::callback::HookResult;
use crate::schedule::LrSchedule;
use crate::{Callback, Context, Flow};

/// Where the rates come from.
enum Source {
    /// The number of what begins, from 1, and the rate in force give the rate.
    Function(Box<dyn FnMut(u64, f64) -> f64 + Send>),
    Schedule(Box<dyn LrSchedule>),
}

/// Sets the learning rate at the beginning of each epoch, or before each batch.
///
/// The learner needs a [`ControlledLr`](crate::ControlledLr). A function of the number alone, and one that multiplies the rate in
/// force, give the same rates in a resumed training; one that remembers anything else does not.
///
/// ```
/// use firebrick_callbacks::{LearningRateScheduler, OneCycle, StepDecay};
///
/// let halved = LearningRateScheduler::new(|epoch, rate| if epoch > 10 { rate * 0.5 } else { rate });
/// let stepped = LearningRateScheduler::of(StepDecay::new(0.1, 30, 0.1));             // of the epoch
/// let cycle = LearningRateScheduler::of(OneCycle::new(0.1, 5_000)).per_step();       // of the batch
/// ```
pub struct LearningRateScheduler {
    source: Source,
    per_step: bool,
}

impl LearningRateScheduler {
    /// Asks this function: the epoch that begins, from 1 (Keras: from 0), and the rate in force give the rate of the epoch.
    pub fn new(function: impl FnMut(u64, f64) -> f64 + Send + 'static) -> Self {
        Self { source: Source::Function(Box::new(function)), per_step: false }
    }

    /// Follows a schedule whose steps are the epochs.
    pub fn of(schedule: impl LrSchedule + 'static) -> Self {
        Self { source: Source::Schedule(Box::new(schedule)), per_step: false }
    }

    /// Asks before every training batch instead of every epoch, with the batch's number since the very first epoch, from 1.
    pub fn per_step(self) -> Self {
        Self { per_step: true, ..self }
    }

    /// Sets the rate of what begins: the epoch or batch of this number, from 1.
    fn set(&mut self, number: u64, context: &mut Context<'_>) -> HookResult {
        let before = context.learning_rate();
        let rate = match &mut self.source {
            Source::Function(function) => function(number, before),
            Source::Schedule(schedule) => schedule.rate(number.saturating_sub(1)),
        };
        context.set_learning_rate(rate)?;
        Ok(Flow::Continue)
    }
}

impl Callback for LearningRateScheduler {
    fn name(&self) -> &str {
        "LearningRateScheduler"
    }

    fn on_train_begin(&mut self, _context: &mut Context<'_>) -> HookResult {
        if let Source::Schedule(schedule) = &self.source {
            schedule.check()?;
        }
        Ok(Flow::Continue)
    }

    fn on_epoch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        if self.per_step { Ok(Flow::Continue) } else { self.set(context.epoch() as u64, context) }
    }

    fn on_train_batch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        if self.per_step { self.set(context.global_step() + 1, context) } else { Ok(Flow::Continue) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::MetricTable;
    use crate::testing::{FakeLearner, context_of};
    use crate::{CosineDecay, Position};

    /// The rates of two epochs of three batches.
    fn rates(callback: &mut LearningRateScheduler) -> Vec<f64> {
        let mut learner = FakeLearner { rate: 1.0, ..FakeLearner::default() };
        let mut rates = Vec::new();
        for (epoch, step) in [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)] {
            context_of(epoch, &mut MetricTable::default(), &mut learner, |context| {
                context.position = Position { epoch, step, global_step: (3 * (epoch - 1) + step) as u64 };
                if step == 0 {
                    callback.on_epoch_begin(context).unwrap();
                }
                callback.on_train_batch_begin(context).unwrap();
            });
            rates.push(learner.rate);
        }
        rates
    }

    #[test]
    fn a_function_is_asked_once_per_epoch_or_before_every_batch() {
        let divided = |number: u64, _| 1.0 / number as f64;
        assert_eq!(rates(&mut LearningRateScheduler::new(divided)), [1.0, 1.0, 1.0, 0.5, 0.5, 0.5]);
        let per_batch = rates(&mut LearningRateScheduler::new(divided).per_step());
        assert_eq!(per_batch, [1.0, 1.0 / 2.0, 1.0 / 3.0, 1.0 / 4.0, 1.0 / 5.0, 1.0 / 6.0]);
        assert_eq!(rates(&mut LearningRateScheduler::new(|_, rate| rate / 2.0).per_step())[5], 1.0 / 64.0);
    }

    #[test]
    fn a_schedules_first_step_is_the_first_epoch_or_batch() {
        let schedule = CosineDecay::new(0.5, 6).warmup(2);
        let expected = |steps: [u64; 6]| steps.map(|step| schedule.rate(step));
        assert_eq!(rates(&mut LearningRateScheduler::of(schedule.clone())), expected([0, 0, 0, 1, 1, 1]));
        assert_eq!(rates(&mut LearningRateScheduler::of(schedule.clone()).per_step()), expected([0, 1, 2, 3, 4, 5]));
    }

    #[test]
    fn bad_numbers_are_refused_before_the_training_and_a_bad_rate_when_it_comes() {
        let mut callback = LearningRateScheduler::of(CosineDecay::new(0.5, 0));
        let begin = |context: &mut Context<'_>| callback.on_train_begin(context);
        let error = context_of(1, &mut MetricTable::default(), &mut FakeLearner::default(), begin).unwrap_err();
        assert_eq!(error.to_string(), "steps = 0: at least 1 step is needed");
        let mut callback = LearningRateScheduler::new(|_, _| f64::NAN);
        let begin = |context: &mut Context<'_>| callback.on_epoch_begin(context);
        let error = context_of(1, &mut MetricTable::default(), &mut FakeLearner::default(), begin).unwrap_err();
        assert_eq!(error.to_string(), "learning rate = NaN: a learning rate must be finite and at least 0");
    }
}
