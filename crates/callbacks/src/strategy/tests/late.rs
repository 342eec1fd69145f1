//! Files that reach the disk while the training is further on, or never.

use std::sync::mpsc::{Sender, channel};

use super::resumed::{assert_same, run};
use super::*;
use crate::{BestCheckpoint, Checkpoints};

/// The weights of every epoch.
fn each(directory: &Path) -> ModelCheckpoint {
    ModelCheckpoint::new(directory.join("{epoch}.bpk"), Monitor::valid("Loss"))
}

/// At the end of epoch 2 the disk stands still, until the sender is used.
fn standstill() -> (Sender<()>, impl Callback) {
    let (go_on, gate) = channel();
    let mut gate = Some(gate);
    let disk = At("epoch end", move |context: &mut Context<'_>| {
        if let Some(gate) = gate.take_if(|_| context.epoch() == 2) {
            context.in_background("disk", move || gate.recv().map_err(CallbackError::other));
        }
        Ok(Flow::Continue)
    });
    (go_on, disk)
}

/// In the middle of epoch 3: nothing of epoch 2 is there. Then the disk goes on and the run dies.
fn looks_goes_on_and_dies(go_on: Sender<()>, best: BestCheckpoint, checkpoints: Checkpoints) -> impl Callback {
    At("train batch end", move |context: &mut Context<'_>| {
        if (context.epoch(), context.step()) != (3, 6) {
            return Ok(Flow::Continue);
        }
        assert_eq!(best.saved().map(|best| best.epoch), Some(1));
        assert_eq!(checkpoints.latest()?.map(|latest| latest.position.epoch), Some(2));
        go_on.send(()).map_err(CallbackError::other)?;
        Err(CallbackError::other("killed"))
    })
}

#[test]
fn what_reaches_the_disk_late_is_the_state_of_its_moment_and_named_when_it_is_there() {
    let _alone = alone();
    let reference = tempfile::tempdir().unwrap();
    let checkpoints = |directory: &Path| Checkpoints::new(directory.join("checkpoints"));
    let (whole, _) = run(reference.path(), checkpoints(reference.path()), 4, callbacks![each(reference.path())]);

    let directory = tempfile::tempdir().unwrap();
    let (go_on, disk) = standstill();
    let (each_late, checkpoints) = (each(directory.path()), checkpoints(directory.path()));
    let best = each_late.best();
    let dies = looks_goes_on_and_dies(go_on, best.clone(), checkpoints.clone());
    let (_, outcome) = run(directory.path(), checkpoints.clone(), 4, callbacks![disk, each_late, dies]);
    assert_eq!(outcome.error().unwrap().to_string(), "At: killed");
    let newest = outcome.checkpoint().unwrap();
    assert!(newest.ends_with("epoch-0003-step-000000.ckpt") && newest.exists(), "an error waits for it: {newest:?}");
    assert!(best.saved().unwrap().path.exists());
    let weights = |directory: &Path| fs::read(directory.join("2.bpk")).unwrap();
    assert!(weights(directory.path()) == weights(reference.path()), "the weights are not those of epoch 2");

    let (resumed, second) = run(directory.path(), checkpoints.resume(true), 4, callbacks![each(directory.path())]);
    assert_eq!(second.resumed_from().unwrap().1.epoch, 3);
    assert_same(&resumed, &whole, "late");
}

#[test]
fn after_a_file_that_could_not_be_written_nothing_is_and_the_checkpoint_before_stays() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(directory.path().join("checkpoints"));
    let full = At("epoch end", |context: &mut Context<'_>| {
        if context.epoch() == 2 {
            context.in_background("Disk", || Err(CallbackError::other("it is full")));
        }
        Ok(Flow::Continue)
    });
    let (_, outcome) = run(directory.path(), checkpoints.clone(), 9, callbacks![full, each(directory.path())]);
    assert_eq!(outcome.error().unwrap().to_string(), "Disk: it is full");
    assert_eq!(checkpoints.latest().unwrap().unwrap().position.epoch, 2);
    assert!(outcome.checkpoint().unwrap().ends_with("epoch-0002-step-000000.ckpt"));
    assert!(directory.path().join("1.bpk").exists() && !directory.path().join("2.bpk").exists());
}

#[test]
fn weights_that_cannot_be_written_fail_by_the_end_and_are_never_named() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("1.bpk");
    let taken = At("epoch begin", move |_: &mut Context<'_>| {
        fs::create_dir_all(path.join("inside")).map_err(CallbackError::other).map(|()| Flow::Continue)
    });
    let save = each(directory.path());
    let best = save.best();
    let strategy = strategy(callbacks![taken, save]);
    let outcome = strategy.outcome();
    fit(directory.path(), strategy, 1);
    let error = outcome.error().unwrap().to_string();
    assert!(error.starts_with("ModelCheckpoint: cannot write the weights"), "{error}");
    assert_eq!(best.saved(), None);
}
