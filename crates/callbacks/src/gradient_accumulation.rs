//! Gradient accumulation that changes from epoch to epoch, with the semantics of Lightning's `GradientAccumulationScheduler`.

use std::collections::BTreeMap;

use crate::callback::HookResult;
use crate::{Callback, CallbackError, Context, Flow};

/// Lets an optimiser step use the gradients of several batches, as many as the epoch's schedule says.
///
/// The gradients are averaged over the batches, as in Keras and Lightning (Burn's own `grads_accumulation` sums them up). The last
/// group of an epoch is averaged over the batches that are left; Lightning divides by the full number there, and Keras carries the
/// group over into the next epoch. Checkpoints are written between groups only.
///
/// ```
/// use firebrick_callbacks::GradientAccumulationScheduler;
///
/// // Eight batches per step in the first four epochs, four in the next four, then one.
/// let accumulation = GradientAccumulationScheduler::new([(1, 8), (5, 4), (9, 1)]);
/// ```
#[derive(Clone, Debug)]
pub struct GradientAccumulationScheduler {
    schedule: BTreeMap<usize, usize>,
}

impl GradientAccumulationScheduler {
    /// From which epochs on (from 1) how many batches make a step; one before the first epoch given.
    pub fn new(schedule: impl IntoIterator<Item = (usize, usize)>) -> Self {
        Self { schedule: schedule.into_iter().collect() }
    }

    fn batches(&self, epoch: usize) -> usize {
        self.schedule.range(..=epoch).next_back().map_or(1, |(_, batches)| *batches)
    }

    fn check(&self) -> Result<(), CallbackError> {
        let fault = |value: usize, rule| CallbackError::Setting { setting: "schedule", value: value.to_string(), rule };
        for (epoch, batches) in &self.schedule {
            if *epoch == 0 {
                return Err(fault(*epoch, "epochs count from 1"));
            }
            if *batches == 0 {
                return Err(fault(*batches, "gradients accumulate over at least one batch"));
            }
        }
        Ok(())
    }
}

impl Callback for GradientAccumulationScheduler {
    fn name(&self) -> &str {
        "GradientAccumulationScheduler"
    }

    fn on_train_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.check()?;
        // Already here, so that a training that cannot accumulate says so before its first step.
        context.accumulate_gradients(self.batches(context.epoch()))?;
        Ok(Flow::Continue)
    }

    fn on_train_batch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        context.accumulate_gradients(self.batches(context.epoch()))?;
        Ok(Flow::Continue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::MetricTable;
    use crate::testing::{FakeLearner, context, context_of};

    #[test]
    fn an_epoch_has_the_last_entry_that_is_not_after_it() {
        let mut scheduler = GradientAccumulationScheduler::new([(3, 8), (5, 2)]);
        let mut learner = FakeLearner::default();
        for (epoch, batches) in [(1, 1), (2, 1), (3, 8), (4, 8), (5, 2), (9, 2)] {
            let mut table = MetricTable::default();
            context_of(epoch, &mut table, &mut learner, |context| scheduler.on_train_batch_begin(context)).unwrap();
            assert_eq!(learner.accumulated, batches, "epoch {epoch}");
        }
    }

    #[test]
    fn epoch_zero_and_no_batches_are_refused() {
        for (entry, rule) in [((0, 2), "epochs count from 1"), ((2, 0), "at least one batch")] {
            let mut scheduler = GradientAccumulationScheduler::new([entry]);
            let error = context(1, &mut MetricTable::default(), |context| scheduler.on_train_begin(context));
            assert!(error.unwrap_err().to_string().contains(rule), "{entry:?}");
        }
    }
}
