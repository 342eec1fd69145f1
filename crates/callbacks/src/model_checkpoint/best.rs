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

/// A handle on the best files that a [`ModelCheckpoint`](crate::ModelCheckpoint) has written.
#[derive(Clone, Debug, Default)]
pub struct BestCheckpoint {
    files: Arc<Mutex<Files>>,
}

#[derive(Debug, Default)]
struct Files {
    best: Option<SavedModel>,
    /// Those kept by `save_top_k`, in the order in which they were written.
    top: Vec<SavedModel>,
    best_first: Vec<SavedModel>,
}

impl BestCheckpoint {
    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The best file so far; none before the first improvement.
    pub fn saved(&self) -> Option<SavedModel> {
        self.files().best.clone()
    }

    /// The files that [`save_top_k`](crate::ModelCheckpoint::save_top_k) keeps, the best first, of equals the oldest.
    pub fn top(&self) -> Vec<SavedModel> {
        self.files().best_first.clone()
    }

    pub(super) fn set(&self, best: Option<SavedModel>) {
        self.files().best = best;
    }

    pub(super) fn forget(&self) {
        *self.files() = Files::default();
    }

    pub(super) fn in_order(&self) -> Vec<SavedModel> {
        self.files().top.clone()
    }

    /// Whether a value belongs to the `k` best: there are fewer, or it is better than the worst of them.
    pub(super) fn admits(&self, value: f64, k: usize, direction: Direction) -> bool {
        let files = self.files();
        files.top.len() < k
            || files.worst(direction).is_some_and(|worst| direction.is_better(value, files.top[worst].value))
    }

    /// Adds a file; the one that has to go for it, unless it is the same file.
    pub(super) fn keep(&self, saved: SavedModel, k: usize, direction: Direction) -> Option<SavedModel> {
        let mut files = self.files();
        let full = files.top.len() >= k;
        let dropped = files.worst(direction).filter(|_| full).map(|worst| files.top.remove(worst));
        let dropped = dropped.filter(|dropped| dropped.path != saved.path);
        files.top.push(saved);
        files.sort(direction);
        dropped
    }

    pub(super) fn load(&self, best: Option<SavedModel>, top: Vec<SavedModel>, direction: Direction) {
        let mut files = self.files();
        (files.best, files.top) = (best, top);
        files.sort(direction);
    }
}

impl Files {
    /// The first of those with the worst value.
    fn worst(&self, direction: Direction) -> Option<usize> {
        (0..self.top.len()).reduce(|worst, index| {
            let is_worse = direction.is_better(self.top[worst].value, self.top[index].value);
            if is_worse { index } else { worst }
        })
    }

    fn sort(&mut self, direction: Direction) {
        self.best_first = self.top.clone();
        self.best_first.sort_by(|a, b| match direction {
            Direction::Min => a.value.total_cmp(&b.value),
            Direction::Max => b.value.total_cmp(&a.value),
        });
    }
}
