//! The run directory: where everything that a run leaves behind has its place.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::config::RunConfig;
use crate::files::{FileError, read_json, write_json};
use crate::result::RunResult;

/// Held while a run writes, so that no second process writes the same run.
const LOCK: &str = ".lock";

/// The directory of one run.
///
/// ```text
/// config.json   everything needed to repeat the run       model.bpk     the trained weights
/// history.csv   one row per epoch                         checkpoints/  states to go on from
/// timing.csv    seconds and samples per second by epoch   report.html   the report, self-contained
/// result.json   written when the run has finished         NAME.png      pictures
/// ```
#[derive(Clone, Debug)]
pub struct RunDir {
    path: PathBuf,
    _lock: Option<Arc<File>>,
}

/// Why a directory cannot be used for a run.
#[derive(Debug, thiserror::Error)]
pub enum RunDirError {
    /// A new run was to be written where there is one already.
    #[error("{0} already holds a run. Go on with it by --resume {0}, or choose another --out", .path.display())]
    Exists {
        /// The directory.
        path: PathBuf,
    },
    /// A new run was to be written among other files.
    #[error("{} is not empty (there is `{found}`). Choose a new or empty directory with --out", .path.display())]
    NotEmpty {
        /// The directory.
        path: PathBuf,
        /// One of the files in it.
        found: String,
    },
    /// The path is a file.
    #[error("{} is a file, not a directory", .path.display())]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// The directory cannot be made or written.
    #[error("cannot write to {}. Check the permissions, or choose another directory with --out", .path.display())]
    Unwritable {
        /// The directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The directory holds no run.
    #[error("{} holds no run: it has no config.json. Name the directory that the training printed when it began", .path.display())]
    NotARun {
        /// The directory.
        path: PathBuf,
    },
    /// Another process writes this run at the moment.
    #[error("{} is in use by another process. Wait until it has ended, or end it", .path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
}

impl RunDir {
    /// Makes the directory of a new run: `out`, or without it the first free `runs/CRATE-RECIPE-N`, N from 1.
    ///
    /// The directory may exist when it is empty. It is locked until the last clone of the value is dropped.
    ///
    /// # Errors
    /// [`RunDirError`]: there is a run already, other files, a file in the way, no permission, or another process.
    pub fn create(out: Option<&Path>, crate_name: &str, recipe: &str) -> Result<Self, RunDirError> {
        let path = match out {
            Some(out) => new_or_empty(out)?,
            None => numbered(Path::new("runs"), &format!("{crate_name}-{recipe}"))?,
        };
        Self { path, _lock: None }.locked()
    }

    /// Opens the directory of a run that was begun, for reading.
    ///
    /// # Errors
    /// [`RunDirError::NotADirectory`], [`RunDirError::NotARun`].
    pub fn open(path: &Path) -> Result<Self, RunDirError> {
        if path.is_file() {
            return Err(RunDirError::NotADirectory { path: path.into() });
        }
        let run = Self { path: path.into(), _lock: None };
        if run.config().is_file() { Ok(run) } else { Err(RunDirError::NotARun { path: path.into() }) }
    }

    /// Opens the directory of a run that was begun, to go on writing it.
    ///
    /// # Errors
    /// As [`RunDir::open`]; also [`RunDirError::Unwritable`], and [`RunDirError::InUse`] while another process writes it.
    pub fn resume(path: &Path) -> Result<Self, RunDirError> {
        Self::open(path)?.locked()
    }

    fn locked(mut self) -> Result<Self, RunDirError> {
        let unwritable = |source| RunDirError::Unwritable { path: self.path.clone(), source };
        let file = File::create(self.path.join(LOCK)).map_err(unwritable)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(RunDirError::InUse { path: self.path }),
            Ok(()) | Err(TryLockError::Error(_)) => {} // some network disks cannot lock: better unlocked than not at all
        }
        self._lock = Some(Arc::new(file));
        Ok(self)
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `config.json`: everything needed to repeat the run.
    pub fn config(&self) -> PathBuf {
        self.path.join("config.json")
    }

    /// `history.csv`: one row per epoch, no wall-clock figures.
    pub fn history(&self) -> PathBuf {
        self.path.join("history.csv")
    }

    /// `timing.csv`: columns `epoch,seconds,samples_per_second`.
    pub fn timing(&self) -> PathBuf {
        self.path.join("timing.csv")
    }

    /// `result.json`: there once the run has finished.
    pub fn result(&self) -> PathBuf {
        self.path.join("result.json")
    }

    /// `seeds.json`: mean and deviation, in the directory of several seeds.
    pub fn seeds(&self) -> PathBuf {
        self.path.join("seeds.json")
    }

    /// `model.bpk`: the trained weights.
    pub fn model(&self) -> PathBuf {
        self.path.join("model.bpk")
    }

    /// `checkpoints`: the folder of training states.
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join("checkpoints")
    }

    /// `report.html`.
    pub fn report(&self) -> PathBuf {
        self.path.join("report.html")
    }

    /// A picture's file: the name with anything but letters, digits, `-` and `_` made `-`, and `.png`.
    pub fn picture(&self, name: &str) -> PathBuf {
        let plain = |c: char| if c.is_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
        self.path.join(format!("{}.png", name.chars().map(plain).collect::<String>()))
    }

    /// Whether the run has finished: `result.json` is there.
    pub fn is_finished(&self) -> bool {
        self.result().is_file()
    }

    /// Stores the configuration.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_config<T: Serialize>(&self, config: &RunConfig<T>) -> Result<(), FileError> {
        write_json(&self.config(), config)
    }

    /// Reads the configuration.
    ///
    /// # Errors
    /// When the file cannot be read, or was written by another recipe or version.
    pub fn read_config<T: DeserializeOwned>(&self) -> Result<RunConfig<T>, FileError> {
        read_json(&self.config())
    }

    /// Stores the result: from now on the run counts as finished.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_result(&self, result: &RunResult) -> Result<(), FileError> {
        write_json(&self.result(), result)
    }

    /// Reads the result of a finished run.
    ///
    /// # Errors
    /// When there is none yet, or the file is damaged.
    pub fn read_result(&self) -> Result<RunResult, FileError> {
        read_json(&self.result())
    }

    /// Removes the directory again when nothing but the configuration was written: a run that failed before it began.
    pub(crate) fn remove_if_untouched(self) {
        let begun =
            entries(&self.path).is_none_or(|names| names.iter().any(|name| name != LOCK && name != "config.json"));
        if !begun {
            let _ = fs::remove_file(self.config());
            let _ = fs::remove_file(self.path.join(LOCK));
            let _ = fs::remove_dir(&self.path); // not recursive: what others put there meanwhile stays
        }
    }
}

fn new_or_empty(path: &Path) -> Result<PathBuf, RunDirError> {
    let path = path.to_path_buf();
    if path.is_file() {
        return Err(RunDirError::NotADirectory { path });
    }
    if let Err(source) = fs::create_dir_all(&path) {
        return Err(RunDirError::Unwritable { path, source });
    }
    let names = entries(&path).unwrap_or_default();
    match names.into_iter().find(|name| name != LOCK) {
        _ if path.join("config.json").exists() => Err(RunDirError::Exists { path }),
        Some(found) => Err(RunDirError::NotEmpty { path, found }),
        None => Ok(path),
    }
}

/// Makes the first directory `parent/stem-N` that does not exist; two processes never get the same one.
fn numbered(parent: &Path, stem: &str) -> Result<PathBuf, RunDirError> {
    let unwritable = |path: &Path, source| RunDirError::Unwritable { path: path.into(), source };
    fs::create_dir_all(parent).map_err(|source| unwritable(parent, source))?;
    for number in 1_u64.. {
        let path = parent.join(format!("{stem}-{number}"));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(unwritable(&path, source)),
        }
    }
    unreachable!("there are more numbers than directories")
}

fn entries(path: &Path) -> Option<Vec<String>> {
    let names = fs::read_dir(path).ok()?.filter_map(Result::ok);
    Some(names.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_or_empty_directory_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["new/nested", "."] {
            drop(RunDir::create(Some(&folder.path().join("a").join(name)), "cnn", "digits").unwrap());
            fs::remove_dir_all(folder.path().join("a")).unwrap();
            fs::create_dir(folder.path().join("a")).unwrap();
        }
    }

    #[test]
    fn an_existing_run_is_refused_and_named_with_the_two_ways_out() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.json"), "{}").unwrap();
        let error = RunDir::create(Some(folder.path()), "cnn", "digits").unwrap_err();
        assert!(matches!(error, RunDirError::Exists { .. }));
        let text = error.to_string();
        assert!(text.contains("--resume") && text.contains("another --out"), "{text}");
        assert_eq!(fs::read_to_string(folder.path().join("config.json")).unwrap(), "{}");
    }

    #[test]
    fn a_directory_with_other_files_is_refused_and_a_file_too() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("thesis.txt");
        fs::write(&file, "x").unwrap();
        let error = RunDir::create(Some(folder.path()), "cnn", "digits").unwrap_err();
        assert!(matches!(&error, RunDirError::NotEmpty { found, .. } if found == "thesis.txt"), "{error}");
        let error = RunDir::create(Some(&file), "cnn", "digits").unwrap_err();
        assert!(matches!(error, RunDirError::NotADirectory { .. }), "{error}");
        let error = RunDir::create(Some(&file.join("below")), "cnn", "digits").unwrap_err();
        assert!(matches!(error, RunDirError::Unwritable { .. }), "{error}");
    }

    #[test]
    fn default_directories_are_numbered_and_never_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let parent = folder.path().join("runs");
        let made: Vec<PathBuf> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| numbered(&parent, "cnn-digits").unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let mut names: Vec<_> = made.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, (1..=8).map(|n| format!("cnn-digits-{n}")).collect::<Vec<_>>());
    }

    #[test]
    fn a_run_is_written_by_one_process_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = RunDir::create(Some(folder.path()), "cnn", "digits").unwrap();
        fs::write(first.config(), "{}").unwrap();
        assert!(matches!(RunDir::resume(folder.path()), Err(RunDirError::InUse { .. })));
        assert!(RunDir::open(folder.path()).is_ok(), "reading needs no lock");
        drop(first);
        assert!(RunDir::resume(folder.path()).is_ok());
    }

    #[test]
    fn a_directory_without_configuration_is_no_run() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(RunDir::open(folder.path()), Err(RunDirError::NotARun { .. })));
        assert!(matches!(RunDir::open(&folder.path().join("missing")), Err(RunDirError::NotARun { .. })));
    }

    #[test]
    fn picture_names_stay_inside_the_directory() {
        let run = RunDir { path: "runs/a".into(), _lock: None };
        assert_eq!(run.picture("worst mistakes"), Path::new("runs/a/worst-mistakes.png"));
        assert_eq!(run.picture("../../etc"), Path::new("runs/a/------etc.png"));
    }

    #[test]
    fn a_run_that_never_began_leaves_no_directory_and_one_that_did_stays() {
        let folder = tempfile::tempdir().unwrap();
        for (extra, stays) in [(None, false), (Some("history.csv"), true)] {
            let path = folder.path().join("run");
            let run = RunDir::create(Some(&path), "cnn", "digits").unwrap();
            fs::write(run.config(), "{}").unwrap();
            if let Some(extra) = extra {
                fs::write(path.join(extra), "").unwrap();
            }
            run.remove_if_untouched();
            assert_eq!(path.exists(), stays);
        }
    }
}
