//! The data sets that have names, and where the public ones come from.

mod known;
mod remote;

use crate::error::DataError;
pub(super) use known::CIFAR10_CLASSES;
use known::ENTRIES;

/// A data set that has a name.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is asked for by.
    pub name: &'static str,
    /// What it holds, in one line.
    pub about: &'static str,
    /// Who made it, and the licence as far as one is known.
    pub credit: &'static str,
    /// How it is read.
    pub kind: Kind,
    /// What is downloaded; empty when nothing is.
    pub files: &'static [RemoteFile],
    /// The files that are taken from a downloaded archive (tar, gzip), which is not kept; empty when it is no archive.
    pub unpacked: &'static [&'static str],
}

/// How a data set is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Part of this crate.
    Embedded,
    /// Four IDX files with these classes.
    Idx {
        /// Names by label.
        classes: &'static [&'static str],
    },
    /// The binary version of CIFAR-10.
    Cifar,
    /// One's own pictures, a folder for each class.
    Folder,
    /// One's own IDX files.
    OwnIdx,
    /// One's own CSV tables of pictures.
    Table,
    /// One's own labelled texts.
    Text,
    /// Labelled texts that are public and that nothing downloads.
    PublicText {
        /// Where the files can be had.
        source: &'static str,
    },
    /// One long text.
    Corpus,
    /// One's own long text.
    OwnCorpus,
    /// A time series.
    Series {
        /// The table, plain or gzip.
        file: &'static str,
        /// The column to forecast.
        target: &'static str,
        /// Columns that are no features.
        ignored: &'static [&'static str],
        /// Rows of a season.
        season: usize,
    },
    /// One's own time series.
    OwnSeries,
}

/// A file that can be downloaded.
#[derive(Debug, PartialEq, Eq)]
pub struct RemoteFile {
    /// Its name, here and there.
    pub name: &'static str,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of the file, as published.
    pub sha256: &'static str,
    /// SHA-256 of what is in it, where that is published too: the same data may be compressed in another way.
    pub content_sha256: Option<&'static str>,
    /// Where it can be had: what the name is appended to, in the order of trying.
    pub mirrors: &'static [&'static str],
}

impl Entry {
    /// Whether it is a person's own data.
    pub fn is_own(&self) -> bool {
        use Kind::{Folder, OwnCorpus, OwnIdx, OwnSeries, Table, Text};
        matches!(self.kind, Folder | OwnIdx | Table | Text | OwnCorpus | OwnSeries)
    }

    /// The folders that its files may lie in, below the directory for all.
    pub(super) fn folders(&self) -> impl Iterator<Item = &'static str> {
        let shared = match self.kind {
            Kind::Corpus => Some("tinyshakespeare"),
            Kind::Series { .. } => Some("timeseries"),
            _ => None,
        };
        std::iter::once(self.name).chain(shared)
    }
}

/// All data sets that have names.
pub fn list() -> &'static [Entry] {
    ENTRIES
}

/// The data set of this name.
///
/// # Errors
/// When there is none; the message lists all names.
pub fn entry(name: &str) -> Result<&'static Entry, DataError> {
    ENTRIES.iter().find(|entry| entry.name == name).ok_or_else(|| {
        let known: Vec<&str> = ENTRIES.iter().map(|entry| entry.name).collect();
        DataError::UnknownDataset { name: name.chars().take(80).collect(), known: known.join(", ") }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_checksums_are_checksums() {
        for (i, entry) in ENTRIES.iter().enumerate() {
            assert!(ENTRIES[..i].iter().all(|other| other.name != entry.name));
            for file in entry.files {
                for sum in std::iter::once(file.sha256).chain(file.content_sha256) {
                    assert!(sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()));
                }
                assert!(file.mirrors.len() >= 2 && file.mirrors.iter().all(|mirror| mirror.ends_with('/')));
            }
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let message = entry("minst").unwrap_err().to_string();
        assert!(message.contains("\"minst\"") && message.contains("digits, mnist, fashion-mnist, cifar10, folder"));
    }
}
