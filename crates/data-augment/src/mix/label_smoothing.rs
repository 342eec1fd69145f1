//! Label smoothing (Szegedy et al., 2016, <https://arxiv.org/abs/1512.00567>).
//!
//! ```text
//! label = (1 - ε)·label + ε / classes
//! ```

use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::AugmentError;
use crate::sample::Sample;

/// Gives every class a small share.
///
/// ```
/// use firebrick_data_augment::mix::LabelSmoothing;
/// use firebrick_data_augment::{Picture, Sample};
///
/// let mut batch = [Sample::new(Picture::from_bytes(vec![0], [1, 1, 1])?).with_label(vec![1.0, 0.0])];
/// LabelSmoothing::new(0.1).apply(&mut batch);
/// assert_eq!(batch[0].label, [0.95, 0.05]);
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LabelSmoothing {
    /// What is spread over all classes, 0 to 1. Default 0.1.
    pub epsilon: f64,
}

impl LabelSmoothing {
    /// From the share that is spread over all classes.
    pub fn new(epsilon: f64) -> Self {
        Self { epsilon }
    }

    pub(super) fn check(&self) -> Result<(), AugmentError> {
        check::number("label_smoothing", "epsilon", self.epsilon, [0.0, 1.0])
    }

    /// Smooths the labels of a batch.
    pub fn apply(&self, batch: &mut [Sample]) {
        for label in batch.iter_mut().map(|sample| &mut sample.label) {
            let (kept, spread) = ((1.0 - self.epsilon) as f32, self.epsilon as f32 / label.len() as f32);
            label.iter_mut().for_each(|share| *share = kept * *share + spread);
        }
    }
}

impl Default for LabelSmoothing {
    fn default() -> Self {
        Self::new(0.1)
    }
}
