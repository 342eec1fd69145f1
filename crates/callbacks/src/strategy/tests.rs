//! Trainings of a small network: what callbacks see and do, that runs repeat, and that broken ones go on.

mod backup;
mod guide;
mod killed;
mod late;
mod limits;
mod network;
mod parity;
mod players;
mod resumed;
mod scheduled;
mod weights;

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use burn::optim::AdamConfig;
use burn::tensor::Device;
use burn::train::metric::LossMetric;
use burn::train::metric::store::{Aggregate, Direction as BurnDirection, Split as BurnSplit};
use burn::train::{ExecutionStrategy, Learner, MetricEarlyStoppingStrategy, MultiDeviceOptim, StoppingCondition};
use serde_json::Value;

use super::*;
use crate::callback::HookResult;
use crate::testing::alone;
use crate::{
    CallbackError, Context, ControlledLr, EarlyStopping, Flow, History, HistoryRecords, ModelCheckpoint, Monitor,
    callbacks, load_weights, save_weights,
};
use network::{Net, Points, SAMPLES, STEPS, fit, learner, strategy, training};

/// Calls a closure in one hook.
struct At<F>(&'static str, F);

impl<F: FnMut(&mut Context<'_>) -> HookResult + Send> At<F> {
    fn hook(&mut self, name: &str, context: &mut Context<'_>) -> HookResult {
        if self.0 == name { (self.1)(context) } else { Ok(Flow::Continue) }
    }
}

impl<F: FnMut(&mut Context<'_>) -> HookResult + Send> Callback for At<F> {
    fn name(&self) -> &str {
        "At"
    }

    fn on_train_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.hook("train begin", context)
    }

    fn on_epoch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.hook("epoch begin", context)
    }

    fn on_train_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        self.hook("train batch end", context)
    }

    fn on_valid_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.hook("valid begin", context)
    }

    fn on_valid_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        self.hook("valid batch end", context)
    }

    fn on_valid_end(&mut self, context: &mut Context<'_>) -> HookResult {
        self.hook("valid end", context)
    }

    fn on_epoch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        self.hook("epoch end", context)
    }
}

/// Writes down every call.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    fn note(&self, hook: &str, context: &Context<'_>) -> HookResult {
        self.0.lock().unwrap().push(format!("{hook} {} {}", context.epoch(), context.step()));
        Ok(Flow::Continue)
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

macro_rules! note {
    ($($hook:ident),*) => {$(
        fn $hook(&mut self, context: &mut Context<'_>) -> HookResult {
            self.note(stringify!($hook).trim_start_matches("on_"), context)
        }
    )*};
}

impl Callback for Diary {
    fn name(&self) -> &str {
        "Diary"
    }

    note!(on_train_begin, on_train_end, on_epoch_begin, on_epoch_end, on_train_batch_begin, on_train_batch_end);
    note!(on_valid_begin, on_valid_end, on_valid_batch_begin, on_valid_batch_end);
}

#[test]
fn every_hook_is_called_in_order() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let diary = Diary::default();
    let result = fit(directory.path(), strategy(callbacks![diary.clone()]), 2);
    assert!(result.error.is_none());
    let mut expected = vec!["train_begin 1 0".to_owned()];
    for epoch in 1..=2 {
        expected.push(format!("epoch_begin {epoch} 0"));
        for step in 1..=STEPS {
            expected.push(format!("train_batch_begin {epoch} {}", step - 1));
            expected.push(format!("train_batch_end {epoch} {step}"));
        }
        expected.push(format!("valid_begin {epoch} {STEPS}"));
        for _ in 0..STEPS {
            expected.push(format!("valid_batch_begin {epoch} {STEPS}"));
            expected.push(format!("valid_batch_end {epoch} {STEPS}"));
        }
        expected.push(format!("valid_end {epoch} {STEPS}"));
        expected.push(format!("epoch_end {epoch} {STEPS}"));
    }
    expected.push("train_end 3 0".to_owned());
    assert_eq!(diary.lines(), expected);
}

#[test]
fn the_same_seed_gives_the_same_history_and_the_same_model_bytes() {
    let _alone = alone();
    let run = |seed: u64| {
        let directory = tempfile::tempdir().unwrap();
        let csv = directory.path().join("history.csv");
        let strategy = strategy(callbacks![History::new().csv(&csv)]).with_seed(seed);
        let model = fit(directory.path(), strategy, 3).model;
        let weights = directory.path().join("model.bpk");
        save_weights(&model, &weights).unwrap();
        (fs::read_to_string(csv).unwrap(), fs::read(weights).unwrap())
    };
    let (first, second, other) = (run(1), run(1), run(2));
    assert_eq!(first.0, second.0);
    assert!(first.1 == second.1, "the model's bytes differ");
    assert_ne!(first.0, other.0, "another seed draws another dropout");
    assert!(
        first.0.starts_with("epoch,learning_rate,train_loss,train_accuracy,valid_loss,valid_accuracy\n1,0.02,"),
        "{}",
        first.0
    );
}

/// Trains with one line added to Burn's own training, Burn's own loggers in place.
fn fit_with_one_line(directory: &Path, callbacks: Vec<Box<dyn Callback>>) -> burn::train::LearningResult<Net> {
    let training = training(directory, Points::new(None), 2);
    training.with_training_strategy(with_callbacks(Device::flex(), callbacks)).launch(learner())
}

#[test]
fn one_line_is_enough_and_burns_log_files_stay() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let history = History::new();
    let records = history.records();
    assert!(fit_with_one_line(directory.path(), callbacks![history]).error.is_none());
    let columns: Vec<String> = records.rows()[1].metrics.iter().map(|metric| metric.0.clone()).collect();
    assert_eq!(columns, ["train_loss", "train_accuracy", "valid_loss", "valid_accuracy"]);
    assert!(directory.path().join("train/epoch-2/Loss.log").exists());
}

#[test]
fn the_metrics_are_burns_own_to_the_last_bit() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let run = |strategy: CallbackStrategy<Net>, attach: bool| -> HistoryRecords {
        let history = History::new();
        let records = history.records();
        let strategy = strategy.with_callbacks(callbacks![history]);
        let training = training(directory.path(), Points::new(None), 2);
        let training =
            if attach { strategy.attach(training) } else { training.with_training_strategy(strategy.into()) };
        assert!(training.launch(learner()).error.is_none());
        records
    };
    let (logged, stored) = (run(strategy(vec![]), true), run(strategy(vec![]), false));
    for column in ["train_loss", "train_accuracy", "valid_loss", "valid_accuracy"] {
        assert_eq!(logged.column(column), stored.column(column), "{column}");
        assert_eq!(logged.column(column).len(), 2, "{column}");
    }
}

#[test]
fn a_missing_metric_ends_the_training_with_the_names_there_are() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let diary = Diary::default();
    let strategy = strategy(callbacks![diary.clone(), EarlyStopping::new(Monitor::valid("val_loss").min())]);
    let outcome = strategy.outcome();
    let result = fit(directory.path(), strategy, 2);
    let message = "EarlyStopping: there is no valid metric \"val_loss\"; the valid metrics are: Accuracy, Loss";
    assert_eq!(outcome.error().unwrap().to_string(), message);
    assert!(result.error.unwrap().to_string().ends_with(message));
    assert!(diary.lines().is_empty(), "before the first hook");
    let error =
        fit_with_one_line(directory.path(), callbacks![EarlyStopping::new(Monitor::valid("val_loss").min())]).error;
    assert!(error.unwrap().to_string().ends_with("the valid metrics are: Loss, Accuracy"));
}

#[test]
fn an_error_in_a_callback_ends_the_training_and_is_handed_out() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let diary = Diary::default();
    let fail = |_: &mut Context<'_>| Err(CallbackError::other("out of paper"));
    let strategy = strategy(callbacks![At("train batch end", fail), diary.clone()]);
    let outcome = strategy.outcome();
    let result = fit(directory.path(), strategy, 2);
    assert!(result.error.unwrap().to_string().contains("At: out of paper"));
    assert_eq!(outcome.error().unwrap().to_string(), "At: out of paper");
    assert_eq!(diary.lines().last().unwrap(), "train_batch_begin 1 0");
}

#[test]
fn a_batch_that_cannot_be_read_ends_the_training_with_its_error() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let diary = Diary::default();
    let points = Points { broken_at: Some(3), ..Points::new(None) };
    let strategy = strategy(callbacks![diary.clone()]);
    let result = strategy.attach(training(directory.path(), points, 2)).launch(learner());
    assert!(result.error.unwrap().to_string().contains("row 17 cannot be read"));
    assert_eq!(diary.lines().last().unwrap(), "train_batch_end 1 3", "no validation, no end");
}

#[test]
fn a_stop_reaches_burn_and_the_outcome_with_its_reason() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let stop = |context: &mut Context<'_>| Ok(if context.epoch() == 2 { Flow::stop("enough") } else { Flow::Continue });
    let history = History::new();
    let records = history.records();
    let strategy = strategy(callbacks![At("epoch end", stop), history]);
    let outcome = strategy.outcome();
    let result = fit(directory.path(), strategy, 5);
    assert!(result.error.is_none());
    assert_eq!(result.interrupted.unwrap().reason.as_deref(), Some("enough"));
    let expected = crate::Stop { callback: Some("At".into()), reason: "enough".into(), epoch: 2, interrupted: false };
    assert_eq!(outcome.stop(), Some(expected));
    assert_eq!(records.rows().len(), 2, "the callbacks after the one that stops still see the epoch");
}

#[test]
fn the_best_weights_are_restored_and_the_best_file_holds_them() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let best =
        ModelCheckpoint::new(directory.path().join("best-{epoch}.bpk"), Monitor::valid("Loss")).save_best_only(true);
    let best_file = best.best();
    let history = History::new();
    let records = history.records();
    // The rate explodes after the second epoch.
    let explode = |context: &mut Context<'_>| {
        if context.epoch() == 2 {
            context.set_learning_rate(50.0)?;
        }
        Ok(Flow::Continue)
    };
    let early_stopping = EarlyStopping::new(Monitor::valid("Loss")).patience(9).restore_best_weights(true);
    let result =
        fit(directory.path(), strategy(callbacks![early_stopping, best, At("epoch end", explode), history]), 4);
    let saved = best_file.saved().unwrap();
    assert_eq!(saved.epoch, 2);
    let from_file = load_weights(Net::new(&Device::flex(), 16), &saved.path).unwrap();
    assert_eq!(result.model.weights(), from_file.weights());
    let file = directory.path().join("model.bpk");
    save_weights(&result.model, &file).unwrap();
    assert!(fs::read(file).unwrap() == fs::read(saved.path).unwrap(), "running statistics are restored as well");
    assert_eq!(records.rows().iter().map(|row| row.learning_rate).collect::<Vec<_>>(), [0.02, 0.02, 50.0, 50.0]);
}

#[test]
fn a_plain_rate_cannot_be_set_and_says_what_to_do() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let set = |context: &mut Context<'_>| context.set_learning_rate(0.5).map(|()| Flow::Continue);
    let strategy = strategy(callbacks![At("train begin", set)]);
    let outcome = strategy.outcome();
    let plain = Learner::new(Net::new(&Device::flex().autodiff(), 16), AdamConfig::new().init(), 0.02);
    strategy.attach(training(directory.path(), Points::new(None), 1)).launch(plain);
    let error = outcome.error().unwrap().to_string();
    assert!(error.contains("build it with Learner::new(model, optimizer, ControlledLr::new(rate))"), "{error}");
}

#[test]
fn a_rate_set_in_an_epoch_holds_from_the_next_step_on() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let rates = seen.clone();
    let halve = move |context: &mut Context<'_>| {
        rates.lock().unwrap().push((context.last_learning_rate(), context.learning_rate()));
        let half = context.learning_rate() / 2.0;
        context.set_learning_rate(half)?;
        let error = context.set_learning_rate(f64::NAN).unwrap_err().to_string();
        assert_eq!(error, "learning rate = NaN: a learning rate must be finite and at least 0");
        Ok(Flow::Continue)
    };
    fit(directory.path(), strategy(callbacks![At("train batch end", halve)]), 1);
    assert_eq!(seen.lock().unwrap()[..3], [(0.02, 0.02), (0.01, 0.01), (0.005, 0.005)]);
}

#[test]
fn batch_metrics_are_complete_where_they_are_asked_for() {
    struct Watch(Arc<Mutex<Vec<usize>>>);
    impl Callback for Watch {
        fn name(&self) -> &str {
            "Watch"
        }
        fn wants_batch_metrics(&self) -> bool {
            true
        }
        fn on_train_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
            let loss = context.metric(&Monitor::train("Loss"))?;
            assert!(loss.is_finite());
            self.0.lock().unwrap().push(context.progress().done);
            Ok(Flow::Continue)
        }
    }
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let done = Arc::new(Mutex::new(Vec::new()));
    assert!(fit(directory.path(), strategy(callbacks![Watch(done.clone())]), 1).error.is_none());
    let done = done.lock().unwrap();
    assert_eq!((done.first(), done.last()), (Some(&8), Some(&SAMPLES)));
}

#[test]
fn burns_early_stopping_and_checkpointers_work_as_before() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let condition = StoppingCondition::NoImprovementSince { n_epochs: 1 };
    let early_stopping = MetricEarlyStoppingStrategy::new(
        &LossMetric::new(),
        Aggregate::Mean,
        BurnDirection::Highest,
        BurnSplit::Train,
        condition,
    );
    let history = History::new();
    let records = history.records();
    let strategy = strategy(callbacks![history]);
    let outcome = strategy.outcome();
    let training = training(directory.path(), Points::new(None), 9);
    let result =
        strategy.attach(training.early_stopping(early_stopping).with_default_checkpointers()).launch(learner());
    assert!(result.error.is_none());
    assert!(records.rows().len() < 9, "a falling loss is no rising one");
    assert_eq!(outcome.stop().unwrap().callback, None);
    assert!(directory.path().join("checkpoint/model-2.bpk").exists());
}

#[test]
fn gradients_accumulate_over_batches_as_burn_does() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let run = |ours: bool| {
        let training = training(directory.path(), Points::new(None), 1).grads_accumulation(4);
        let training = if ours { CallbackStrategy::new(Device::flex()).attach(training) } else { training };
        let learner = learner();
        Device::flex().seed(5);
        training.launch(learner).model.weights()
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn callbacks_that_another_strategy_replaced_hear_of_it() {
    struct Listener(Arc<Mutex<Vec<String>>>);
    impl Callback for Listener {
        fn name(&self) -> &str {
            "Listener"
        }
        fn on_notice(&mut self, notice: &str) {
            self.0.lock().unwrap().push(notice.to_owned());
        }
    }
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let strategy = strategy(callbacks![Listener(heard.clone())]);
    let outcome = strategy.outcome();
    let training = strategy.attach(training(directory.path(), Points::new(None), 1));
    assert!(outcome.error().is_none());
    let several = ExecutionStrategy::multi(vec![Device::flex(); 2], MultiDeviceOptim::OptimMainDevice);
    drop(training.with_training_strategy(several.into()));
    assert!(matches!(*outcome.error().unwrap(), CallbackError::NeverCalled));
    assert!(heard.lock().unwrap()[0].contains("not with Burn's strategies for several"));
    let called = fit(directory.path(), self::strategy(callbacks![Listener(heard.clone())]), 1);
    assert!(called.error.is_none());
    assert_eq!(heard.lock().unwrap().len(), 1, "those that were called hear nothing");
}

#[test]
fn a_batch_step_of_ones_own_replaces_the_default() {
    struct Twice;
    impl BatchStep<Net> for Twice {
        fn run(&self, phases: &mut Phases<'_, Net>, batch: network::Batch) -> burn::train::ClassificationOutput {
            let first = phases.train_step(batch.clone());
            phases.optimizer_step(first.grads);
            let second = phases.train_step(batch);
            phases.optimizer_step(second.grads);
            second.item
        }
    }
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let once = fit(directory.path(), strategy(vec![]), 1).model.weights();
    let twice = fit(directory.path(), strategy(vec![]).with_batch_step(Twice), 1);
    assert!(twice.error.is_none());
    assert_ne!(twice.model.weights(), once);
    let both = strategy(vec![]).with_batch_step(Twice);
    let outcome = both.outcome();
    both.attach(training(directory.path(), Points::new(None), 1).grads_accumulation(2)).launch(learner());
    assert!(matches!(*outcome.error().unwrap(), CallbackError::AccumulationInBatchStep));
}
