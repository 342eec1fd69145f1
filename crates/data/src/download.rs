//! Checked downloads of public data sets: resumed, from several mirrors, never replacing a good file by a bad one.
//!
//! A file is written under another name (`.NAME.part`), checked for its size and SHA-256, synced and only then renamed.
//! What an interrupted download left is gone on with. `SHA256SUMS` in the directory says what the files were, so that
//! [`verify`] can look at them again.

mod archive;
mod bar;
mod checksum;
mod transfer;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::catalog::{Entry, Kind, RemoteFile};

pub use bar::bar;
pub use checksum::{Checked, State, verify};
pub use transfer::TransferError;

/// A data set that could not be downloaded or checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// The data set is embedded, a person's own, or has no address that files are certain to be had at.
    #[error("data set {name:?} is not downloaded: {advice}")]
    NothingToFetch {
        /// Its name.
        name: String,
        /// What to do instead.
        advice: &'static str,
    },
    /// The directory cannot be made or written, or the disk is full.
    #[error("{}: cannot be written: {source} (free space on the disk, or choose another directory)", path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file cannot be read back.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No mirror gave the file.
    #[error("{file} could not be downloaded: {}; start again to go on where it stopped", tried(failures))]
    Mirrors {
        /// Name of the file.
        file: String,
        /// Each address with what went wrong there, in the order of trying.
        failures: Vec<(String, TransferError)>,
    },
    /// An archive that is not what it should be, though its checksum is right.
    #[error("{}: {reason}", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// There is nothing to compare the files of a directory with.
    #[error("{}: no SHA256SUMS and no file of a known data set in it: nothing to check", path.display())]
    NothingToVerify {
        /// The directory.
        path: PathBuf,
    },
}

/// The last failure at each address.
fn tried(failures: &[(String, TransferError)]) -> String {
    let chunks = failures.chunk_by(|(a, _), (b, _)| a == b);
    let last = chunks.filter_map(|attempts| attempts.last().map(|(url, error)| format!("{url}: {error}")));
    last.collect::<Vec<_>>().join("; ")
}

/// What happens during a download, for whoever shows it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The file is here already and good.
    Kept {
        /// Its name.
        file: &'a str,
    },
    /// A transfer begins.
    Begin {
        /// Its name.
        file: &'a str,
        /// Its size in bytes.
        total: u64,
        /// Bytes that are here already.
        have: u64,
    },
    /// Bytes came.
    Bytes(u64),
    /// A transfer failed; the next attempt or mirror follows, if there is one.
    Failed {
        /// Where.
        url: &'a str,
        /// Why.
        error: &'a TransferError,
    },
    /// The file is here, checked.
    Done {
        /// Its name.
        file: &'a str,
    },
}

/// How downloads are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Downloader {
    /// The longest wait for the next bytes; default 30 s.
    pub stall: Duration,
    /// Attempts at each mirror; default 3. An attempt goes on where the one before stopped.
    pub attempts: usize,
}

impl Default for Downloader {
    fn default() -> Self {
        Self { stall: Duration::from_secs(30), attempts: 3 }
    }
}

/// Downloads a data set into a directory, which is made. Files that are there and good are kept.
///
/// # Errors
/// When the data set is not a public one, when no mirror gives a file whole and right, or when the directory cannot be
/// written. Good files that were there before are still there.
pub fn fetch(entry: &Entry, dir: &Path, progress: &mut dyn FnMut(Event<'_>)) -> Result<(), DownloadError> {
    Downloader::default().fetch(entry, dir, progress)
}

impl Downloader {
    /// As [`fetch`].
    ///
    /// # Errors
    /// As [`fetch`].
    pub fn fetch(&self, entry: &Entry, dir: &Path, progress: &mut dyn FnMut(Event<'_>)) -> Result<(), DownloadError> {
        if entry.files.is_empty() {
            let advice = match entry.kind {
                Kind::Embedded => "it comes with the program",
                Kind::PublicText { source } => source,
                _ => "it is your own data",
            };
            return Err(DownloadError::NothingToFetch { name: entry.name.to_string(), advice });
        }
        fs::create_dir_all(dir).map_err(|source| DownloadError::Write { path: dir.to_path_buf(), source })?;
        if !entry.unpacked.is_empty() && checksum::all_recorded(dir, entry.unpacked)? {
            entry.unpacked.iter().for_each(|file| progress(Event::Kept { file }));
            return Ok(());
        }
        for file in entry.files {
            self.fetch_file(file, dir, progress)?;
        }
        if entry.unpacked.is_empty() {
            let names: Vec<&str> = entry.files.iter().map(|file| file.name).collect();
            return checksum::record(dir, &names);
        }
        for file in entry.files {
            archive::unpack(&dir.join(file.name), dir, entry.unpacked)?;
        }
        checksum::record(dir, entry.unpacked)?;
        entry.files.iter().try_for_each(|file| remove(&dir.join(file.name)))
    }

    fn fetch_file(
        &self,
        file: &RemoteFile,
        dir: &Path,
        progress: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), DownloadError> {
        let target = dir.join(file.name);
        if target.is_file() && checksum::is_good(&target, file)? {
            progress(Event::Kept { file: file.name });
            return Ok(());
        }
        let part = dir.join(format!(".{}.part", file.name));
        let mut failures: Vec<(String, TransferError)> = Vec::new();
        for mirror in file.mirrors {
            let url = format!("{mirror}{}", file.name);
            for _ in 0..self.attempts {
                let Err(error) = transfer::transfer(self, file, &url, &part, progress)? else {
                    return finish(&part, &target).inspect(|()| progress(Event::Done { file: file.name }));
                };
                progress(Event::Failed { url: &url, error: &error });
                let is_final = error.is_final();
                failures.push((url.clone(), error));
                if is_final {
                    break;
                }
            }
        }
        Err(DownloadError::Mirrors { file: file.name.to_string(), failures })
    }
}

/// Gives a checked file its name.
fn finish(part: &Path, target: &Path) -> Result<(), DownloadError> {
    let failed = |source| DownloadError::Write { path: target.to_path_buf(), source };
    fs::File::open(part).and_then(|file| file.sync_all()).map_err(failed)?;
    fs::rename(part, target).map_err(failed)
}

fn remove(path: &Path) -> Result<(), DownloadError> {
    fs::remove_file(path).map_err(|source| DownloadError::Write { path: path.to_path_buf(), source })
}

#[cfg(test)]
mod tests;
