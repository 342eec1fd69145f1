//! The running epoch of a split: its metrics as sums that a checkpoint can hold.
//!
//! A metric that is a mean over batches, as Burn's loss and accuracy are, is summed up here entry by entry in the order of the
//! batches, with the operations of Burn's own metric state:
//!
//! ```text
//! sum   = v_1·n_1 + v_2·n_2 + ...      v_i the value of batch i, n_i what it is a mean of
//! value = sum / (n_1 + n_2 + ...)
//! ```
//!
//! so an epoch that goes on in another process ends with the same value to the last bit. A metric that is computed from all the
//! epoch's predictions (AUROC, F-scores) keeps its state inside of Burn; with such a metric a run resumes at an epoch's beginning.

use burn::train::metric::NumericEntry;
use serde::{Deserialize, Serialize};

/// The running epoch of a split.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Epoch {
    pub(super) epoch: usize,
    pub(super) metrics: Vec<(String, Running)>,
    #[serde(skip)]
    pub(super) resumed: bool,
    /// Whether it was summed up: what comes next is another validation in the same epoch.
    #[serde(skip)]
    pub(super) ended: bool,
}

/// One metric's running epoch. Floats as bits: JSON has no NaN.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Running {
    sum_bits: u64,
    count: u64,
    /// Not the mean of its batches.
    pub(super) computed: bool,
    final_bits: Option<u64>,
    /// The value over the last batch alone.
    #[serde(skip)]
    pub(super) last: Option<f64>,
}

impl Epoch {
    pub(super) fn running(&mut self, name: String) -> &mut Running {
        let index = self.metrics.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            self.metrics.push((name, Running::default()));
            self.metrics.len() - 1
        });
        &mut self.metrics[index].1
    }
}

impl Running {
    fn mean(&self) -> f64 {
        f64::from_bits(self.sum_bits) / self.count as f64
    }

    /// The value so far, or the epoch's value; none if there is none yet.
    pub(super) fn value(&self, so_far: bool) -> Option<f64> {
        if !self.computed {
            return (!so_far || self.count > 0).then(|| self.mean());
        }
        self.final_bits.map(f64::from_bits)
    }

    pub(super) fn update(&mut self, entry: Option<&NumericEntry>, running: Option<&NumericEntry>, resumed: bool) {
        match entry {
            Some(NumericEntry::Final(value)) => {
                self.final_bits = Some(value.to_bits());
                return;
            }
            // Burn's AUROC and AUC-PR have a value at the end alone, and do not call it final.
            Some(NumericEntry::Value(value)) if running.is_none() => {
                self.final_bits = Some(value.to_bits());
                self.computed = true;
                return;
            }
            Some(NumericEntry::Aggregated { aggregated_value, count }) => self.add(*aggregated_value, *count as u64),
            Some(NumericEntry::Value(value)) => self.add(*value, 1),
            None => {}
        }
        self.last = entry.map(NumericEntry::current);
        let burns = running.map(NumericEntry::current);
        let is_mean = burns
            .is_some_and(|burns| burns.to_bits() == self.mean().to_bits() || (burns.is_nan() && self.mean().is_nan()));
        self.computed |= !resumed && !is_mean;
    }

    fn add(&mut self, value: f64, count: u64) {
        if count > 0 {
            self.sum_bits = (f64::from_bits(self.sum_bits) + value * count as f64).to_bits();
            self.count += count;
        }
    }
}
