//! What a sweep of learning rates has found.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Points at the beginning and at the end of a sweep that suggest nothing, as in Lightning.
const SKIPPED: (usize, usize) = (10, 1);

/// One batch of a sweep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatePoint {
    /// The learning rate of its step.
    pub rate: f64,
    /// Its loss, before that step.
    pub loss: f64,
    /// The loss smoothed over the batches so far, corrected for their number.
    pub smoothed: f64,
}

/// A handle on the points of a [`LearningRateFinder`](crate::LearningRateFinder); they grow as the training goes on.
#[derive(Clone, Debug, Default)]
pub struct LearningRateCurve {
    points: Arc<Mutex<Vec<RatePoint>>>,
}

impl LearningRateCurve {
    fn lock(&self) -> MutexGuard<'_, Vec<RatePoint>> {
        self.points.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The points so far, the rates rising.
    pub fn points(&self) -> Vec<RatePoint> {
        self.lock().clone()
    }

    /// The rate at which the smoothed loss falls steepest from point to point, without the first ten points and the last one; none
    /// when fewer than two are left. As Lightning's `suggestion`.
    pub fn suggestion(&self) -> Option<f64> {
        let points = self.lock();
        let end = points.len().saturating_sub(SKIPPED.1);
        let finite: Vec<&RatePoint> =
            points.get(SKIPPED.0..end)?.iter().filter(|point| point.smoothed.is_finite()).collect();
        let slope = |index: usize| {
            let (before, after) = (index.saturating_sub(1), (index + 1).min(finite.len() - 1));
            (finite[after].smoothed - finite[before].smoothed) / (after - before) as f64
        };
        let steepest = (0..finite.len()).min_by(|a, b| slope(*a).total_cmp(&slope(*b)));
        steepest.filter(|_| finite.len() > 1).map(|index| finite[index].rate)
    }

    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    pub(super) fn push(&self, point: RatePoint) {
        self.lock().push(point);
    }

    pub(super) fn replace(&self, points: Vec<RatePoint>) {
        *self.lock() = points;
    }

    /// The lowest smoothed loss; none before the first point.
    pub(super) fn lowest(&self) -> Option<f64> {
        self.lock().iter().map(|point| point.smoothed).min_by(f64::total_cmp)
    }

    pub(super) fn to_csv(&self) -> String {
        let mut csv = String::from("rate,loss,smoothed\n");
        for RatePoint { rate, loss, smoothed } in self.lock().iter() {
            csv.push_str(&format!("{rate},{loss},{smoothed}\n"));
        }
        csv
    }
}
