//! Trainings that are broken off and go on in the same process, with checkpoints.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::{
    BackboneFreezing, Checkpoints, ExponentialMovingAverage, GradientAccumulationScheduler, GradientClipping,
    Interrupt, Outcome, Position, StochasticWeightAveraging,
};

/// A finished run's history and model bytes.
pub(super) type Run = (String, Vec<u8>);

/// Trains with checkpoints and everything that has a state; `extra` comes first.
pub(super) fn run(
    directory: &Path,
    checkpoints: Checkpoints,
    epochs: usize,
    extra: Vec<Box<dyn Callback>>,
) -> (Run, Outcome) {
    let csv = directory.join("history.csv");
    let mut callbacks = extra;
    callbacks.extend(callbacks![
        At("epoch end", |context: &mut Context<'_>| {
            let half = context.learning_rate() * 0.75;
            context.set_learning_rate(half)?;
            Ok(Flow::Continue)
        }),
        EarlyStopping::new(Monitor::valid("Loss")).patience(50).restore_best_weights(true),
        BackboneFreezing::new("body").unfreeze_at_epoch(2).rate_after(0.03),
        GradientAccumulationScheduler::new([(3, 2)]),
        GradientClipping::by_norm(0.5),
        ExponentialMovingAverage::new(0.9).swap_on_epoch(true),
        StochasticWeightAveraging::new(0.01).start_from_epoch(3),
        History::new().csv(&csv),
    ]);
    let strategy = strategy(callbacks).with_checkpoints(checkpoints);
    let outcome = strategy.outcome();
    let result = fit(directory, strategy, epochs);
    let weights = directory.join("model.bpk");
    save_weights(&result.model, &weights).unwrap();
    ((fs::read_to_string(csv).unwrap_or_default(), fs::read(weights).unwrap()), outcome)
}

pub(super) fn assert_same(resumed: &Run, whole: &Run, what: &str) {
    assert_eq!(resumed.0, whole.0, "{what}");
    assert!(resumed.1 == whole.1, "{what}: the model's bytes differ");
}

/// Interrupts in a hook of epoch 2, after some batches.
fn interrupting(hook: &'static str, step: usize) -> Vec<Box<dyn Callback>> {
    callbacks![At(hook, move |context: &mut Context<'_>| {
        let is_there = context.epoch() == 2 && context.step() >= step;
        Ok(if is_there { Flow::interrupt("interrupted") } else { Flow::Continue })
    })]
}

#[test]
fn a_run_interrupted_anywhere_ends_as_if_it_never_was() {
    let _alone = alone();
    let reference = tempfile::tempdir().unwrap();
    let (whole, _) = run(reference.path(), Checkpoints::new(reference.path().join("checkpoints")), 4, vec![]);
    assert_eq!(whole.0.lines().count(), 5);
    let moments = [
        ("train batch end", 1),
        ("train batch end", 7),
        ("train batch end", STEPS),
        ("valid batch end", 0),
        ("epoch end", 0),
    ];
    for (hook, step) in moments {
        let directory = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::new(directory.path().join("checkpoints"));
        let (_, first) = run(directory.path(), checkpoints.clone(), 4, interrupting(hook, step));
        let stop = first.stop().unwrap();
        assert!(stop.interrupted && stop.epoch == 2, "{stop:?}");
        let (resumed, second) = run(directory.path(), checkpoints.resume(true), 4, vec![]);
        let (_, Position { epoch, step: done, .. }) = second.resumed_from().unwrap();
        let expected = if hook == "epoch end" {
            (3, 0)
        } else if hook == "valid batch end" {
            (2, STEPS)
        } else {
            (2, step)
        };
        assert_eq!((epoch, done), expected, "{hook} {step}");
        assert!(second.error().is_none() && second.stop().is_none());
        assert_same(&resumed, &whole, hook);
    }
}

#[test]
fn a_damaged_checkpoint_is_passed_over_with_a_notice_and_the_run_ends_the_same() {
    let _alone = alone();
    let reference = tempfile::tempdir().unwrap();
    let (whole, _) = run(reference.path(), Checkpoints::new(reference.path().join("checkpoints")), 3, vec![]);
    let directory = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(directory.path().join("checkpoints")).every_steps(2);
    let (_, first) = run(directory.path(), checkpoints.clone(), 3, interrupting("train batch end", 5));
    let newest = first.checkpoint().unwrap();
    let bytes = fs::read(&newest).unwrap();
    fs::write(&newest, &bytes[..bytes.len() / 2]).unwrap();
    let (resumed, second) = run(directory.path(), checkpoints.resume(true), 3, vec![]);
    assert!(second.notices()[0].contains("epoch-0002-step-000005.ckpt is damaged"), "{:?}", second.notices());
    assert_eq!(second.resumed_from().unwrap().1.step, 4);
    assert_same(&resumed, &whole, "damaged");
}

#[test]
fn a_run_that_was_stopped_stays_stopped_and_a_finished_one_can_be_extended() {
    let _alone = alone();
    let reference = tempfile::tempdir().unwrap();
    let (whole, _) = run(reference.path(), Checkpoints::new(reference.path().join("checkpoints")), 4, vec![]);
    let directory = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(directory.path().join("checkpoints")).every_epochs(3);
    run(directory.path(), checkpoints.clone(), 2, vec![]);
    let (extended, _) = run(directory.path(), checkpoints.clone().resume(true), 4, vec![]);
    assert_same(&extended, &whole, "extended");
    let stopped = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(stopped.path().join("checkpoints"));
    let stop = callbacks![At("epoch end", |_: &mut Context<'_>| Ok(Flow::stop("enough")))];
    let (first, _) = run(stopped.path(), checkpoints.clone(), 4, stop);
    let (again, outcome) = run(stopped.path(), checkpoints.resume(true), 4, vec![]);
    assert_same(&again, &first, "stopped");
    assert_eq!(outcome.stop().map(|stop| (stop.reason, stop.epoch)), Some(("enough".to_owned(), 1)));
}

#[test]
fn a_second_run_into_the_same_directory_is_refused_and_changes_nothing() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(directory.path().join("checkpoints"));
    let (first, _) = run(directory.path(), checkpoints.clone(), 1, vec![]);
    let latest = checkpoints.latest().unwrap();
    let (_, outcome) = run(directory.path(), checkpoints.clone(), 1, vec![]);
    assert!(outcome.error().unwrap().to_string().contains("already holds checkpoints of another run"));
    assert_eq!(checkpoints.latest().unwrap(), latest);
    assert_eq!(fs::read_to_string(directory.path().join("history.csv")).unwrap(), first.0);
}

#[test]
fn another_models_checkpoint_is_refused() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(directory.path().join("checkpoints"));
    run(directory.path(), checkpoints.clone(), 1, vec![]);
    let strategy = strategy(vec![]).with_checkpoints(checkpoints.resume(true));
    let outcome = strategy.outcome();
    let wider =
        Learner::new(Net::new(&Device::flex().autodiff(), 17), AdamConfig::new().init(), ControlledLr::new(0.02));
    strategy.attach(training(directory.path(), Points::new(None), 2)).launch(wider);
    let error = outcome.error().unwrap().to_string();
    assert!(error.contains("does not fit this model") && error.contains("body.weight"), "{error}");
}

#[test]
fn with_a_loader_of_burns_a_run_goes_on_at_an_epochs_beginning_and_says_so() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(directory.path().join("checkpoints")).every_steps(3);
    let first = strategy(interrupting("train batch end", 4)).with_checkpoints(checkpoints.clone());
    let outcome = first.outcome();
    first.attach(training(directory.path(), Points::new(None), 3)).launch(learner());
    let why = "the training loader does not follow the cursor";
    let expected = [
        format!("checkpoints are written between epochs only: {why}"),
        format!("a resumed run will begin epoch 2 again: {why}"),
    ];
    assert_eq!(outcome.notices(), expected);
    let position = checkpoints.latest().unwrap().unwrap().position;
    assert_eq!((position.epoch, position.step), (2, 0));
}

#[test]
fn a_checkpoint_within_an_epoch_is_refused_by_a_loader_that_cannot_go_on_there() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(directory.path().join("checkpoints"));
    run(directory.path(), checkpoints.clone(), 3, interrupting("train batch end", 4));
    let strategy = strategy(vec![]).with_checkpoints(checkpoints.resume(true));
    let outcome = strategy.outcome();
    strategy.attach(training(directory.path(), Points::new(None), 3)).launch(learner());
    let error = outcome.error().unwrap().to_string();
    assert!(error.contains("inside of epoch 2, after 4 batches"), "{error}");
}

#[test]
fn checkpoints_without_the_metrics_log_are_refused_at_once() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let strategy = strategy(vec![]).with_checkpoints(Checkpoints::new(directory.path().join("checkpoints")));
    let outcome = strategy.outcome();
    training(directory.path(), Points::new(None), 1).with_training_strategy(strategy.into()).launch(learner());
    assert!(outcome.error().unwrap().to_string().contains("build the training with CallbackStrategy::attach"));
}

#[test]
fn an_unwritable_directory_ends_the_training_with_a_clear_error() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, b"").unwrap();
    let (_, outcome) = run(directory.path(), Checkpoints::new(file.join("checkpoints")), 1, vec![]);
    let error = outcome.error().unwrap().to_string();
    assert!(error.contains("file/checkpoints"), "{error}");
}

#[test]
fn a_raised_flag_interrupts_after_the_batch_and_accumulated_gradients_are_used_first() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let flag = Arc::new(AtomicBool::new(false));
    let raise = flag.clone();
    let raise = At("train batch end", move |context: &mut Context<'_>| {
        raise.store(context.step() >= 2, Ordering::Relaxed);
        Ok(Flow::Continue)
    });
    let cursor = Cursor::new();
    let checkpoints = Checkpoints::new(directory.path().join("checkpoints"));
    let strategy = strategy(callbacks![raise, Interrupt::new(flag)])
        .with_checkpoints(checkpoints.clone())
        .with_cursor(cursor.clone());
    let outcome = strategy.outcome();
    let training = training(directory.path(), Points::new(Some(cursor)), 2).grads_accumulation(3);
    strategy.attach(training).launch(learner());
    let stop = outcome.stop().unwrap();
    assert_eq!(
        (stop.callback.as_deref(), stop.reason.as_str(), stop.interrupted),
        (Some("Interrupt"), "interrupted", true)
    );
    assert_eq!(checkpoints.latest().unwrap().unwrap().position.step, 3);
}

#[test]
fn the_state_of_a_callback_that_is_gone_is_mentioned() {
    struct Counter;
    impl Callback for Counter {
        fn name(&self) -> &str {
            "Counter"
        }
        fn state(&self) -> Value {
            Value::from(1)
        }
    }
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(directory.path().join("checkpoints"));
    run(directory.path(), checkpoints.clone(), 1, callbacks![Counter]);
    let (_, outcome) = run(directory.path(), checkpoints.resume(true), 2, vec![]);
    assert_eq!(
        outcome.notices(),
        ["the checkpoint holds the state of a callback Counter that this training does not have"]
    );
}
