//! What is done to a picture's values before the network sees them; stored with the classifier.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::ClassifierError;

/// Values of channel c become `(value - mean[c]) / deviation[c]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preprocessing {
    /// What is subtracted, per channel.
    pub mean: Vec<f32>,
    /// What is divided by, per channel; never 0.
    pub deviation: Vec<f32>,
}

impl Preprocessing {
    /// Leaves values as they are.
    pub fn identity(channels: usize) -> Self {
        Self { mean: vec![0.0; channels], deviation: vec![1.0; channels] }
    }

    /// Mean and deviation of each channel over `pictures`, each `[C, H, W]`; a channel that never
    /// changes is only shifted.
    pub fn fitted<'a>(channels: usize, pictures: impl Iterator<Item = &'a [f32]>) -> Self {
        let mut sums = vec![(0.0f64, 0.0f64, 0usize); channels];
        for picture in pictures {
            let plane = picture.len() / channels;
            for (sum, values) in sums.iter_mut().zip(picture.chunks(plane)) {
                for &value in values {
                    let value = f64::from(value);
                    sum.0 += value;
                    sum.1 += value * value;
                }
                sum.2 += plane;
            }
        }
        let (mean, deviation) = sums.into_iter().map(moments).unzip();
        Self { mean, deviation }
    }

    /// Appends the prepared values of one picture `[C, H, W]`.
    pub(crate) fn append(&self, picture: &[f32], values: &mut Vec<f32>) {
        let plane = picture.len() / self.mean.len();
        for (channel, source) in picture.chunks(plane).enumerate() {
            let (mean, deviation) = (self.mean[channel], self.deviation[channel]);
            values.extend(source.iter().map(|value| (value - mean) / deviation));
        }
    }

    /// Prepares pictures `[B, C, H, W]`.
    pub(crate) fn apply(&self, pictures: Tensor<4>) -> Tensor<4> {
        let device = pictures.device();
        let column = |values: &[f32]| Tensor::<1>::from_floats(values, &device).reshape([1, values.len(), 1, 1]);
        (pictures - column(&self.mean)) / column(&self.deviation)
    }

    /// Refuses what does not fit the channels or divides by zero.
    pub(crate) fn check(&self, channels: usize) -> Result<(), ClassifierError> {
        let usable = |value: &f32| value.is_finite() && *value != 0.0;
        let fits = self.mean.len() == channels && self.deviation.len() == channels;
        if fits && self.mean.iter().all(|mean| mean.is_finite()) && self.deviation.iter().all(usable) {
            return Ok(());
        }
        Err(ClassifierError::Preprocessing { channels, found: self.clone() })
    }
}

/// Mean and deviation from (sum, sum of squares, count).
fn moments((sum, squares, count): (f64, f64, usize)) -> (f32, f32) {
    let count = count.max(1) as f64;
    let mean = sum / count;
    let deviation = (squares / count - mean * mean).max(0.0).sqrt();
    (mean as f32, if deviation > 1e-6 { deviation as f32 } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fitted_values_have_mean_zero_and_deviation_one() {
        let pictures = [vec![0.0, 1.0, 5.0, 5.0], vec![2.0, 3.0, 5.0, 5.0]];
        let fitted = Preprocessing::fitted(2, pictures.iter().map(Vec::as_slice));
        assert_eq!(fitted.mean, [1.5, 5.0]);
        assert!((fitted.deviation[0] - 1.25f32.sqrt()).abs() < 1e-6);
        assert_eq!(fitted.deviation[1], 1.0, "a constant channel is only shifted");
    }

    #[test]
    fn a_zero_deviation_or_a_wrong_number_of_channels_is_refused() {
        let mut stored = Preprocessing::identity(1);
        assert!(stored.check(1).is_ok());
        assert!(stored.check(3).is_err());
        stored.deviation[0] = 0.0;
        assert!(stored.check(1).is_err());
    }
}
