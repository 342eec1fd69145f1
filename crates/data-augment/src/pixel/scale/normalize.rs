//! Values less a mean, divided by a deviation, channel by channel.
//!
//! ```text
//! out = (in / white - mean) / deviation
//! ```
//!
//! As `Normalize` of torchvision after `ToTensor`.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::floats::rescale;
use crate::check;
use crate::error::AugmentError;
use crate::picture::{Shape, Values};
use crate::sample::Sample;
use crate::transform::{Apply, Transform};
use crate::value::Value;
use crate::workspace::Workspace;

/// Takes a mean off and divides by a deviation, given for each channel.
///
/// ```
/// use firebrick_data_augment::pixel::Normalize;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let pipeline = Pipeline::new([Normalize::new([0.5], [0.25]).into()])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![0, 255], [1, 2, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// assert_eq!(sample.picture.floats(), Some(&[-2.0, 2.0][..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Normalize {
    /// For each channel, or one for all, as a share of white. Default: of ImageNet's red, green and blue.
    pub mean: Vec<f64>,
    /// For each channel, or one for all, as a share of white, above 0. Default: of ImageNet's red, green and blue.
    pub deviation: Vec<f64>,
}

impl Normalize {
    /// From mean and deviation of each channel, or of all.
    pub fn new(mean: impl Into<Vec<f64>>, deviation: impl Into<Vec<f64>>) -> Self {
        Self { mean: mean.into(), deviation: deviation.into() }
    }
}

impl Default for Normalize {
    fn default() -> Self {
        Self::new([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    }
}

impl Transform for Normalize {
    type Drawn = NormalizeBy;
    const NAME: &'static str = "normalize";

    fn check(&self) -> Result<(), AugmentError> {
        for (setting, values, least) in [("mean", &self.mean, -1e6), ("deviation", &self.deviation, 1e-6)] {
            if !(1..=4).contains(&values.len()) {
                let rule = "give one number for each channel, or one for all";
                return Err(AugmentError::Setting {
                    transform: Self::NAME,
                    setting,
                    value: format!("{values:?}"),
                    rule,
                });
            }
            values.iter().try_for_each(|&value| check::number(Self::NAME, setting, value, [least, 1e6]))?;
        }
        Ok(())
    }

    fn draw(&self, shape: Shape, _draws: &mut Draws) -> Result<NormalizeBy, AugmentError> {
        let fits = |values: &[f64]| values.len() == 1 || values.len() == shape.channels;
        if !fits(&self.mean) || !fits(&self.deviation) {
            let needs = "one mean and one deviation for each channel, or one for all";
            return Err(AugmentError::Unsuited { transform: Self::NAME, needs, shape });
        }
        let spread = |values: &[f64]| std::array::from_fn(|channel| values[channel.min(values.len() - 1)]);
        Ok(NormalizeBy { mean: spread(&self.mean), deviation: spread(&self.deviation) })
    }
}

/// What [`Normalize`] draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NormalizeBy {
    /// Of each channel, a share of white; those that a picture does not have count for nothing.
    pub mean: [f64; 4],
    /// Of each channel, a share of white.
    pub deviation: [f64; 4],
}

impl Apply for NormalizeBy {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        let white = if matches!(sample.picture.values(), Values::Bytes(_)) { u8::WHITE } else { f32::WHITE };
        let slopes = self.deviation.map(|deviation| (1.0 / (f64::from(white) * deviation)) as f32);
        let offsets = std::array::from_fn(|channel| (-self.mean[channel] / self.deviation[channel]) as f32);
        rescale(&mut sample.picture, slopes, offsets, space);
        Ok(())
    }
}
