//! The learning rate among the metrics: Lightning's `LearningRateMonitor`.

use crate::callback::HookResult;
use crate::history::LEARNING_RATE;
use crate::{Callback, Context, Flow};

/// Adds the learning rate of the last step to the metrics, as the column `learning_rate`, after every batch and every epoch, unless
/// another callback has put it there already (one that schedules it, say). It goes before the loggers that shall see it: CSV, JSON
/// lines, TensorBoard, a file name's `{learning_rate}`.
///
/// With several parameter groups it is the base group's.
///
/// ```
/// use firebrick_callbacks::{CsvLogger, LearningRateMonitor, callbacks};
///
/// let callbacks = callbacks![LearningRateMonitor::new(), CsvLogger::new("run/log.csv")];
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct LearningRateMonitor;

impl LearningRateMonitor {
    /// Monitors the learning rate.
    pub fn new() -> Self {
        Self
    }
}

/// Adds it where it is missing.
fn add(context: &mut Context<'_>) -> HookResult {
    if context.metrics().column(LEARNING_RATE).is_none() {
        context.add_metric(LEARNING_RATE, context.last_learning_rate());
    }
    Ok(Flow::Continue)
}

impl Callback for LearningRateMonitor {
    fn name(&self) -> &str {
        "LearningRateMonitor"
    }

    fn on_train_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        add(context)
    }

    fn on_epoch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        add(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::MetricTable;
    use crate::testing::context;

    #[test]
    fn the_rate_becomes_a_column_unless_it_is_one() {
        let mut metrics = MetricTable::default();
        context(1, &mut metrics, |context| LearningRateMonitor::new().on_epoch_end(context)).unwrap();
        assert_eq!(metrics.column("learning_rate"), Some(0.5));
        metrics.add("learning_rate", 0.125);
        context(1, &mut metrics, |context| LearningRateMonitor::new().on_epoch_end(context)).unwrap();
        assert_eq!(metrics.column("learning_rate"), Some(0.125));
    }
}
