//! Data sets by name: the embedded digits, the public ones, and a person's own.
//!
//! Files are looked for in the directory that is given, else in the one that the variable `FIREBRICK_DATA` names, else
//! in the platform's cache directory; in each, directly or in a folder of the data set's name. A data set without a
//! validation part holds out a tenth of its training part, stratified and drawn from the seed.

mod entries;
mod files;
mod parts;
mod sequences;

use std::path::{Path, PathBuf};

use crate::digits;
use crate::error::DataError;
use crate::images::Images;
use crate::readers::{cifar, csv, folder, idx};
use crate::split::{Fractions, Splits};

pub use entries::{Entry, Kind, RemoteFile, entry, list};
use files::{PartFiles, part_dirs, part_files};
use parts::{Part, Parts};
pub use sequences::texts;

/// Names the directory of the data sets, where no directory is given.
pub const DATA_VARIABLE: &str = "FIREBRICK_DATA";

/// A data set that is asked for by name.
///
/// ```
/// use firebrick_data::catalog::Request;
///
/// let splits = Request::new("digits").images()?;
/// assert_eq!(splits.train.len() + splits.valid.len() + splits.test.len(), 1797);
/// # Ok::<(), firebrick_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    name: String,
    data_dir: Option<PathBuf>,
    seed: u64,
    fractions: Fractions,
    picture_size: Option<[usize; 2]>,
    target: Option<String>,
}

impl Request {
    /// The data set of this name, looked for where data sets are, with seed 0.
    pub fn new(name: &str) -> Self {
        let fractions = Fractions::default();
        Self { name: name.to_string(), data_dir: None, seed: 0, fractions, picture_size: None, target: None }
    }

    /// Looks for the files in this directory, and nowhere else.
    #[must_use]
    pub fn with_data_dir(mut self, dir: Option<&Path>) -> Self {
        self.data_dir = dir.map(Path::to_path_buf);
        self
    }

    /// Draws the parts that the data set has not from this seed. The digits have all of theirs.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The shares of the parts that the data set has not: of all samples where it has neither of the two, otherwise of
    /// those of the training part. Default: 0.1 for validation, 0.2 for test.
    #[must_use]
    pub fn with_fractions(mut self, fractions: Fractions) -> Self {
        self.fractions = fractions;
        self
    }

    /// Brings the pictures of a folder to this height and width, whatever sizes and proportions they have. Other data sets have
    /// pictures of one size, and refuse it.
    #[must_use]
    pub fn with_picture_size(mut self, size: Option<[usize; 2]>) -> Self {
        self.picture_size = size;
        self
    }

    /// Forecasts this column of a time series instead of the one that it is known for.
    #[must_use]
    pub fn with_target(mut self, column: Option<&str>) -> Self {
        self.target = column.map(str::to_string);
        self
    }

    /// Reads the data set as pictures.
    ///
    /// # Errors
    /// When no data set has the name or it holds no pictures, when a file is missing (the message says which, where it
    /// was looked for and how to get it), or when one is not what it should be.
    pub fn images(&self) -> Result<Splits<Images>, DataError> {
        let entry = entry(&self.name)?;
        if self.picture_size.is_some() && !matches!(entry.kind, Kind::Folder) {
            return Err(DataError::NotResized { name: self.name.clone() });
        }
        let parts = match entry.kind {
            Kind::Embedded => return Ok(digits::splits()),
            Kind::Idx { classes } => self.idx(Some(classes), true)?,
            Kind::OwnIdx => self.idx(None, false)?,
            Kind::Cifar => self.cifar()?,
            Kind::Folder => self.folder()?,
            Kind::Table => self.table()?,
            Kind::Text | Kind::PublicText { .. } | Kind::Corpus | Kind::OwnCorpus => {
                return Err(self.no_pictures("text"));
            }
            Kind::Series { .. } | Kind::OwnSeries => return Err(self.no_pictures("a time series")),
        };
        self.split(parts)
    }

    fn no_pictures(&self, holds: &'static str) -> DataError {
        DataError::NotPictures { name: self.name.clone(), holds }
    }

    fn split<P: Part>(&self, parts: Parts<P>) -> Result<Splits<P>, DataError> {
        parts.split(self.fractions, self.seed)
    }

    fn idx(&self, classes: Option<&[&str]>, needs_test: bool) -> Result<Parts<Images>, DataError> {
        let dir = self.dir()?;
        let read = |part: &str| {
            let pictures = files::require(&dir, &idx_names(part, "images", 3), self.advice())?;
            let labels = files::require(&dir, &idx_names(part, "labels", 1), self.advice())?;
            idx::read(&pictures, &labels, classes).map(|images| (images, pictures))
        };
        let (train, _) = read("train")?;
        let has_test = needs_test || files::find(&dir, &idx_names("t10k", "images", 3)).is_some();
        let test = has_test.then(|| read("t10k")).transpose()?;
        Parts { train, valid: None, test: None }.with_test(test)
    }

    fn cifar(&self) -> Result<Parts<Images>, DataError> {
        let dir = self.dir()?;
        let classes = match files::find(&dir, &["batches.meta.txt".to_string()]) {
            Some(path) => cifar::read_class_names(&path)?,
            None => entries::CIFAR10_CLASSES.map(str::to_string).to_vec(),
        };
        files::require(&dir, &["data_batch_1.bin".to_string()], self.advice())?;
        let batches = (1..=5).filter_map(|i| files::find(&dir, &[format!("data_batch_{i}.bin")]));
        let train = cifar::read(&batches.collect::<Vec<_>>(), &classes)?;
        let path = files::require(&dir, &["test_batch.bin".to_string()], self.advice())?;
        let test = cifar::read(std::slice::from_ref(&path), &classes)?;
        Parts { train, valid: None, test: None }.with_test(Some((test, path)))
    }

    fn folder(&self) -> Result<Parts<Images>, DataError> {
        let dir = self.dir()?;
        let Some(dirs) = part_dirs(&dir)? else {
            return Ok(Parts { train: folder::read(&dir, self.picture_size)?, valid: None, test: None });
        };
        let train = folder::read(&dirs.train, self.picture_size)?;
        let read = |part: Option<PathBuf>| part.map(|part| folder::read_like(&part, &train, &dirs.train)).transpose();
        let (valid, test) = (read(dirs.valid)?, read(dirs.test)?);
        Ok(Parts { train, valid, test })
    }

    fn table(&self) -> Result<Parts<Images>, DataError> {
        let files = part_files(&self.dir()?, &["csv"], self.advice())?;
        let mut parts = read_parts(files, csv::read_pictures)?;
        let all = [Some(&parts.train), parts.valid.as_ref(), parts.test.as_ref()];
        let scale = all.into_iter().flatten().map(Images::scale).fold(f32::INFINITY, f32::min);
        parts.train = parts.train.with_scale(scale);
        parts.valid = parts.valid.map(|images| images.with_scale(scale));
        parts.test = parts.test.map(|images| images.with_scale(scale));
        Ok(parts)
    }

    /// Where the files lie.
    fn dir(&self) -> Result<PathBuf, DataError> {
        let entry = entry(&self.name)?;
        let is_named = || !entry.is_own() || std::env::var_os(DATA_VARIABLE).is_some();
        let given = self.data_dir.clone().or_else(|| home().filter(|_| is_named()));
        let dir = given.ok_or_else(|| DataError::NoDataDir { name: self.name.clone() })?;
        let inner = entry.folders().map(|name| dir.join(name)).find(|inner| !entry.is_own() && inner.is_dir());
        Ok(inner.unwrap_or(dir))
    }

    fn advice(&self) -> String {
        match entry(&self.name) {
            Ok(Entry { kind: Kind::PublicText { source }, .. }) => {
                format!("get {source}, and say where the files lie with --data-dir DIR")
            }
            Ok(entry) if !entry.files.is_empty() => {
                let name = entry.name;
                format!("run `cargo xtask data fetch {name}`, or say where the files lie with --data-dir DIR")
            }
            _ => "see `cargo xtask data list` for the names that files must have".to_string(),
        }
    }
}

/// Reads a data set of pictures; `data_dir` and what happens without it: see the [module](self).
///
/// # Errors
/// As [`Request::images`].
pub fn images(name: &str, data_dir: Option<&Path>, seed: u64) -> Result<Splits<Images>, DataError> {
    Request::new(name).with_data_dir(data_dir).with_seed(seed).images()
}

/// The directory of the data sets, each in a folder of its name: what `FIREBRICK_DATA` says, else a folder in the
/// platform's cache directory, where it has one. Downloads go there.
pub fn home() -> Option<PathBuf> {
    let named = std::env::var_os(DATA_VARIABLE).map(PathBuf::from);
    named.or_else(|| dirs::cache_dir().map(|dir| dir.join("firebrick").join("data")))
}

/// The names that an IDX file has in the wild.
fn idx_names(part: &str, what: &str, dimensions: usize) -> [String; 2] {
    [format!("{part}-{what}-idx{dimensions}-ubyte"), format!("{part}-{what}.idx{dimensions}-ubyte")]
}

fn read_parts<P: Part>(files: PartFiles, read: impl Fn(&Path) -> Result<P, DataError>) -> Result<Parts<P>, DataError> {
    let train = read(&files.train)?;
    let read = |path: Option<PathBuf>| path.map(|path| read(&path).map(|part| (part, path))).transpose();
    Parts { train, valid: None, test: None }.with_valid(read(files.valid)?)?.with_test(read(files.test)?)
}

#[cfg(test)]
mod tests;
