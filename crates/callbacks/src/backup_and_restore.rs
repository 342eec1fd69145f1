//! Going on after the process was killed, with the settings of Keras's `BackupAndRestore`.

use std::path::PathBuf;

use crate::{Callback, Checkpoints};

/// Writes the state of the training to a directory and goes on from it when the program is started again, whatever ended it.
///
/// It is [`Checkpoints`] as a callback: model, optimiser, scheduler, callbacks, metrics, random numbers and position. In a strategy
/// that is [attached](crate::CallbackStrategy::attach), with a loader that follows the cursor, a run goes on with the very next batch
/// (Keras begins the epoch again, with other random numbers) and ends with the bytes of the run that was never interrupted. Given to
/// [`with_callbacks`](crate::with_callbacks), or with another loader, it goes on at the epoch's beginning, and says so.
///
/// ```
/// use firebrick_callbacks::{BackupAndRestore, callbacks};
///
/// let callbacks = callbacks![BackupAndRestore::new("run/backup").every_steps(500)];
/// ```
#[derive(Clone, Debug)]
pub struct BackupAndRestore {
    checkpoints: Checkpoints,
}

impl BackupAndRestore {
    /// Backups in this directory: after every epoch, the last one is kept until the training has finished.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        let checkpoints = Checkpoints::new(directory).keep_last(1).resume(true).delete_when_finished(true);
        Self { checkpoints }
    }

    /// And one after every so many training batches of all epochs (Keras's `save_freq`); at least 1. Default: none inside of an epoch.
    pub fn every_steps(self, steps: usize) -> Self {
        Self { checkpoints: self.checkpoints.every_steps(steps) }
    }

    /// Whether the one before the last is kept as well, to be used when the last turns out damaged. Default `false`. (Each is written
    /// beside the one before, so that a kill or a full disk costs neither; the second guards against a failing disk.)
    pub fn double_checkpoint(self, double: bool) -> Self {
        Self { checkpoints: self.checkpoints.keep_last(if double { 2 } else { 1 }) }
    }

    /// Whether the backups are deleted when the training has finished or was stopped by a callback. Default `true`. After an
    /// interruption or an error they stay in any case.
    pub fn delete_checkpoint(self, delete: bool) -> Self {
        Self { checkpoints: self.checkpoints.delete_when_finished(delete) }
    }
}

impl Callback for BackupAndRestore {
    fn name(&self) -> &str {
        "BackupAndRestore"
    }

    fn checkpoints(&self) -> Option<Checkpoints> {
        Some(self.checkpoints.clone())
    }
}
