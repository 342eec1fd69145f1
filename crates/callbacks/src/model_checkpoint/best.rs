//! The best files so far.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::Direction;

/// A file of weights, and what the monitored metric was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedModel {
    /// The file.
    pub path: PathBuf,
    /// The epoch, from 1.
    pub epoch: usize,
    /// The monitored metric.
    pub value: f64,
}

/// A handle on the best files that a [`ModelCheckpoint`](crate::ModelCheckpoint) has written: they are there, whole.
#[derive(Clone, Debug, Default)]
pub struct BestCheckpoint {
    files: Arc<Mutex<Files>>,
}

/// The files that are wanted; the last may still be on its way to the disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    pub(super) best: Option<SavedModel>,
    /// Those kept by `save_top_k`, in the order in which they were written.
    pub(super) top: Vec<SavedModel>,
}

impl BestCheckpoint {
    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The best file so far; none before the first improvement. It is written while the training goes on and named here when it is
    /// there: by the end of the training at the latest.
    pub fn saved(&self) -> Option<SavedModel> {
        self.files().best.clone()
    }

    /// The files that [`save_top_k`](crate::ModelCheckpoint::save_top_k) keeps, the best first, of equals the oldest.
    pub fn top(&self) -> Vec<SavedModel> {
        self.files().top.clone()
    }

    /// Names these from now on.
    pub(super) fn show(&self, files: &Files, direction: Direction) {
        *self.files() = files.best_first(direction);
    }
}

impl Files {
    /// Whether a value belongs to the `k` best: there are fewer, or it is better than the worst of them.
    pub(super) fn admits(&self, value: f64, k: usize, direction: Direction) -> bool {
        self.top.len() < k
            || self.worst(direction).is_some_and(|worst| direction.is_better(value, self.top[worst].value))
    }

    /// Adds a file; the one that has to go for it, unless it is the same file.
    pub(super) fn keep(&mut self, saved: SavedModel, k: usize, direction: Direction) -> Option<SavedModel> {
        let full = self.top.len() >= k;
        let dropped = self.worst(direction).filter(|_| full).map(|worst| self.top.remove(worst));
        let dropped = dropped.filter(|dropped| dropped.path != saved.path);
        self.top.push(saved);
        dropped
    }

    /// The first of those with the worst value.
    fn worst(&self, direction: Direction) -> Option<usize> {
        (0..self.top.len()).reduce(|worst, index| {
            let is_worse = direction.is_better(self.top[worst].value, self.top[index].value);
            if is_worse { index } else { worst }
        })
    }

    fn best_first(&self, direction: Direction) -> Self {
        let mut files = self.clone();
        files.top.sort_by(|a, b| match direction {
            Direction::Min => a.value.total_cmp(&b.value),
            Direction::Max => b.value.total_cmp(&a.value),
        });
        files
    }
}
