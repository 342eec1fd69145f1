//! What `fit` learns from the training pictures.

use super::standardisation::{EPSILON, Standardisation, each_channel};
use super::whitening::Whitening;
use crate::error::AugmentError;
use crate::picture::Shape;

/// Mean and deviation of each channel over all pictures and places, and the whitening if it is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// The shape of the pictures.
    pub shape: Shape,
    /// Per channel.
    pub mean: Vec<f32>,
    /// Per channel.
    pub std: Vec<f32>,
    /// Keras's `zca_whitening_matrix`.
    pub whitening: Option<Whitening>,
}

impl Statistics {
    /// From all pictures' values, one picture after the other, already rescaled.
    pub(super) fn of(
        mut values: Vec<f32>,
        shape: Shape,
        standardisation: &Standardisation,
        epsilon: f64,
    ) -> Result<Self, AugmentError> {
        if values.is_empty() {
            return Err(AugmentError::NothingToFit);
        }
        let mean = moments(&values, shape.channels, None);
        if standardisation.featurewise_center {
            each_channel(&mut values, &mean, |value, mean| value - mean);
        }
        let center = moments(&values, shape.channels, None);
        let std = moments(&values, shape.channels, Some(&center)).into_iter().map(f32::sqrt).collect::<Vec<_>>();
        if standardisation.featurewise_std_normalization {
            each_channel(&mut values, &std, |value, std| value / (std + EPSILON));
        }
        let whitening =
            standardisation.zca_whitening.then(|| Whitening::of(&values, shape.len(), epsilon)).transpose()?;
        Ok(Self { shape, mean, std, whitening })
    }

    /// Refuses pictures that the statistics do not speak of.
    pub(super) fn check(&self, shape: Shape) -> Result<(), AugmentError> {
        let fits = if self.whitening.is_some() { shape == self.shape } else { shape.channels == self.shape.channels };
        if fits { Ok(()) } else { Err(AugmentError::FittedToOthers { fitted: self.shape, shape }) }
    }
}

/// Per channel: the mean, or with a center the mean square distance from it.
fn moments(values: &[f32], channels: usize, center: Option<&[f32]>) -> Vec<f32> {
    let mut sums = vec![0.0f64; channels];
    for pixel in values.chunks_exact(channels) {
        for (c, (sum, &value)) in sums.iter_mut().zip(pixel).enumerate() {
            *sum += center.map_or(f64::from(value), |center| f64::from(value - center[c]).powi(2));
        }
    }
    let count = (values.len() / channels) as f64;
    sums.into_iter().map(|sum| (sum / count) as f32).collect()
}
