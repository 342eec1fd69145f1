//! The directory of a run's checkpoints.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{CheckpointError, TrainingState};
use crate::Position;

const EXTENSION: &str = "ckpt";

/// Where and how often full training states are written: model, optimiser, scheduler, callbacks' states, metrics, position.
///
/// Each is one file, `epoch-0003-step-000120.ckpt` (what comes next: epoch 3, after 120 of its batches), written to a temporary file,
/// synced and renamed, with a SHA-256 over all of it. The training goes on meanwhile; the next checkpoint and the training's end wait
/// for it, and an error in writing ends the training after the batch that runs. A damaged one is passed over when resuming and the one
/// before is used; the damaged file is kept as `.damaged`.
///
/// ```
/// # let directory = tempfile::tempdir().unwrap();
/// use firebrick_callbacks::Checkpoints;
///
/// let checkpoints = Checkpoints::new(directory.path()).every_steps(100).keep_last(3);
/// assert!(checkpoints.latest().unwrap().is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Checkpoints {
    directory: PathBuf,
    keep: usize,
    every_epochs: usize,
    every_steps: Option<u64>,
    every: Option<Duration>,
    resume: bool,
    delete_when_finished: bool,
    /// When the last was taken.
    written: Instant,
}

/// The newest whole checkpoint of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatestCheckpoint {
    /// The file.
    pub path: PathBuf,
    /// What comes next.
    pub position: Position,
    /// Why the training is over, if it is.
    pub finished: Option<String>,
    /// A message for each newer one that is damaged.
    pub damaged: Vec<String>,
}

pub(crate) struct Loaded {
    pub(crate) path: PathBuf,
    pub(crate) state: TrainingState,
    pub(crate) damaged: Vec<(PathBuf, CheckpointError)>,
}

impl Loaded {
    /// A message for each checkpoint that was passed over.
    pub(crate) fn messages(&self) -> Vec<String> {
        let used = self.path.file_name().unwrap_or_default().to_string_lossy();
        self.damaged.iter().map(|(_, error)| format!("{error}; going on from {used}, the one before")).collect()
    }
}

impl Checkpoints {
    /// Checkpoints in this directory, which is made if it is missing: after every epoch, the last two are kept, and a directory that
    /// already holds some is refused, as is one that another training is using.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            keep: 2,
            every_epochs: 1,
            every_steps: None,
            every: None,
            resume: false,
            delete_when_finished: false,
            written: Instant::now(),
        }
    }

    /// How many are kept; at least 1, default 2.
    pub fn keep_last(self, count: usize) -> Self {
        Self { keep: count.max(1), ..self }
    }

    /// One after every so many epochs; at least 1, default 1.
    pub fn every_epochs(self, epochs: usize) -> Self {
        Self { every_epochs: epochs.max(1), ..self }
    }

    /// And one after every so many training batches; at least 1. Default: none inside of an epoch.
    pub fn every_steps(self, steps: usize) -> Self {
        Self { every_steps: Some(steps.max(1) as u64), ..self }
    }

    /// And one whenever the last is older than this. Default: none inside of an epoch.
    pub fn every(self, time: Duration) -> Self {
        Self { every: Some(time), ..self }
    }

    /// Whether to go on from the newest whole checkpoint (`true`), or to refuse a directory that holds any (`false`, the default).
    /// With none there, the training starts from the beginning in both cases.
    pub fn resume(self, resume: bool) -> Self {
        Self { resume, ..self }
    }

    /// Whether they are deleted when the training has finished or was stopped by a callback; after an interruption or an error they
    /// stay. Default `false`: the last state stays, and a finished training can be extended.
    pub fn delete_when_finished(self, delete: bool) -> Self {
        Self { delete_when_finished: delete, ..self }
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The newest whole checkpoint, if the directory holds any.
    ///
    /// # Errors
    /// When the directory cannot be read, when all checkpoints are damaged, or when the newest has another format.
    pub fn latest(&self) -> Result<Option<LatestCheckpoint>, CheckpointError> {
        let loaded = self.newest_whole()?;
        Ok(loaded.map(|loaded| LatestCheckpoint {
            damaged: loaded.messages(),
            path: loaded.path,
            position: loaded.state.position,
            finished: loaded.state.finished,
        }))
    }

    /// Makes the directory, keeps other trainings out for as long as the lock is held, and tries to write. The system lets go of the
    /// lock when the process ends, however it does. None where directories cannot be locked: nothing is lost but the protection.
    pub(crate) fn lock(&self) -> Result<Option<File>, CheckpointError> {
        let trial = self.directory.join(".epoch-trial.tmp");
        let write = |source| CheckpointError::Write { path: self.directory.clone(), source };
        fs::create_dir_all(&self.directory).map_err(write)?;
        let lock = File::open(&self.directory).ok();
        let lock = match lock.as_ref().map(File::try_lock) {
            Some(Ok(())) => lock,
            Some(Err(TryLockError::WouldBlock)) => {
                return Err(CheckpointError::Busy { directory: self.directory.clone() });
            }
            Some(Err(TryLockError::Error(_))) | None => None,
        };
        File::create(&trial).and_then(|_| fs::remove_file(&trial)).map_err(write)?;
        Ok(lock)
    }

    /// Deletes all checkpoints, the oldest first, and the directory if nothing else is in it.
    pub(crate) fn delete_if_asked(&self) -> Result<(), CheckpointError> {
        if !self.delete_when_finished {
            return Ok(());
        }
        let damaged = self.files()?.into_iter().filter(|path| position_in_name(&path.with_extension("")).is_some());
        for path in damaged.chain(self.list()?) {
            fs::remove_file(&path).map_err(|source| CheckpointError::Write { path, source })?;
        }
        // A directory with something else in it stays.
        let _ = fs::remove_dir(&self.directory);
        Ok(())
    }

    /// The state to go on from, with the damaged ones moved aside and what a killed process left unfinished removed.
    pub(crate) fn load(&self) -> Result<Option<Loaded>, CheckpointError> {
        if !self.resume && !self.list()?.is_empty() {
            return Err(CheckpointError::Occupied { directory: self.directory.clone() });
        }
        self.remove_unfinished()?;
        let loaded = self.newest_whole()?;
        for (path, _) in loaded.iter().flat_map(|loaded| &loaded.damaged) {
            let aside = path.with_extension(format!("{EXTENSION}.damaged"));
            fs::rename(path, &aside).map_err(|source| CheckpointError::Write { path: aside, source })?;
        }
        Ok(loaded)
    }

    /// One is taken at this moment: the same to write it with, on another thread.
    pub(crate) fn begin(&mut self) -> Self {
        self.written = Instant::now();
        self.clone()
    }

    /// Writes one, and deletes those that are too many.
    pub(crate) fn save(&self, state: &TrainingState) -> Result<PathBuf, CheckpointError> {
        let Position { epoch, step, .. } = state.position;
        let path = self.directory.join(format!("epoch-{epoch:04}-step-{step:06}.{EXTENSION}"));
        state.write(&path)?;
        let paths = self.list()?;
        for path in &paths[..paths.len().saturating_sub(self.keep)] {
            fs::remove_file(path).map_err(|source| CheckpointError::Write { path: path.clone(), source })?;
        }
        Ok(path)
    }

    /// Whether any are asked for inside of epochs.
    pub(crate) fn is_within_epochs(&self) -> bool {
        self.every_steps.is_some() || self.every.is_some()
    }

    /// Whether one is due inside of an epoch.
    pub(crate) fn is_due_at_step(&self, position: Position) -> bool {
        self.every_steps.is_some_and(|steps| position.global_step.is_multiple_of(steps))
            || self.every.is_some_and(|time| self.written.elapsed() >= time)
    }

    /// Whether one is due after this many epochs.
    pub(crate) fn is_due_after_epoch(&self, epoch: usize) -> bool {
        epoch.is_multiple_of(self.every_epochs)
    }

    fn newest_whole(&self) -> Result<Option<Loaded>, CheckpointError> {
        let mut damaged = Vec::new();
        for path in self.list()?.into_iter().rev() {
            match TrainingState::read(&path) {
                Ok(state) => return Ok(Some(Loaded { path, state, damaged })),
                Err(error @ CheckpointError::Damaged { .. }) => damaged.push((path, error)),
                Err(error) => return Err(error),
            }
        }
        if damaged.is_empty() {
            return Ok(None);
        }
        let names: Vec<_> = damaged.iter().filter_map(|(path, _)| Some(path.file_name()?.to_string_lossy())).collect();
        Err(CheckpointError::AllDamaged { directory: self.directory.clone(), names: names.join(", ") })
    }

    fn remove_unfinished(&self) -> Result<(), CheckpointError> {
        for path in self.files()? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(".epoch-") && name.ends_with(".tmp") {
                fs::remove_file(&path).map_err(|source| CheckpointError::Write { path: path.clone(), source })?;
            }
        }
        Ok(())
    }

    /// All checkpoints, oldest first.
    fn list(&self) -> Result<Vec<PathBuf>, CheckpointError> {
        let files = self.files()?.into_iter();
        let mut found: Vec<_> = files.filter_map(|path| Some((position_in_name(&path)?, path))).collect();
        found.sort();
        Ok(found.into_iter().map(|(_, path)| path).collect())
    }

    /// Everything in the directory; nothing if it does not exist.
    fn files(&self) -> Result<Vec<PathBuf>, CheckpointError> {
        let read = |source| CheckpointError::Read { path: self.directory.clone(), source };
        match fs::read_dir(&self.directory) {
            Ok(entries) => entries.map(|entry| Ok(entry.map_err(read)?.path())).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(read(error)),
        }
    }
}

/// Epoch and step in `epoch-0003-step-000120.ckpt`.
fn position_in_name(path: &Path) -> Option<(usize, usize)> {
    let name = path.file_name()?.to_str()?.strip_prefix("epoch-")?.strip_suffix(EXTENSION)?.strip_suffix('.')?;
    let (epoch, step) = name.split_once("-step-")?;
    Some((epoch.parse().ok()?, step.parse().ok()?))
}

#[cfg(test)]
mod tests;
