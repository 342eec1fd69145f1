//! Finding the files of a data set in a directory.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::DataError;

const TRAIN: &[&str] = &["train", "training"];
const VALID: &[&str] = &["valid", "validation", "val", "dev"];
const TEST: &[&str] = &["test", "testing"];

/// A file or folder for each part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PartFiles {
    pub(super) train: PathBuf,
    pub(super) valid: Option<PathBuf>,
    pub(super) test: Option<PathBuf>,
}

/// The first of these names that is a file here, plain or with `.gz` after it.
pub(super) fn find(dir: &Path, names: &[String]) -> Option<PathBuf> {
    let candidates = names.iter().flat_map(|name| [dir.join(name), dir.join(format!("{name}.gz"))]);
    candidates.into_iter().find(|path| path.is_file())
}

/// As [`find`], where the file must be there.
pub(super) fn require(dir: &Path, names: &[String], advice: String) -> Result<PathBuf, DataError> {
    find(dir, names).ok_or_else(|| missing(format!("{} (or {}.gz)", names[0], names[0]), dir, advice))
}

/// The files with one of these extensions (plain or `.gz`): by the word in their names that says which part they are
/// (`train.csv`, `ratings_test.txt`), or the only one there is.
pub(super) fn part_files(dir: &Path, extensions: &[&str], advice: String) -> Result<PartFiles, DataError> {
    let mut files = with_extension(dir, extensions)?;
    match (part(&files, TRAIN, dir)?, files.len()) {
        (Some(train), _) => Ok(PartFiles { train, valid: part(&files, VALID, dir)?, test: part(&files, TEST, dir)? }),
        (None, 1) => Ok(PartFiles { train: files.remove(0), valid: None, test: None }),
        (None, _) => Err(missing(format!("train.{}", extensions[0]), dir, advice)),
    }
}

/// The folders `train`, `valid` and `test`, where there is one named `train` (or `training`).
pub(super) fn part_dirs(dir: &Path) -> Result<Option<PartFiles>, DataError> {
    let mut dirs = entries(dir)?;
    dirs.retain(|path| path.is_dir());
    let find = |words: &[&str]| dirs.iter().find(|path| words.contains(&file_name(path).as_str())).cloned();
    Ok(find(TRAIN).map(|train| PartFiles { train, valid: find(VALID), test: find(TEST) }))
}

/// The one file with this extension (plain or `.gz`).
pub(super) fn only(dir: &Path, extension: &str, advice: String) -> Result<PathBuf, DataError> {
    let mut files = with_extension(dir, &[extension])?;
    if files.len() > 1 {
        return Err(DataError::TwoFiles {
            dir: dir.to_path_buf(),
            part: "whole".to_string(),
            first: file_name(&files[0]),
            second: file_name(&files[1]),
        });
    }
    files.pop().ok_or_else(|| missing(format!("a file *.{extension}"), dir, advice))
}

/// The files with one of these extensions, in the order of their names.
fn with_extension(dir: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, DataError> {
    let has_extension = |path: &PathBuf| {
        let name = file_name(path);
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        path.is_file() && extensions.iter().any(|e| name.strip_suffix(e).is_some_and(|stem| stem.ends_with('.')))
    };
    let mut files = entries(dir)?;
    files.retain(has_extension);
    Ok(files)
}

fn part(files: &[PathBuf], words: &[&str], dir: &Path) -> Result<Option<PathBuf>, DataError> {
    let is_part = |path: &&PathBuf| {
        let name = file_name(path);
        name.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word))
    };
    let mut found = files.iter().filter(is_part);
    match (found.next(), found.next()) {
        (Some(first), Some(second)) => Err(DataError::TwoFiles {
            dir: dir.to_path_buf(),
            part: words[0].to_string(),
            first: file_name(first),
            second: file_name(second),
        }),
        (first, _) => Ok(first.cloned()),
    }
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>, DataError> {
    let failed = |source| DataError::Read { path: dir.to_path_buf(), source };
    let entries = fs::read_dir(dir).map_err(failed)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = entries.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    paths.sort();
    Ok(paths)
}

/// In lower case.
fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().to_lowercase()
}

pub(super) fn missing(name: String, dir: &Path, advice: String) -> DataError {
    DataError::Missing { name, dir: dir.to_path_buf(), advice }
}
