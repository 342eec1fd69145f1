//! Each picture with mean 0 and deviation 1.
//!
//! ```text
//! out = (in - mean) / (deviation + 1e-6)        over all values of the picture, all channels; bytes count 0 to 255
//! ```
//!
//! As `samplewise_center` and `samplewise_std_normalization` of Keras's `ImageDataGenerator`.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::floats::rescale;
use crate::error::AugmentError;
use crate::picture::{Picture, Shape, Values};
use crate::pixel::statistics::sums;
use crate::sample::Sample;
use crate::transform::{Apply, Transform};
use crate::workspace::Workspace;

/// Takes the picture's own mean off and divides by its own deviation.
///
/// ```
/// use firebrick_data_augment::pixel::Standardize;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let pipeline = Pipeline::new([Standardize::new().into()])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![10, 30, 10, 30], [2, 2, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// let floats = sample.picture.floats().unwrap_or_default();
/// assert!(floats.iter().all(|value| (value.abs() - 1.0).abs() < 1e-5));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Standardize {
    /// Takes the mean off. Default true.
    pub center: bool,
    /// Divides by the deviation. Default true.
    pub scale: bool,
}

impl Standardize {
    /// Both.
    pub fn new() -> Self {
        Self { center: true, scale: true }
    }
}

impl Default for Standardize {
    fn default() -> Self {
        Self::new()
    }
}

/// What a deviation of 0 is divided by.
const EPSILON: f64 = 1e-6;

impl Transform for Standardize {
    type Drawn = Self;
    const NAME: &'static str = "standardize";

    fn check(&self) -> Result<(), AugmentError> {
        Ok(())
    }

    fn draw(&self, _shape: Shape, _draws: &mut Draws) -> Result<Self, AugmentError> {
        Ok(*self)
    }
}

impl Apply for Standardize {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        let mean = mean_of(&sample.picture, |value| value);
        let centre = if self.center { mean } else { 0.0 };
        let mut slope = 1.0;
        if self.scale {
            let mean = mean as f32;
            let deviation = mean_of(&sample.picture, |value| (value - mean) * (value - mean)).sqrt();
            slope = 1.0 / (deviation + EPSILON);
        }
        rescale(&mut sample.picture, [slope as f32; 4], [(-centre * slope) as f32; 4], space);
        Ok(())
    }
}

/// The mean of a function of all values.
fn mean_of(picture: &Picture, function: impl Fn(f32) -> f32) -> f64 {
    let channels = picture.shape().channels;
    let sums = match picture.values() {
        Values::Bytes(bytes) => wide!(sums(bytes, channels, function)),
        Values::Floats(floats) => wide!(sums(floats, channels, function)),
    };
    sums.iter().sum::<f64>() / picture.shape().len() as f64
}
