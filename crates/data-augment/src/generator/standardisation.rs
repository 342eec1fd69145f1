//! What `ImageDataGenerator` does to every picture after the random transforms, in Keras's order.
//!
//! ```text
//! x · rescale;  x - mean(x);  x / (std(x) + 1e-6);  x - mean_c;  x / (std_c + 1e-6);  x·W
//! ```

use serde::{Deserialize, Serialize};

use super::statistics::Statistics;
use crate::error::AugmentError;
use crate::picture::{Picture, ValuesMut};
use crate::workspace::Workspace;

/// Added to deviations, as in Keras.
pub(super) const EPSILON: f32 = 1e-6;

/// Which of Keras's standardisations are done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Standardisation {
    /// What values are multiplied by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rescale: Option<f64>,
    /// Whether the picture's own mean is subtracted.
    pub samplewise_center: bool,
    /// Whether values are divided by the picture's own deviation.
    pub samplewise_std_normalization: bool,
    /// Whether the data set's mean of the channel is subtracted.
    pub featurewise_center: bool,
    /// Whether values are divided by the data set's deviation of the channel.
    pub featurewise_std_normalization: bool,
    /// Whether values of a picture are made independent of one another.
    pub zca_whitening: bool,
}

impl Standardisation {
    /// Keras's implications: a division by a deviation subtracts the mean first, and whitening takes the place of the division.
    pub(super) fn settled(mut self) -> Self {
        self.featurewise_center |= self.zca_whitening || self.featurewise_std_normalization;
        self.featurewise_std_normalization &= !self.zca_whitening;
        self.samplewise_center |= self.samplewise_std_normalization;
        self
    }

    /// Changes a picture of floats.
    pub(super) fn apply(
        &self,
        statistics: Option<&Statistics>,
        picture: &mut Picture,
        space: &mut Workspace,
    ) -> Result<(), AugmentError> {
        let shape = picture.shape();
        let ValuesMut::Floats(values) = picture.values_mut() else {
            let needs = "a picture of floats";
            return Err(AugmentError::Unsuited { transform: "standardize", needs, shape });
        };
        if let Some(factor) = self.rescale {
            let factor = factor as f32;
            values.iter_mut().for_each(|value| *value *= factor);
        }
        self.samplewise(values);
        if !self.featurewise_center && !self.featurewise_std_normalization && !self.zca_whitening {
            return Ok(());
        }
        let statistics = statistics.ok_or(AugmentError::NotFitted { needs: self.needs() })?;
        statistics.check(shape)?;
        if self.featurewise_center {
            each_channel(values, &statistics.mean, |value, mean| value - mean);
        }
        if self.featurewise_std_normalization {
            each_channel(values, &statistics.std, |value, std| value / (std + EPSILON));
        }
        if self.zca_whitening {
            let whitening = statistics.whitening.as_ref().ok_or(AugmentError::NotFitted { needs: self.needs() })?;
            whitening.apply(values, space);
        }
        Ok(())
    }

    fn samplewise(&self, values: &mut [f32]) {
        if self.samplewise_center {
            let mean = mean(values);
            values.iter_mut().for_each(|value| *value -= mean);
        }
        if self.samplewise_std_normalization {
            let mean = mean(values);
            let squares = values.iter().map(|&value| f64::from(value - mean).powi(2)).sum::<f64>();
            let scale = 1.0 / ((squares / values.len() as f64).sqrt() as f32 + EPSILON);
            values.iter_mut().for_each(|value| *value *= scale);
        }
    }

    fn needs(&self) -> &'static str {
        if self.zca_whitening { "zca_whitening" } else { "featurewise_center or featurewise_std_normalization" }
    }
}

fn mean(values: &[f32]) -> f32 {
    (values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len() as f64) as f32
}

pub(super) fn each_channel(values: &mut [f32], of_channels: &[f32], f: impl Fn(f32, f32) -> f32) {
    for pixel in values.chunks_exact_mut(of_channels.len()) {
        pixel.iter_mut().zip(of_channels).for_each(|(value, &of_channel)| *value = f(*value, of_channel));
    }
}
