//! SHA-256 of files, and the record of them in a directory.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, ErrorKind, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::DownloadError;
use crate::catalog::{RemoteFile, list};
use crate::readers::Source;

const RECORD: &str = "SHA256SUMS";

/// A file that was looked at again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Its name.
    pub file: String,
    /// How it was found.
    pub state: State,
}

/// How a file was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// As it was recorded or published.
    Good,
    /// It has another checksum.
    Bad {
        /// Of the file.
        found: String,
        /// What is recorded, or else what is published.
        expected: String,
    },
    /// It is recorded, and not there.
    Missing,
}

/// Checks the files of a directory against its `SHA256SUMS`, and those with the names of public data sets that it does
/// not list against what is published. MNIST is known by its contents too, however it is compressed.
///
/// # Errors
/// When the directory or a file cannot be read, or when there is nothing to compare with.
pub fn verify(dir: &Path) -> Result<Vec<Checked>, DownloadError> {
    let mut checked: BTreeMap<String, State> = BTreeMap::new();
    for (file, expected) in recorded(dir)? {
        let path = dir.join(&file);
        let state = if path.is_file() { compare(sha256(&path)?, expected) } else { State::Missing };
        checked.insert(file, state);
    }
    for remote in list().iter().flat_map(|entry| entry.files) {
        let path = dir.join(remote.name);
        let known = checked.get(remote.name);
        if !path.is_file() || matches!(known, Some(State::Good)) {
            continue;
        }
        // Data sets share file names: the file is good when it is the one of any of them.
        if is_good(&path, remote)? {
            checked.insert(remote.name.to_string(), State::Good);
        } else if known.is_none() {
            checked.insert(remote.name.to_string(), compare(sha256(&path)?, remote.sha256.to_string()));
        }
    }
    if checked.is_empty() {
        return Err(DownloadError::NothingToVerify { path: dir.to_path_buf() });
    }
    Ok(checked.into_iter().map(|(file, state)| Checked { file, state }).collect())
}

/// Whether a file is the published one, or holds the published contents.
pub(super) fn is_good(path: &Path, remote: &RemoteFile) -> Result<bool, DownloadError> {
    if sha256(path)? == remote.sha256 {
        return Ok(true);
    }
    let Some(expected) = remote.content_sha256 else { return Ok(false) };
    let digest = Source::open(path).ok().and_then(|source| digest(source).ok());
    Ok(digest.is_some_and(|digest| digest == expected))
}

/// Whether the record lists all these files and they are as it says.
pub(super) fn all_recorded(dir: &Path, names: &[&str]) -> Result<bool, DownloadError> {
    let recorded = recorded(dir)?;
    for &name in names {
        let path = dir.join(name);
        let Some(expected) = recorded.get(name) else { return Ok(false) };
        if !path.is_file() || sha256(&path)? != *expected {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Writes what these files are, beside what is recorded already.
pub(super) fn record(dir: &Path, names: &[&str]) -> Result<(), DownloadError> {
    let mut sums = recorded(dir)?;
    for &name in names {
        sums.insert(name.to_string(), sha256(&dir.join(name))?);
    }
    let (path, part) = (dir.join(RECORD), dir.join(format!(".{RECORD}.part")));
    let text: String = sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
    let write = || {
        let mut file = File::create(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&part, &path)
    };
    write().map_err(|source| DownloadError::Write { path: path.clone(), source })
}

/// SHA-256 of a file, in hexadecimal.
pub(super) fn sha256(path: &Path) -> Result<String, DownloadError> {
    File::open(path)
        .and_then(|file| digest(BufReader::new(file)))
        .map_err(|source| DownloadError::Read { path: path.to_path_buf(), source })
}

fn digest(mut reader: impl Read) -> std::io::Result<String> {
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => hasher.update(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn compare(found: String, expected: String) -> State {
    if found == expected { State::Good } else { State::Bad { found, expected } }
}

/// The lines of the record: `SHA-256`, blanks, file name. Lines of another form, and names that lead out of the
/// directory, are left out.
fn recorded(dir: &Path) -> Result<BTreeMap<String, String>, DownloadError> {
    let path = dir.join(RECORD);
    if !path.is_file() {
        return Ok(BTreeMap::new());
    }
    let text = fs::read_to_string(&path).map_err(|source| DownloadError::Read { path, source })?;
    let line = |line: &str| {
        let (sum, name) = line.split_once(char::is_whitespace)?;
        let name = name.trim().trim_start_matches('*');
        let is_sum = sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_inside = Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)));
        (is_sum && is_inside && !name.is_empty()).then(|| (name.to_string(), sum.to_lowercase()))
    };
    Ok(text.lines().filter_map(line).collect())
}
