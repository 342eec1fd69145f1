//! Validation now and then, parts of epochs, trial runs: what is called and shown, and that broken ones go on.

use burn::train::LearningResult;
use burn::train::logger::FileMetricLogger;
use burn::train::metric::{AurocMetric, ClassReduction};

use super::*;
use crate::{BackupAndRestore, Checkpoints, CsvLogger, Cursor, JsonLinesLogger, Outcome, Progress, TensorBoard};

/// Settings of a strategy.
type Settings = fn(CallbackStrategy<Net>) -> CallbackStrategy<Net>;

fn records_of(settings: Settings, epochs: usize) -> (HistoryRecords, Diary, LearningResult<Net>) {
    let directory = tempfile::tempdir().unwrap();
    let (history, diary) = (History::new(), Diary::default());
    let records = history.records();
    let result = fit(directory.path(), settings(strategy(callbacks![diary.clone(), history])), epochs);
    assert!(result.error.is_none());
    (records, diary, result)
}

/// Epoch and step of each call of a hook.
fn calls(diary: &Diary, hook: &str) -> Vec<(usize, usize)> {
    let lines = diary.lines();
    let of_hook = lines.iter().filter_map(|line| line.strip_prefix(hook)?.strip_prefix(' '));
    let number = |text: &str| text.parse().unwrap();
    of_hook.map(|rest| rest.split_once(' ').map(|(epoch, step)| (number(epoch), number(step))).unwrap()).collect()
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let _alone = alone();
    let cases: [(&str, Settings); 5] = [
        ("validate_every_epochs", |strategy| strategy.validate_every_epochs(0)),
        ("validate_every_steps", |strategy| strategy.validate_every_steps(0)),
        ("limit_train_batches", |strategy| strategy.limit_train_batches(0)),
        ("limit_valid_batches", |strategy| strategy.limit_valid_batches(0)),
        ("max_steps", |strategy| strategy.max_steps(0)),
    ];
    for (name, settings) in cases {
        let directory = tempfile::tempdir().unwrap();
        let diary = Diary::default();
        let strategy = settings(strategy(callbacks![diary.clone()]));
        let outcome = strategy.outcome();
        assert!(fit(directory.path(), strategy, 1).error.is_some());
        assert_eq!(outcome.error().unwrap().to_string(), format!("{name} = 0: at least 1 is needed"));
        assert!(diary.lines().is_empty());
    }
}

#[test]
fn epochs_that_are_not_due_go_without_validation_and_nothing_is_judged_in_them() {
    let _alone = alone();
    let judged = Arc::new(Mutex::new(Vec::new()));
    let seen = judged.clone();
    let judge = At("epoch end", move |context: &mut Context<'_>| {
        seen.lock().unwrap().push(context.measured(&Monitor::valid("Loss"))?);
        Ok(Flow::Continue)
    });
    let directory = tempfile::tempdir().unwrap();
    let (history, diary) = (History::new(), Diary::default());
    let records = history.records();
    let early_stopping = EarlyStopping::new(Monitor::valid("Loss")).patience(1);
    let strategy = strategy(callbacks![early_stopping, judge, diary.clone(), history]).validate_every_epochs(2);
    assert!(fit(directory.path(), strategy, 5).error.is_none());
    assert_eq!(calls(&diary, "valid_begin"), [(2, STEPS), (4, STEPS)]);
    let epochs: Vec<usize> = records.column("valid_loss").into_iter().map(|row| row.0).collect();
    assert_eq!(epochs, [2, 4]);
    let measured: Vec<bool> = judged.lock().unwrap().iter().map(Option::is_some).collect();
    assert_eq!(measured, [false, true, false, true, false]);
    assert!(records.rows().iter().all(|row| row.samples_per_second.is_finite()));
}

#[test]
fn a_validation_within_an_epoch_is_the_one_that_an_epoch_cut_there_ends_with() {
    let _alone = alone();
    let (whole, diary, _) = records_of(|strategy| strategy.validate_every_steps(5), 1);
    assert_eq!(calls(&diary, "valid_begin"), [(1, 5), (1, 10)]);
    assert_eq!(calls(&diary, "valid_batch_end").len(), 2 * STEPS);
    assert_eq!(calls(&diary, "train_batch_end").len(), STEPS);
    let (cut, ..) = records_of(|strategy| strategy.limit_train_batches(10), 1);
    for column in ["valid_loss", "valid_accuracy"] {
        assert_eq!(whole.column(column), cut.column(column), "{column} of the last validation, and of it alone");
    }
    let (plain, ..) = records_of(|strategy| strategy, 1);
    assert_eq!(whole.column("train_loss"), plain.column("train_loss"), "training does not notice");
}

#[test]
fn steps_are_counted_over_the_epochs_and_only_the_epochs_that_are_due_are_validated_within() {
    let _alone = alone();
    let (_, diary, _) = records_of(|strategy| strategy.validate_every_steps(8), 2);
    assert_eq!(calls(&diary, "valid_end"), [(1, 8), (2, 4), (2, 12)], "at the end once, since it is due there");
    let (_, diary, _) = records_of(|strategy| strategy.validate_every_steps(8).validate_every_epochs(2), 2);
    assert_eq!(calls(&diary, "valid_end"), [(2, 4), (2, 12)]);
    let (records, diary, _) = records_of(|strategy| strategy.validate_every_steps(20), 2);
    assert_eq!(calls(&diary, "valid_end"), [(2, 8)]);
    assert_eq!(records.column("valid_loss").len(), 1);
}

#[test]
fn the_hook_after_a_validation_sees_its_metrics_and_those_of_the_training_so_far() {
    let _alone = alone();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (at_valid, at_batch) = (seen.clone(), seen.clone());
    let directory = tempfile::tempdir().unwrap();
    let history = History::new();
    let records = history.records();
    let valid_end = At("valid end", move |context: &mut Context<'_>| {
        assert_eq!(context.is_epoch_trained(), context.step() == STEPS);
        let (train, valid) = (context.metric(&Monitor::train("Loss"))?, context.metric(&Monitor::valid("Loss"))?);
        at_valid.lock().unwrap().push((context.step(), train, valid));
        Ok(Flow::Continue)
    });
    let batch_end = At("train batch end", move |context: &mut Context<'_>| {
        assert!(context.metric(&Monitor::valid("Loss")).is_err(), "it would be an old one");
        at_batch.lock().unwrap().push((context.step(), 0.0, context.progress().total as f64));
        Ok(Flow::Continue)
    });
    let strategy = strategy(callbacks![valid_end, batch_end, history]).validate_every_steps(6);
    assert!(fit(directory.path(), strategy, 1).error.is_none());
    let seen = seen.lock().unwrap();
    let validations: Vec<_> = seen.iter().filter(|seen| seen.1 > 0.0).collect();
    assert_eq!(validations.iter().map(|seen| seen.0).collect::<Vec<_>>(), [6, 12]);
    let row = &records.rows()[0];
    assert_eq!((row.metric("train_loss"), row.metric("valid_loss")), (Some(validations[1].1), Some(validations[1].2)));
    assert_ne!(validations[0].1, validations[1].1);
    assert!(
        seen.iter().filter(|seen| seen.1 == 0.0).all(|seen| seen.2 == SAMPLES as f64),
        "progress is the training's"
    );
}

#[test]
fn burns_own_log_files_hold_the_last_validation_of_an_epoch_once() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let (history, with_log) = (History::new(), History::new());
    let records = history.records();
    let one_line: CallbackStrategy<Net> = strategy(callbacks![history]).validate_every_steps(5);
    let training = || training(directory.path(), Points::new(None), 1);
    assert!(training().with_training_strategy(one_line.into()).launch(learner()).error.is_none());
    let valid = fs::read_to_string(directory.path().join("valid/epoch-1/Loss.log")).unwrap();
    assert_eq!(valid.lines().count(), STEPS + 1, "the batches of one validation, and its mean");
    let train = fs::read_to_string(directory.path().join("train/epoch-1/Loss.log")).unwrap();
    assert_eq!(train.lines().count(), STEPS - 10 + 1, "Burn begins the file anew after a validation");
    let logged = with_log.records();
    let attached = strategy(callbacks![with_log]).validate_every_steps(5);
    let files = tempfile::tempdir().unwrap();
    let training = attached.attach(training()).with_metric_logger(FileMetricLogger::new(files.path()));
    assert!(training.launch(learner()).error.is_none());
    for column in ["train_loss", "valid_loss", "valid_accuracy"] {
        assert_eq!(records.column(column), logged.column(column), "{column}");
    }
}

#[test]
fn parts_of_epochs_are_counted_as_such() {
    let _alone = alone();
    let progress = Arc::new(Mutex::new(Vec::new()));
    let (train, valid) = (progress.clone(), progress.clone());
    let directory = tempfile::tempdir().unwrap();
    let history = History::new();
    let note_train = At("train batch end", move |context: &mut Context<'_>| {
        train.lock().unwrap().push(("train", context.progress().done, context.progress().total));
        Ok(Flow::Continue)
    });
    let note_valid = At("valid batch end", move |context: &mut Context<'_>| {
        valid.lock().unwrap().push(("valid", context.progress().done, context.progress().total));
        Ok(Flow::Continue)
    });
    let samples = At("epoch end", |context: &mut Context<'_>| {
        assert_eq!(context.train_samples(), 24);
        Ok(Flow::Continue)
    });
    let strategy = strategy(callbacks![note_train, note_valid, samples, history]);
    let strategy = strategy.limit_train_batches(3).limit_valid_batches(2);
    assert!(fit(directory.path(), strategy, 1).error.is_none());
    let expected = [("train", 8, 24), ("train", 16, 24), ("train", 24, 24), ("valid", 8, 16), ("valid", 16, 16)];
    assert_eq!(*progress.lock().unwrap(), expected);
}

#[test]
fn the_last_step_ends_its_epoch_and_the_training_and_more_steps_go_on() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(directory.path().join("checkpoints"));
    let run = |steps: usize, epochs: usize, checkpoints: Checkpoints| {
        let history = History::new();
        let records = history.records();
        let strategy = strategy(callbacks![history]).max_steps(steps).with_checkpoints(checkpoints);
        let outcome = strategy.outcome();
        let result = fit(directory.path(), strategy, epochs);
        assert!(result.error.is_none());
        (records.rows().len(), outcome, result.interrupted)
    };
    let (rows, outcome, interrupted) = run(STEPS + 5, 9, checkpoints.clone());
    let stop = outcome.stop().unwrap();
    assert_eq!((rows, stop.epoch, stop.interrupted, stop.callback), (2, 2, false, None));
    assert_eq!(stop.reason, "max_steps = 17 is reached");
    assert_eq!(interrupted.unwrap().reason, Some(stop.reason));
    let resume = checkpoints.resume(true);
    let (rows, outcome, _) = run(STEPS + 5, 9, resume.clone());
    assert_eq!((rows, outcome.stop().unwrap().epoch), (2, 2), "it stays over");
    let (rows, outcome, _) = run(2 * STEPS + 5, 9, resume.clone());
    assert_eq!((rows, outcome.stop().unwrap().epoch), (3, 3), "an epoch more");
    let (rows, outcome, interrupted) = run(4 * STEPS + 5, 4, resume);
    assert!(outcome.stop().is_none() && interrupted.is_none(), "all its epochs are done");
    assert_eq!(rows, 4);
}

#[test]
fn a_trial_run_calls_everything_once_and_leaves_nothing_behind() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let diary = Diary::default();
    let lines = tempfile::NamedTempFile::new().unwrap();
    let strategy = strategy(callbacks![
        diary.clone(),
        EarlyStopping::new(Monitor::valid("Loss")).restore_best_weights(true),
        ModelCheckpoint::new(directory.path().join("best.bpk"), Monitor::valid("Loss")),
        BackupAndRestore::new(directory.path().join("backup")).every_steps(1),
        History::new().csv(directory.path().join("history.csv")),
        CsvLogger::new(directory.path().join("log.csv")),
        JsonLinesLogger::new(directory.path().join("log.jsonl")),
        TensorBoard::new(directory.path().join("logs")),
        Progress::to(lines.reopen().unwrap()),
    ]);
    let strategy = strategy.fast_dev_run(true).max_steps(1000).validate_every_epochs(7);
    let outcome = strategy.outcome();
    let training = training(directory.path(), Points::new(None), 20).with_default_checkpointers();
    assert!(strategy.attach(training).launch(learner()).error.is_none());
    let hooks: Vec<String> = diary.lines();
    let expected =
        ["train_begin 1 0", "epoch_begin 1 0", "train_batch_begin 1 0", "train_batch_end 1 1", "valid_begin 1 1"];
    assert_eq!(hooks[..5], expected);
    let expected = ["valid_batch_begin 1 1", "valid_batch_end 1 1", "valid_end 1 1", "epoch_end 1 1", "train_end 2 0"];
    assert_eq!(hooks[5..], expected);
    let left: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["checkpoint"], "Burn makes the directory of its checkpointers when it is told of them");
    assert_eq!(fs::read_dir(directory.path().join("checkpoint")).unwrap().count(), 0);
    assert!(outcome.notices()[0].starts_with("fast_dev_run"), "{:?}", outcome.notices());
    assert!(fs::read_to_string(lines.path()).unwrap().contains("epoch 1/1  train loss"));
}

/// Breaks off in a hook of this epoch, after some batches, by an interruption or by an error as a kill would be.
fn breaking(hook: &'static str, at: (usize, usize), kills: bool) -> Vec<Box<dyn Callback>> {
    callbacks![At(hook, move |context: &mut Context<'_>| {
        match ((context.epoch(), context.step()) == at, kills) {
            (false, _) => Ok(Flow::Continue),
            (true, false) => Ok(Flow::interrupt("interrupted")),
            (true, true) => Err(CallbackError::other("killed")),
        }
    })]
}

fn run(
    directory: &Path,
    settings: Settings,
    accumulation: Option<usize>,
    extra: Vec<Box<dyn Callback>>,
) -> (String, Vec<u8>, Outcome) {
    let csv = directory.join("history.csv");
    let mut callbacks = extra;
    let judged = At("epoch end", |context: &mut Context<'_>| {
        let measured = context.measured(&Monitor::valid("Loss"))?;
        context.add_metric("judged", measured.unwrap_or(-1.0));
        Ok(Flow::Continue)
    });
    callbacks.extend(callbacks![
        EarlyStopping::new(Monitor::valid("Loss")).patience(50).restore_best_weights(true),
        judged,
        History::new().csv(&csv),
    ]);
    let cursor = Cursor::new();
    let checkpoints = Checkpoints::new(directory.join("checkpoints")).every_steps(3).resume(true);
    let strategy = settings(strategy(callbacks)).with_checkpoints(checkpoints).with_cursor(cursor.clone());
    let outcome = strategy.outcome();
    let mut training = training(directory, Points::new(Some(cursor)), 3);
    if let Some(batches) = accumulation {
        training = training.grads_accumulation(batches);
    }
    let result = strategy.attach(training).launch(learner());
    let weights = directory.join("model.bpk");
    save_weights(&result.model, &weights).unwrap();
    (fs::read_to_string(csv).unwrap_or_default(), fs::read(weights).unwrap(), outcome)
}

#[test]
fn whatever_the_settings_a_run_broken_off_anywhere_ends_with_the_same_bytes() {
    let _alone = alone();
    let settings: [(Settings, Option<usize>); 4] = [
        (|strategy| strategy.validate_every_steps(5), None),
        (|strategy| strategy.validate_every_steps(4).limit_train_batches(9).limit_valid_batches(2), None),
        (|strategy| strategy.validate_every_epochs(2).max_steps(20), None),
        (|strategy| strategy.validate_every_steps(5), Some(4)),
    ];
    let moments = [
        ("train batch end", (2, 3)),
        ("train batch end", (2, 8)),
        ("train batch end", (2, 10)),
        ("valid batch end", (2, 3)),
        ("valid batch end", (2, 8)),
        ("valid end", (2, 3)),
        ("valid end", (2, 8)),
    ];
    for (number, (settings, accumulation)) in settings.into_iter().enumerate() {
        let whole = tempfile::tempdir().unwrap();
        let whole = run(whole.path(), settings, accumulation, vec![]);
        for ((hook, at), kills) in moments.iter().flat_map(|moment| [(moment, false), (moment, true)]) {
            let what = format!("settings {number}, {hook} {at:?}, kill {kills}");
            let directory = tempfile::tempdir().unwrap();
            run(directory.path(), settings, accumulation, breaking(hook, *at, kills));
            let resumed = run(directory.path(), settings, accumulation, vec![]);
            assert!(resumed.2.error().is_none(), "{what}: {:?}", resumed.2.error());
            assert_eq!(resumed.0, whole.0, "{what}");
            assert!(resumed.1 == whole.1, "{what}: the model's bytes differ");
        }
    }
}

#[test]
fn a_validation_that_was_broken_off_is_the_first_thing_that_a_resumed_run_does() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let settings: Settings = |strategy| strategy.validate_every_steps(5);
    run(directory.path(), settings, None, breaking("valid batch end", (2, 3), false));
    let diary = Diary::default();
    run(directory.path(), settings, None, callbacks![diary.clone()]);
    assert_eq!(diary.lines()[..3], ["train_begin 1 0", "valid_begin 2 3", "valid_batch_begin 2 3"]);
    assert_eq!(calls(&diary, "valid_end"), [(2, 3), (2, 8), (3, 1), (3, 6), (3, 11)]);
}

#[test]
fn a_loader_without_data_is_an_error_that_says_so() {
    use burn::data::dataloader::DataLoader;
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let none = || -> Arc<dyn DataLoader<network::Batch>> { Arc::new(Points { samples: 0, ..Points::new(None) }) };
    let early_stopping = || EarlyStopping::new(Monitor::valid("Loss"));
    let all = || -> Arc<dyn DataLoader<network::Batch>> { Arc::new(Points::new(None)) };
    for (train, valid) in [(all(), none()), (none(), none())] {
        let strategy = strategy(callbacks![early_stopping()]).validate_every_steps(1).limit_valid_batches(1);
        let outcome = strategy.outcome();
        let training = network::training_with(directory.path(), train, valid, 1);
        let training = training.metric_train_numeric(AurocMetric::multiclass(ClassReduction::Macro));
        strategy.attach(training).launch(learner());
        let error = outcome.error().unwrap().to_string();
        assert_eq!(error, "EarlyStopping: there is no valid metric \"Loss\"; the valid metrics are: (none)");
    }
}

#[test]
fn an_error_of_the_loader_within_a_validation_ends_the_training() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let diary = Diary::default();
    let valid = Points { broken_at: Some(1), ..Points::new(None) };
    let training = network::training_with(directory.path(), Arc::new(Points::new(None)), Arc::new(valid), 1);
    let result = strategy(callbacks![diary.clone()]).validate_every_steps(2).attach(training).launch(learner());
    assert!(result.error.unwrap().to_string().contains("row 17 cannot be read"));
    assert_eq!(diary.lines().last().unwrap(), "valid_batch_end 1 2");
}
