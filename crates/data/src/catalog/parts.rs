//! The parts that a data set comes in, checked against each other, and the parts that it lacks, drawn.

use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::images::Images;
use crate::readers::tsv::Texts;
use crate::split::{Fractions, Splits, hold_out, stratified};

/// Samples with labels.
pub(super) trait Part: Sized {
    fn labels(&self) -> &[u32];
    fn subset(&self, positions: &[usize]) -> Self;
    /// The same samples with the labels that their classes have in `train`.
    fn aligned(self, train: &Self, path: &Path) -> Result<Self, DataError>;
}

/// What a data set comes in.
pub(super) struct Parts<P> {
    pub(super) train: P,
    pub(super) valid: Option<P>,
    pub(super) test: Option<P>,
}

impl<P: Part> Parts<P> {
    pub(super) fn with_valid(mut self, part: Option<(P, PathBuf)>) -> Result<Self, DataError> {
        self.valid = part.map(|(part, path)| part.aligned(&self.train, &path)).transpose()?;
        Ok(self)
    }

    pub(super) fn with_test(mut self, part: Option<(P, PathBuf)>) -> Result<Self, DataError> {
        self.test = part.map(|(part, path)| part.aligned(&self.train, &path)).transpose()?;
        Ok(self)
    }

    pub(super) fn split(self, fractions: Fractions, seed: u64) -> Result<Splits<P>, DataError> {
        let Self { train, valid, test } = self;
        let held_out = |fraction| {
            let (rest, held) = hold_out(train.labels(), fraction, seed)?;
            Ok((train.subset(&rest), train.subset(&held)))
        };
        match (valid, test) {
            (Some(valid), Some(test)) => Ok(Splits { train, valid, test }),
            (Some(valid), None) => held_out(fractions.test).map(|(train, test)| Splits { train, valid, test }),
            (None, Some(test)) => held_out(fractions.valid).map(|(train, valid)| Splits { train, valid, test }),
            (None, None) => {
                let positions = stratified(train.labels(), fractions, seed)?;
                Ok(positions.map(|positions| train.subset(&positions)))
            }
        }
    }
}

impl Part for Images {
    fn labels(&self) -> &[u32] {
        self.labels()
    }

    fn subset(&self, positions: &[usize]) -> Self {
        self.subset(positions)
    }

    fn aligned(self, train: &Self, path: &Path) -> Result<Self, DataError> {
        let (found, expected) = (self.shape(), train.shape());
        if found != expected {
            return Err(DataError::PartShape { path: path.to_path_buf(), found, expected });
        }
        let labels = align(self.labels(), self.classes(), train.classes(), path)?;
        Ok(self.with_classes(labels, train.classes().to_vec()))
    }
}

impl Part for Texts {
    fn labels(&self) -> &[u32] {
        &self.labels
    }

    fn subset(&self, positions: &[usize]) -> Self {
        self.subset(positions)
    }

    fn aligned(self, train: &Self, path: &Path) -> Result<Self, DataError> {
        let labels = align(&self.labels, &self.classes, &train.classes, path)?;
        Ok(Self { texts: self.texts, labels, classes: train.classes.clone() })
    }
}

fn align(labels: &[u32], classes: &[String], train: &[String], path: &Path) -> Result<Vec<u32>, DataError> {
    let numbers: Vec<Option<usize>> = classes.iter().map(|class| train.iter().position(|t| t == class)).collect();
    let number = |&label: &u32| {
        numbers[label as usize].map(|number| number as u32).ok_or_else(|| DataError::UnknownLabel {
            path: path.to_path_buf(),
            label: classes[label as usize].chars().take(40).collect(),
        })
    };
    labels.iter().map(number).collect()
}
