//! Full training states in files, so that a run that was killed goes on where it was.

mod directory;
mod file;

use std::io;
use std::path::PathBuf;

pub(crate) use directory::Loaded;
pub use directory::{Checkpoints, LatestCheckpoint};
pub(crate) use file::{CallbackState, TrainingState};
use thiserror::Error;

/// A checkpoint that cannot be written, read or used.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file or directory cannot be written; the checkpoints that were there are untouched.
    #[error("cannot write the checkpoint {}: {source}; make room or check the permissions, then resume", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },

    /// The file or directory cannot be read.
    #[error("cannot read the checkpoint {}: {source}", path.display())]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },

    /// The file is no checkpoint, or not the one that was written.
    #[error("the checkpoint {} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What gave it away.
        reason: String,
    },

    /// None of the checkpoints is whole.
    #[error("all checkpoints in {} are damaged ({names}); delete them to start again from the beginning", directory.display())]
    AllDamaged {
        /// The directory.
        directory: PathBuf,
        /// The damaged files.
        names: String,
    },

    /// The checkpoint was written by another version.
    #[error("the checkpoint {} has format {found}, this version reads format {known}; resume with the version that wrote it", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The format of this version.
        known: u32,
    },

    /// The directory holds the checkpoints of another run.
    #[error("{} already holds checkpoints of another run; resume it, or choose another directory", directory.display())]
    Occupied {
        /// The directory.
        directory: PathBuf,
    },

    /// Another training writes its checkpoints there at this moment.
    #[error("{} is in use by another training; wait for its end, or choose another directory", directory.display())]
    Busy {
        /// The directory.
        directory: PathBuf,
    },

    /// Checkpoints are asked for in two places.
    #[error(
        "checkpoints are asked for twice, in {} and in {}: a training has one directory, given by \
         CallbackStrategy::with_checkpoints or by one callback",
        first.display(),
        second.display()
    )]
    Twice {
        /// One directory.
        first: PathBuf,
        /// The other one.
        second: PathBuf,
    },

    /// The checkpoint belongs to another model.
    #[error("the checkpoint {} does not fit this model: {reason}", path.display())]
    OtherModel {
        /// The file.
        path: PathBuf,
        /// Which parameters are missing, left over or of another shape.
        reason: String,
    },

    /// The checkpoint belongs to another optimiser.
    #[error("the optimiser's state in the checkpoint {} is of another kind; resume with the optimiser that wrote it", path.display())]
    OtherOptimizer {
        /// The file.
        path: PathBuf,
    },

    /// The checkpoint lies inside of an epoch, but the loader does not follow the cursor.
    #[error(
        "the checkpoint lies inside of epoch {epoch}, after {step} batches, but the training loader starts at the epoch's \
         beginning; give it the strategy's cursor as the interrupted run did"
    )]
    ForeignLoader {
        /// The epoch.
        epoch: usize,
        /// Its batches already done.
        step: usize,
    },

    /// Checkpoints of the strategy and those inside of an epoch hold the metrics' log, and the log is not there.
    #[error("these checkpoints need the metrics' log: build the training with CallbackStrategy::attach")]
    NoMetricLog,

    /// A part of the state cannot be packed or unpacked.
    #[error("cannot pack the training state: {0}")]
    Pack(String),
}
