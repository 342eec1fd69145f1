//! Brightness, contrast, saturation and hue, in random order.
//!
//! As `ColorJitter` of torchvision.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::{HueShift, SaturationFactor};
use crate::check;
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::pixel::tone::{BrightnessFactor, ContrastFactor};
use crate::sample::Sample;
use crate::transform::{Apply, Transform, uniform};
use crate::workspace::Workspace;

/// Changes brightness, contrast, saturation and hue, each by a factor of its own, in random order.
///
/// ```
/// use firebrick_data_augment::pixel::ColorJitter;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let jitter = ColorJitter { hue: [-0.05, 0.05], ..ColorJitter::default() };
/// let pipeline = Pipeline::new([jitter.into()])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![200, 100, 50], [1, 1, 3])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// assert_ne!(sample.picture.bytes(), Some(&[200, 100, 50][..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ColorJitter {
    /// As of [`Brightness`](crate::pixel::Brightness). Default 0.8 to 1.2.
    pub brightness: [f64; 2],
    /// As of [`Contrast`](crate::pixel::Contrast). Default 0.8 to 1.2.
    pub contrast: [f64; 2],
    /// As of [`Saturation`](super::Saturation). Default 0.8 to 1.2.
    pub saturation: [f64; 2],
    /// As of [`Hue`](super::Hue), in turns. Default -0.1 to 0.1.
    pub hue: [f64; 2],
}

impl Default for ColorJitter {
    fn default() -> Self {
        let factor = [0.8, 1.2];
        Self { brightness: factor, contrast: factor, saturation: factor, hue: [-0.1, 0.1] }
    }
}

impl Transform for ColorJitter {
    type Drawn = ColorJitterFactors;
    const NAME: &'static str = "color_jitter";

    fn check(&self) -> Result<(), AugmentError> {
        for (setting, range) in
            [("brightness", self.brightness), ("contrast", self.contrast), ("saturation", self.saturation)]
        {
            check::range(Self::NAME, setting, range, [0.0, 1000.0])?;
        }
        check::range(Self::NAME, "hue", self.hue, [-0.5, 0.5])
    }

    fn draw(&self, _shape: Shape, draws: &mut Draws) -> Result<ColorJitterFactors, AugmentError> {
        let mut order = [Jitter::Brightness, Jitter::Contrast, Jitter::Saturation, Jitter::Hue];
        draws.shuffle(&mut order);
        Ok(ColorJitterFactors {
            order,
            brightness: uniform(draws, self.brightness),
            contrast: uniform(draws, self.contrast),
            saturation: uniform(draws, self.saturation),
            hue: uniform(draws, self.hue),
        })
    }
}

/// What [`ColorJitter`] draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColorJitterFactors {
    /// What comes first.
    pub order: [Jitter; 4],
    /// Factor of brightness.
    pub brightness: f64,
    /// Factor of contrast.
    pub contrast: f64,
    /// Factor of saturation.
    pub saturation: f64,
    /// Turn of the hue.
    pub hue: f64,
}

/// A part of [`ColorJitter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Jitter {
    /// Lighter or darker.
    Brightness,
    /// Further from the mean grey or nearer to it.
    Contrast,
    /// Stronger or paler.
    Saturation,
    /// Turned around the colour wheel.
    Hue,
}

impl Apply for ColorJitterFactors {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        self.order.iter().try_for_each(|part| match part {
            Jitter::Brightness => BrightnessFactor { factor: self.brightness }.apply(sample, space),
            Jitter::Contrast => ContrastFactor { factor: self.contrast }.apply(sample, space),
            Jitter::Saturation => SaturationFactor { factor: self.saturation }.apply(sample, space),
            Jitter::Hue => HueShift { shift: self.hue }.apply(sample, space),
        })
    }
}
