//! BackupAndRestore, and what else keeps a directory of checkpoints safe.

use burn::optim::SgdConfig;
use burn::optim::momentum::MomentumConfig;

use super::*;
use crate::{BackupAndRestore, CheckpointError, Checkpoints, Outcome};

/// Fails where a kill would be.
fn dies_at(epoch: usize, step: usize) -> impl Callback {
    At("train batch end", move |context: &mut Context<'_>| {
        let is_there = (context.epoch(), context.step()) == (epoch, step);
        if is_there { Err(CallbackError::other("killed")) } else { Ok(Flow::Continue) }
    })
}

/// Trains with a backup; `extra` comes first. The history, the model's bytes, and what became of it.
fn run(
    directory: &Path,
    backup: BackupAndRestore,
    is_attached: bool,
    extra: Vec<Box<dyn Callback>>,
) -> (String, Vec<u8>, Outcome) {
    let csv = directory.join("history.csv");
    let mut callbacks = extra;
    callbacks.extend(callbacks![
        EarlyStopping::new(Monitor::valid("Loss")).patience(50).restore_best_weights(true),
        backup,
        History::new().csv(&csv),
    ]);
    let strategy = strategy(callbacks);
    let outcome = strategy.outcome();
    let result = if is_attached {
        fit(directory, strategy, 3)
    } else {
        training(directory, Points::new(None), 3).with_training_strategy(strategy.into()).launch(learner())
    };
    let weights = directory.join("model.bpk");
    save_weights(&result.model, &weights).unwrap();
    (fs::read_to_string(csv).unwrap_or_default(), fs::read(weights).unwrap(), outcome)
}

fn backup(directory: &Path) -> BackupAndRestore {
    BackupAndRestore::new(directory.join("backup"))
}

#[test]
fn a_run_that_died_goes_on_with_the_next_batch_and_its_backup_is_gone_at_the_end() {
    let _alone = alone();
    let whole = tempfile::tempdir().unwrap();
    let expected = run(whole.path(), backup(whole.path()).every_steps(2), true, vec![]);
    assert!(!whole.path().join("backup").exists());
    let directory = tempfile::tempdir().unwrap();
    let died = run(directory.path(), backup(directory.path()).every_steps(2), true, callbacks![dies_at(2, 7)]);
    assert!(died.2.error().is_some());
    let left: Vec<_> = checkpoints(directory.path());
    assert_eq!(left, ["epoch-0002-step-000006.ckpt"], "one is kept");
    let resumed = run(directory.path(), backup(directory.path()).every_steps(2), true, vec![]);
    let (_, position) = resumed.2.resumed_from().unwrap();
    assert_eq!((position.epoch, position.step), (2, 6));
    assert_eq!(resumed.0, expected.0);
    assert!(resumed.1 == expected.1, "the model's bytes differ");
    assert!(resumed.2.notices().is_empty() && !directory.path().join("backup").exists());
}

fn checkpoints(directory: &Path) -> Vec<String> {
    let names = fs::read_dir(directory.join("backup")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn in_the_one_line_form_it_goes_on_at_the_epochs_beginning_and_says_so() {
    let _alone = alone();
    let whole = tempfile::tempdir().unwrap();
    let expected = run(whole.path(), backup(whole.path()), false, vec![]);
    assert!(expected.2.error().is_none() && expected.2.notices().is_empty());
    let directory = tempfile::tempdir().unwrap();
    let died = run(directory.path(), backup(directory.path()).every_steps(2), false, callbacks![dies_at(2, 7)]);
    let notice = "checkpoints are written between epochs only: the metrics' log is not attached (CallbackStrategy::attach does it)";
    assert_eq!(died.2.notices(), [notice]);
    let resumed = run(directory.path(), backup(directory.path()).every_steps(2), false, vec![]);
    let (_, position) = resumed.2.resumed_from().unwrap();
    assert_eq!((position.epoch, position.step), (2, 0));
    assert_eq!(resumed.0, expected.0);
    assert!(resumed.1 == expected.1, "the model's bytes differ");
}

#[test]
fn a_backup_within_an_epoch_is_refused_without_the_log_that_it_holds() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    run(directory.path(), backup(directory.path()).every_steps(2), true, callbacks![dies_at(2, 7)]);
    let (.., outcome) = run(directory.path(), backup(directory.path()), false, vec![]);
    assert!(outcome.error().unwrap().to_string().contains("build the training with CallbackStrategy::attach"));
    assert_eq!(checkpoints(directory.path()), ["epoch-0002-step-000006.ckpt"]);
}

#[test]
fn what_is_kept_and_deleted_can_be_chosen() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let kept = backup(directory.path()).double_checkpoint(true).delete_checkpoint(false);
    run(directory.path(), kept, true, vec![]);
    assert_eq!(checkpoints(directory.path()), ["epoch-0003-step-000000.ckpt", "epoch-0004-step-000000.ckpt"]);
    let directory = tempfile::tempdir().unwrap();
    let interrupt = At("train batch end", |context: &mut Context<'_>| {
        Ok(if context.step() == 4 { Flow::interrupt("enough for today") } else { Flow::Continue })
    });
    run(directory.path(), backup(directory.path()), true, callbacks![interrupt]);
    assert_eq!(checkpoints(directory.path()), ["epoch-0001-step-000004.ckpt"], "an interruption is no end");
    fs::write(directory.path().join("backup/note.txt"), "mine").unwrap();
    fs::write(directory.path().join("backup/epoch-0001-step-000002.ckpt.damaged"), "").unwrap();
    let stop = At("epoch end", |_: &mut Context<'_>| Ok(Flow::stop("good enough")));
    run(directory.path(), backup(directory.path()), true, callbacks![stop]);
    let left: Vec<_> = fs::read_dir(directory.path().join("backup")).unwrap().collect();
    assert_eq!(left.len(), 1, "a stop is an end, and the note stays");
}

#[test]
fn a_training_has_one_directory_of_checkpoints() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let strategy = strategy(callbacks![backup(directory.path())]);
    let strategy = strategy.with_checkpoints(Checkpoints::new(directory.path().join("checkpoints")));
    let outcome = strategy.outcome();
    fit(directory.path(), strategy, 1);
    let error = outcome.error().unwrap().to_string();
    assert!(error.contains("asked for twice") && error.contains("checkpoints and in"), "{error}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_refused_run_has_touched_nothing_and_called_nobody() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(directory.path().join("checkpoints"));
    fit(directory.path(), strategy(vec![]).with_checkpoints(checkpoints.clone()), 1);
    let refuse = |checkpoints: Checkpoints, learner: Learner<Net>| {
        let diary = Diary::default();
        let strategy = strategy(callbacks![diary.clone()]).with_checkpoints(checkpoints);
        let outcome = strategy.outcome();
        strategy.attach(training(directory.path(), Points::new(None), 2)).launch(learner);
        assert!(diary.lines().is_empty());
        outcome.error().unwrap()
    };
    let device = Device::flex().autodiff();
    let with_momentum = SgdConfig::new().with_momentum(Some(MomentumConfig::new()));
    let other_model = Learner::new(Net::new(&device, 17), AdamConfig::new().init(), ControlledLr::new(0.02));
    let optimizers = [SgdConfig::new().init(), with_momentum.init()];
    let other_optimizers = optimizers.map(|other| Learner::new(Net::new(&device, 16), other, ControlledLr::new(0.02)));
    let latest = checkpoints.latest().unwrap();
    assert!(refuse(checkpoints.clone(), learner()).to_string().contains("already holds checkpoints"));
    let resume = checkpoints.clone().resume(true);
    assert!(refuse(resume.clone(), other_model).to_string().contains("does not fit this model"));
    for learner in other_optimizers {
        let error = refuse(resume.clone(), learner).to_string();
        assert!(error.contains("of another kind; resume with the optimiser that wrote it"), "{error}");
    }
    let lock = checkpoints.lock().unwrap();
    if lock.is_some() {
        assert!(refuse(resume.clone(), learner()).to_string().contains("is in use by another training"));
    }
    drop(lock);
    assert_eq!(checkpoints.latest().unwrap(), latest);
    let goes_on = fit(directory.path(), strategy(vec![]).with_checkpoints(resume), 2);
    assert!(goes_on.error.is_none());
}

#[test]
fn a_directory_that_cannot_be_written_is_refused_before_the_first_step() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, b"").unwrap();
    let diary = Diary::default();
    let strategy = strategy(callbacks![diary.clone(), BackupAndRestore::new(&file)]);
    let outcome = strategy.outcome();
    fit(directory.path(), strategy, 1);
    let error = outcome.error().unwrap();
    assert!(matches!(&*error, CallbackError::Checkpoint(CheckpointError::Write { .. })), "{error}");
    assert!(diary.lines().is_empty());
}
