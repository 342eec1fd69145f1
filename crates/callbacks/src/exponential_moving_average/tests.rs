//! When the average is in the model, and when it is not; its numbers are in the strategy's parity tests.

use super::*;
use crate::metrics::MetricTable;
use crate::testing::{FakeLearner, context_of};

type Hook = fn(&mut ExponentialMovingAverage, &mut Context<'_>) -> HookResult;

/// Calls hooks of an average of a learner whose weights are a number.
struct Training {
    average: ExponentialMovingAverage,
    learner: FakeLearner,
}

impl Training {
    fn new(average: ExponentialMovingAverage) -> Self {
        let mut training = Self { average, learner: FakeLearner::default() };
        training.call(Callback::on_train_begin);
        training
    }

    fn call(&mut self, hook: Hook) -> usize {
        let mut table = MetricTable::default();
        let Self { average, learner } = self;
        context_of(1, &mut table, learner, |context| hook(average, context)).unwrap();
        self.learner.weights
    }

    /// A step that gives the model these weights.
    fn step(&mut self, weights: usize) {
        self.learner.weights = weights;
        self.call(Callback::on_train_batch_end);
    }
}

#[test]
fn the_average_is_in_the_model_for_the_validation_only() {
    let mut training = Training::new(ExponentialMovingAverage::new(0.5));
    assert_eq!(training.call(Callback::on_valid_begin), 0, "nothing averaged yet");
    assert_eq!(training.call(Callback::on_valid_end), 0);
    training.step(100);
    training.step(200);
    assert_eq!(training.call(Callback::on_valid_begin), 150);
    assert_eq!(training.call(Callback::on_valid_end), 200);
    assert_eq!(training.call(Callback::on_epoch_end), 200);
    assert_eq!(training.call(Callback::on_epoch_begin), 200);
    assert_eq!(training.call(Callback::on_train_end), 150);
}

#[test]
fn it_stays_until_the_next_epoch_where_that_is_asked_for_also_without_validation() {
    let mut training = Training::new(ExponentialMovingAverage::new(0.5).swap_on_epoch(true).averaged_at_end(false));
    training.step(100);
    training.step(200);
    assert_eq!(training.call(Callback::on_valid_begin), 150);
    assert_eq!(training.call(Callback::on_valid_end), 150);
    assert_eq!(training.call(Callback::on_epoch_end), 150);
    assert_eq!(training.call(Callback::on_epoch_begin), 200);
    assert_eq!(training.call(Callback::on_epoch_end), 150, "no validation in this epoch");
    assert_eq!(training.call(Callback::on_train_end), 200);
}

#[test]
fn a_validation_that_was_broken_off_and_resumed_does_not_swap_twice() {
    let mut training = Training::new(ExponentialMovingAverage::new(0.5));
    training.step(100);
    training.step(200);
    assert_eq!(training.call(Callback::on_valid_begin), 150);
    let state = training.average.state();
    let mut resumed = ExponentialMovingAverage::new(0.5);
    resumed.load_state(&state).unwrap();
    let mut training = Training { average: resumed, learner: training.learner };
    assert_eq!(training.call(Callback::on_valid_begin), 150);
    assert_eq!(training.call(Callback::on_valid_end), 200);
}

#[test]
fn only_every_so_many_steps_are_averaged() {
    let mut training = Training::new(ExponentialMovingAverage::new(0.5).every_steps(3));
    for weights in [9, 9, 100, 9, 9] {
        training.step(weights);
    }
    assert_eq!(training.call(Callback::on_train_end), 100);
}

#[test]
fn a_warm_up_begins_with_a_small_decay_and_never_exceeds_the_given_one() {
    let average = ExponentialMovingAverage::new(0.9).warm_up(true);
    assert_eq!([average.decay(1), average.decay(8)], [2.0 / 11.0, 0.5]);
    assert_eq!(average.decay(1000), 0.9);
    assert_eq!(ExponentialMovingAverage::new(0.9).decay(1), 0.9);
}

#[test]
fn a_decay_that_is_none_is_refused() {
    for decay in [-0.1, 1.1, f64::NAN] {
        let mut average = ExponentialMovingAverage::new(decay);
        let mut table = MetricTable::default();
        let error = context_of(1, &mut table, &mut FakeLearner::default(), |context| average.on_train_begin(context))
            .unwrap_err();
        assert!(error.to_string().ends_with("a decay must be from 0 to 1"), "{error}");
    }
}
