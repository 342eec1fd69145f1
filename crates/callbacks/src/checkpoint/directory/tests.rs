//! Which checkpoints are kept, used and passed over.

use super::super::file::tests::state;
use super::*;

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A directory with the checkpoints before epochs 1 to 3.
fn three() -> (tempfile::TempDir, Checkpoints) {
    let directory = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(directory.path().join("checkpoints")).keep_last(3);
    for epoch in 1..=3 {
        checkpoints.save(&state(epoch, 0)).unwrap();
    }
    (directory, checkpoints.resume(true))
}

fn damage(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn the_last_ones_are_kept_in_the_order_of_epoch_and_step_and_not_of_names() {
    let directory = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(directory.path());
    for (epoch, step) in [(9, 0), (9, 999_999), (9, 1_000_000), (10_000, 0)] {
        checkpoints.save(&state(epoch, step)).unwrap();
    }
    assert_eq!(names(directory.path()), ["epoch-0009-step-1000000.ckpt", "epoch-10000-step-000000.ckpt"]);
    assert_eq!(checkpoints.latest().unwrap().unwrap().position, state(10_000, 0).position);
}

#[test]
fn a_damaged_one_is_moved_aside_and_the_one_before_is_used_with_a_message() {
    let (directory, checkpoints) = three();
    let newest = checkpoints.directory().join("epoch-0003-step-000000.ckpt");
    damage(&newest);
    let latest = checkpoints.latest().unwrap().unwrap();
    assert_eq!(latest.position.epoch, 2);
    assert_eq!(latest.damaged.len(), 1);
    assert!(
        latest.damaged[0]
            .ends_with("its checksum does not match; going on from epoch-0002-step-000000.ckpt, the one before")
    );
    assert!(newest.exists(), "looking changes nothing");
    let loaded = checkpoints.load().unwrap().unwrap();
    assert_eq!(loaded.state, state(2, 0));
    assert!(!newest.exists());
    assert!(names(checkpoints.directory()).contains(&"epoch-0003-step-000000.ckpt.damaged".to_owned()));
    drop(directory);
}

#[test]
fn when_all_are_damaged_nothing_begins_silently_from_the_beginning() {
    let (_directory, checkpoints) = three();
    for name in names(checkpoints.directory()) {
        fs::write(checkpoints.directory().join(name), b"").unwrap();
    }
    let error = checkpoints.load().err().unwrap().to_string();
    assert!(
        error.contains("epoch-0003-step-000000.ckpt, epoch-0002-step-000000.ckpt, epoch-0001-step-000000.ckpt"),
        "{error}"
    );
}

#[test]
fn another_runs_checkpoints_are_refused_unless_resuming_is_asked_for() {
    let (_directory, checkpoints) = three();
    assert!(matches!(checkpoints.clone().resume(false).load(), Err(CheckpointError::Occupied { .. })));
    assert_eq!(checkpoints.load().unwrap().unwrap().state, state(3, 0));
    let empty = tempfile::tempdir().unwrap();
    for resume in [false, true] {
        assert!(Checkpoints::new(empty.path().join("none")).resume(resume).load().unwrap().is_none());
    }
}

#[test]
fn what_a_killed_process_left_unfinished_is_removed_and_other_files_are_not() {
    let (_directory, checkpoints) = three();
    let unfinished = checkpoints.directory().join(".epoch-0004-step-000000.ckpt.123.tmp");
    let note = checkpoints.directory().join("epoch-notes.txt");
    fs::write(&unfinished, b"half").unwrap();
    fs::write(&note, b"mine").unwrap();
    assert_eq!(checkpoints.load().unwrap().unwrap().state, state(3, 0));
    assert!(!unfinished.exists());
    assert!(note.exists());
}

#[test]
fn a_checkpoint_that_cannot_be_written_leaves_the_last_good_one() {
    let (_directory, checkpoints) = three();
    fs::create_dir(checkpoints.directory().join("epoch-0004-step-000000.ckpt")).unwrap();
    let error = checkpoints.save(&state(4, 0)).unwrap_err();
    assert!(matches!(error, CheckpointError::Write { .. }), "{error}");
    fs::remove_dir(checkpoints.directory().join("epoch-0004-step-000000.ckpt")).unwrap();
    assert_eq!(checkpoints.load().unwrap().unwrap().state, state(3, 0));
}

#[test]
fn a_directory_that_cannot_be_made_is_an_error_that_names_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, b"").unwrap();
    let error = Checkpoints::new(&file).save(&state(1, 0)).unwrap_err().to_string();
    assert!(error.contains("file/epoch-0001-step-000000.ckpt"), "{error}");
    assert!(error.contains("then resume"), "{error}");
    assert!(matches!(Checkpoints::new(&file).latest(), Err(CheckpointError::Read { .. })));
}

#[test]
fn they_are_due_by_steps_of_all_epochs_by_time_and_by_epochs() {
    let at = |global_step| Position { epoch: 1, step: 1, global_step };
    let checkpoints = Checkpoints::new("none").every_steps(5).every_epochs(2);
    assert_eq!([4, 5, 6, 10].map(|step| checkpoints.is_due_at_step(at(step))), [false, true, false, true]);
    assert_eq!([1, 2, 3, 4].map(|epoch| checkpoints.is_due_after_epoch(epoch)), [false, true, false, true]);
    assert!(!Checkpoints::new("none").is_due_at_step(at(1)));
    assert!(Checkpoints::new("none").every(Duration::ZERO).is_due_at_step(at(1)));
    assert!(!Checkpoints::new("none").every(Duration::from_secs(3600)).is_due_at_step(at(1)));
}

#[test]
fn one_training_at_a_time_may_write_into_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(directory.path().join("deep/er"));
    let held = checkpoints.lock().unwrap();
    if held.is_some() {
        assert!(matches!(checkpoints.lock(), Err(CheckpointError::Busy { .. })));
    }
    assert!(held.is_some() || !cfg!(target_os = "linux"));
    drop(held);
    assert!(checkpoints.lock().is_ok());
    assert!(names(checkpoints.directory()).is_empty());
}

#[test]
fn deleting_takes_checkpoints_alone_and_only_if_asked() {
    let (_directory, checkpoints) = three();
    let all = names(checkpoints.directory());
    checkpoints.delete_if_asked().unwrap();
    assert_eq!(names(checkpoints.directory()), all);
    fs::write(checkpoints.directory().join("epoch-0002-step-000007.ckpt.damaged"), b"").unwrap();
    fs::write(checkpoints.directory().join("epoch-notes.txt"), b"mine").unwrap();
    let checkpoints = checkpoints.delete_when_finished(true);
    checkpoints.delete_if_asked().unwrap();
    assert_eq!(names(checkpoints.directory()), ["epoch-notes.txt"]);
    fs::remove_file(checkpoints.directory().join("epoch-notes.txt")).unwrap();
    checkpoints.delete_if_asked().unwrap();
    assert!(!checkpoints.directory().exists());
}
