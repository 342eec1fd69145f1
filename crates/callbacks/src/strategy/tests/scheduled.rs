//! Trainings whose learning rate follows a schedule or a plateau, and one whose loss is no number.

use std::time::Duration;

use super::*;
use crate::{
    Checkpoints, CosineDecay, LearningRateScheduler, LrSchedule, ReduceLrOnPlateau, ScheduledLr, StepDecay,
    TerminateOnNan,
};

/// The learning rate of each epoch's last step.
fn rates(callbacks: Vec<Box<dyn Callback>>, epochs: usize) -> Vec<f64> {
    let directory = tempfile::tempdir().unwrap();
    let history = History::new();
    let records = history.records();
    let mut callbacks = callbacks;
    callbacks.push(Box::new(history));
    let result = fit(directory.path(), strategy(callbacks), epochs);
    assert!(result.error.is_none(), "{:?}", result.error);
    records.rows().iter().map(|row| row.learning_rate).collect()
}

#[test]
fn rates_follow_the_epochs_or_the_batches() {
    let _alone = alone();
    let schedule = StepDecay::new(0.5, 2, 0.5);
    assert_eq!(rates(callbacks![LearningRateScheduler::of(schedule)], 4), [0.5, 0.5, 0.25, 0.25]);
    let schedule = CosineDecay::new(0.01, 3 * STEPS as u64);
    let last = |epoch: u64| schedule.rate(epoch * STEPS as u64 - 1);
    let per_step = LearningRateScheduler::of(schedule.clone()).per_step();
    assert_eq!(rates(callbacks![per_step], 3), [last(1), last(2), last(3)]);
}

#[test]
fn a_schedule_in_the_learner_gives_the_same_rates() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let schedule = CosineDecay::new(0.01, 3 * STEPS as u64).warmup(5);
    let history = History::new();
    let records = history.records();
    let model = Net::new(&Device::flex().autodiff(), 16);
    let learner = Learner::new(model, AdamConfig::new().init(), ScheduledLr::new(schedule.clone()).unwrap());
    let training = training(directory.path(), Points::new(None), 3);
    assert!(strategy(callbacks![history]).attach(training).launch(learner).error.is_none());
    let found: Vec<f64> = records.rows().iter().map(|row| row.learning_rate).collect();
    assert_eq!(found, rates(callbacks![LearningRateScheduler::of(schedule).per_step()], 3));
}

#[test]
fn a_plateau_lowers_the_rate_of_the_next_epoch() {
    let _alone = alone();
    // No value improves by more than 100.
    let plateau = ReduceLrOnPlateau::new(Monitor::valid("Loss")).factor(0.5).patience(1).min_delta(100.0);
    assert_eq!(rates(callbacks![plateau], 4), [0.02, 0.02, 0.01, 0.005]);
}

#[test]
fn a_learner_whose_rate_cannot_be_set_is_refused_before_the_first_step() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let strategy = strategy(callbacks![ReduceLrOnPlateau::new(Monitor::valid("Loss"))]);
    let outcome = strategy.outcome();
    let model = Net::new(&Device::flex().autodiff(), 16);
    let learner = Learner::new(model, AdamConfig::new().init(), 0.02);
    let result = strategy.attach(training(directory.path(), Points::new(None), 1)).launch(learner);
    assert!(result.error.is_some());
    let error = outcome.error().unwrap().to_string();
    assert!(error.contains("ControlledLr::new(rate)"), "{error}");
}

/// A rate that makes every weight enormous in the second batch.
fn exploding() -> LearningRateScheduler {
    LearningRateScheduler::new(|step, rate| if step == 2 { 1e38 } else { rate }).per_step()
}

#[test]
fn a_loss_that_is_no_number_ends_the_epoch_and_says_where() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let strategy = strategy(callbacks![exploding(), TerminateOnNan::new()]);
    let outcome = strategy.outcome();
    assert!(fit(directory.path(), strategy, 3).error.is_none());
    let stop = outcome.stop().unwrap();
    assert_eq!((stop.epoch, stop.interrupted), (1, false));
    assert!(stop.reason.ends_with(" in batch 3 of epoch 1"), "{}", stop.reason);
}

#[test]
fn or_fails_without_a_checkpoint_of_broken_weights() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(directory.path().join("checkpoints")).every(Duration::ZERO);
    let strategy = strategy(callbacks![exploding(), TerminateOnNan::new().raise_error(true)]);
    let strategy = strategy.with_checkpoints(checkpoints.clone());
    let outcome = strategy.outcome();
    assert!(fit(directory.path(), strategy, 3).error.is_some());
    let error = outcome.error().unwrap().to_string();
    assert!(error.starts_with("TerminateOnNan: train Loss is "), "{error}");
    assert_eq!(checkpoints.latest().unwrap().unwrap().position.step, 2);
}
