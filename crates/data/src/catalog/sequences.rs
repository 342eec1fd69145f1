//! Texts, long texts and time series by name.

use std::path::Path;

use super::{Kind, Request, entry, files, part_files, read_parts};
use crate::error::DataError;
use crate::readers::tsv::{self, Texts};
use crate::readers::{csv, text};
use crate::series::{Series, SeriesConfig};
use crate::split::{Splits, ordered};

/// What the parts of public data sets are drawn from: they are the same for every seed of a training.
const FIXED_SEED: u64 = 0;
/// Of the characters of Shakespeare, from this share on is for validation: as nanoGPT splits them.
const SHAKESPEARE_TRAIN: f64 = 0.9;

impl Request {
    /// Reads the data set as labelled texts. Parts that a public data set lacks are drawn once for all seeds.
    ///
    /// # Errors
    /// As [`Request::images`].
    pub fn texts(&self) -> Result<Splits<Texts>, DataError> {
        let kind = entry(&self.name)?.kind;
        let (is_public, seed) = match kind {
            Kind::PublicText { .. } => (true, FIXED_SEED),
            Kind::Text => (false, self.seed),
            _ => return Err(DataError::NotTexts { name: self.name.clone() }),
        };
        let dir = self.dir()?;
        let found = part_files(&dir, &["tsv", "txt"], self.advice())?;
        if is_public && found.test.is_none() {
            return Err(files::missing("test.tsv".to_string(), &dir, self.advice()));
        }
        read_parts(found, tsv::read)?.split(self.fractions, seed)
    }

    /// Reads the data set as one long text. Of tiny Shakespeare the first nine tenths of the characters are for training and the rest
    /// for validation, as in nanoGPT; there is no test part, its text is empty. Parts that one's own text lacks are cut from its
    /// training part: the last characters for test, those before for validation.
    ///
    /// # Errors
    /// As [`Request::images`].
    pub fn corpus(&self) -> Result<Splits<String>, DataError> {
        match entry(&self.name)?.kind {
            Kind::Corpus => {
                let path = files::require(&self.dir()?, &["input.txt".to_string()], self.advice())?;
                let mut train = text::read(&path)?;
                let count = (train.chars().count() as f64 * SHAKESPEARE_TRAIN) as usize;
                let valid = split_off(&mut train, count);
                Ok(Splits { train, valid, test: String::new() })
            }
            Kind::OwnCorpus => self.own_corpus(),
            _ => Err(DataError::NotCorpus { name: self.name.clone() }),
        }
    }

    /// Reads the data set as a time series, to be split and cut into windows.
    ///
    /// # Errors
    /// As [`Request::images`].
    pub fn series(&self) -> Result<Series, DataError> {
        let mut config = SeriesConfig { target: self.target.clone(), ..SeriesConfig::default() };
        let path = match entry(&self.name)?.kind {
            Kind::Series { file, target, ignored, season } => {
                config.target.get_or_insert_with(|| target.to_string());
                config.ignored = ignored.iter().map(ToString::to_string).collect();
                config.season = season;
                files::require(&self.dir()?, &[file.to_string()], self.advice())?
            }
            Kind::OwnSeries => files::only(&self.dir()?, "csv", self.advice())?,
            _ => return Err(DataError::NotSeries { name: self.name.clone() }),
        };
        Series::from_table(&csv::read(&path)?, &config).map_err(|source| DataError::Series { path, source })
    }

    fn own_corpus(&self) -> Result<Splits<String>, DataError> {
        let files = part_files(&self.dir()?, &["txt"], self.advice())?;
        let mut train = text::read(&files.train)?;
        let mut valid = files.valid.map(|path| text::read(&path)).transpose()?;
        let mut test = files.test.map(|path| text::read(&path)).transpose()?;
        let mut fractions = self.fractions;
        fractions.valid = if valid.is_some() { 0.0 } else { fractions.valid };
        fractions.test = if test.is_some() { 0.0 } else { fractions.test };
        let sizes = ordered(train.chars().count(), fractions)?.map(|positions| positions.len());
        let rest = split_off(&mut train, sizes.train + sizes.valid);
        let drawn = split_off(&mut train, sizes.train);
        Ok(Splits { train, valid: valid.take().unwrap_or(drawn), test: test.take().unwrap_or(rest) })
    }
}

/// A data set of labelled texts.
///
/// # Errors
/// As [`Request::images`].
pub fn texts(name: &str, data_dir: Option<&Path>, seed: u64) -> Result<Splits<Texts>, DataError> {
    Request::new(name).with_data_dir(data_dir).with_seed(seed).texts()
}

/// What comes after the first `count` characters.
fn split_off(text: &mut String, count: usize) -> String {
    let end = text.char_indices().nth(count).map_or(text.len(), |(byte, _)| byte);
    text.split_off(end)
}
