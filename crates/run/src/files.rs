//! Files that are whole or not there: each write goes to a temporary file beside the target, is synced and renamed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a file of a run could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// No room is left on the disk, or the user's quota is used up.
    #[error("cannot write {}: the disk is full. {kept}. Free some space, or choose a directory on another disk with --out", path.display())]
    DiskFull {
        /// The file that was to be written.
        path: PathBuf,
        /// What became of an earlier file of that name.
        kept: Kept,
    },
    /// The file cannot be written for another reason (permissions, a read-only disk, a missing folder).
    #[error("cannot write {}. {kept}. Check the permissions, or choose another directory with --out", path.display())]
    Unwritable {
        /// The file that was to be written.
        path: PathBuf,
        /// What became of an earlier file of that name.
        kept: Kept,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file that was to be read.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file can be read, but does not hold what it should.
    #[error("{} is damaged: {message}", path.display())]
    Damaged {
        /// The file that was read.
        path: PathBuf,
        /// What is wrong, and where: line and column, or row.
        message: String,
    },
}

/// What became of an earlier file when a write failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// There was a file of that name; it is as it was.
    Earlier,
    /// There was none; nothing half-written was left.
    Nothing,
}

impl std::fmt::Display for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Kept::Earlier => "The earlier file is untouched",
            Kept::Nothing => "Nothing was left half-written",
        })
    }
}

/// Writes a file whole: whoever reads the path, even after a power cut, sees the old content or the new, never a part.
///
/// # Errors
/// [`FileError::DiskFull`] or [`FileError::Unwritable`]; an earlier file is then untouched and no temporary file remains.
pub fn write_atomic(path: &Path, content: &[u8]) -> Result<(), FileError> {
    write_atomic_with(path, |file| file.write_all(content))
}

/// As [`write_atomic`], for content that is written piece by piece.
///
/// # Errors
/// As [`write_atomic`]; also when `write` itself fails.
pub fn write_atomic_with(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), FileError> {
    let temporary = temporary_beside(path);
    let written = File::create(&temporary)
        .and_then(|mut file| {
            write(&mut file)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&temporary, path));
    if let Err(source) = written {
        let _ = fs::remove_file(&temporary); // the first error is the one to tell
        return Err(write_error(path, source));
    }
    sync_folder(path);
    Ok(())
}

/// Writes a value as indented JSON with a final newline, atomically.
///
/// # Errors
/// As [`write_atomic`].
pub fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), FileError> {
    let mut text = serde_json::to_string_pretty(value).map_err(|e| write_error(path, e.into()))?;
    text.push('\n');
    write_atomic(path, text.as_bytes())
}

/// Reads a value from a JSON file.
///
/// # Errors
/// [`FileError::Unreadable`] when it cannot be read, [`FileError::Damaged`] with line and column when it is not JSON or
/// does not hold the fields that are expected.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, FileError> {
    let text = read_text(path)?;
    serde_json::from_str(&text).map_err(|e| FileError::Damaged { path: path.into(), message: e.to_string() })
}

/// Reads a text file.
///
/// # Errors
/// [`FileError::Unreadable`], also when it is not UTF-8.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    fs::read_to_string(path).map_err(|source| FileError::Unreadable { path: path.into(), source })
}

/// Says why `path` could not be written, telling a full disk from the rest.
pub fn write_error(path: &Path, source: io::Error) -> FileError {
    let path = path.to_path_buf();
    let kept = if path.exists() { Kept::Earlier } else { Kept::Nothing };
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FileError::DiskFull { path, kept },
        _ => FileError::Unwritable { path, kept, source },
    }
}

fn temporary_beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

/// Makes the rename last through a power cut, where the platform can sync a folder; elsewhere it does so by itself.
fn sync_folder(path: &Path) {
    if let Some(Ok(folder)) = path.parent().map(File::open) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_written_file_holds_the_content_and_leaves_no_temporary_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result.json");
        write_atomic(&path, b"one").unwrap();
        write_atomic(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(folder.path()), ["result.json"]);
    }

    #[test]
    fn a_full_disk_leaves_the_earlier_file_untouched_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result.json");
        write_atomic(&path, b"earlier").unwrap();
        let error = write_atomic_with(&path, |file| {
            file.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        })
        .unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"earlier");
        assert_eq!(names(folder.path()), ["result.json"]);
        let text = error.to_string();
        assert!(text.contains("result.json: the disk is full. The earlier file is untouched"), "{text}");
    }

    #[test]
    fn a_missing_folder_is_told_with_its_cause() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_atomic(&folder.path().join("missing/file"), b"x").unwrap_err();
        let FileError::Unwritable { kept: Kept::Nothing, source, .. } = error else { panic!("{error:?}") };
        assert_eq!(source.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn damaged_json_is_told_with_line_and_column() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        write_atomic(&path, b"{\n  \"a\": }").unwrap();
        let error = read_json::<serde_json::Value>(&path).unwrap_err().to_string();
        assert!(error.contains("config.json is damaged") && error.contains("line 2 column"), "{error}");
    }
}
