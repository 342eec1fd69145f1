//! The end and its reason. Which batch ends a training is in the traces.

use super::*;
use crate::metrics::MetricTable;
use crate::testing::{FakeLearner, context_of, log_after_batch};

fn after_batch(callback: &mut TerminateOnNan, loss: f64) -> HookResult {
    let mut learner = FakeLearner { log: log_after_batch(loss), ..FakeLearner::default() };
    context_of(2, &mut MetricTable::default(), &mut learner, |context| {
        callback.on_train_begin(context)?;
        callback.on_train_batch_end(context)
    })
}

#[test]
fn the_reason_names_loss_batch_and_epoch() {
    let cases = [
        (f64::NAN, "train Loss is NaN in batch 10 of epoch 2"),
        (f64::NEG_INFINITY, "train Loss is -inf in batch 10 of epoch 2"),
    ];
    for (loss, reason) in cases {
        assert_eq!(after_batch(&mut TerminateOnNan::new(), loss).unwrap(), Flow::stop(reason));
        let error = after_batch(&mut TerminateOnNan::new().raise_error(true), loss).unwrap_err();
        assert!(error.to_string().starts_with(reason), "{error}");
    }
    assert_eq!(after_batch(&mut TerminateOnNan::new(), 1e300).unwrap(), Flow::Continue);
}

#[test]
fn a_metric_without_batch_values_is_an_error_that_names_the_others() {
    let error = after_batch(&mut TerminateOnNan::new().metric("Perplexity"), 1.0).unwrap_err();
    assert_eq!(error.to_string(), "there is no train metric \"Perplexity\"; the train metrics are: Loss");
}

#[test]
fn a_training_without_a_log_is_refused_before_it_begins() {
    let begin = |context: &mut Context<'_>| TerminateOnNan::new().on_train_begin(context);
    let error = crate::testing::context(1, &mut MetricTable::default(), begin).unwrap_err();
    assert!(error.to_string().contains("CallbackStrategy::attach"), "{error}");
}
