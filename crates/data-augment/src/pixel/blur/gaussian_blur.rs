//! Each pixel a mean of those around it, weighed by a bell.
//!
//! ```text
//! weight of a pixel d away ∝ exp(-d² / (2·sigma²))        down and across
//! ```
//!
//! As `GaussianBlur` of OpenCV and `gaussian_blur` of torchvision.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::rows::{MOST, filtered};
use super::smooth::Smooth;
use crate::check;
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::sample::Sample;
use crate::transform::{Apply, Transform, uniform};
use crate::workspace::Workspace;

/// Blurs with a bell.
///
/// ```
/// use firebrick_data_augment::pixel::GaussianBlurSigma;
/// use firebrick_data_augment::{Apply, Picture, Sample, Workspace};
///
/// let mut sample = Sample::new(Picture::from_bytes(vec![0, 0, 200, 0, 0], [1, 5, 1])?);
/// GaussianBlurSigma { sigma: 1.0, size: 3 }.apply(&mut sample, &mut Workspace::new())?;
/// assert_eq!(sample.picture.bytes(), Some(&[0, 55, 90, 55, 0][..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GaussianBlur {
    /// From which the deviation of the bell is drawn, in pixels. Default 0.5 to 2.
    pub sigma: [f64; 2],
    /// Pixels across the bell, odd, up to 255; 0: 6·sigma + 1, beyond which nothing is left of it. Default 0.
    pub size: usize,
}

impl GaussianBlur {
    /// From the range of the deviation, in pixels.
    pub fn new(sigma: [f64; 2]) -> Self {
        Self { sigma, size: 0 }
    }

    /// With so many pixels across, odd.
    #[must_use]
    pub fn with_size(mut self, size: usize) -> Self {
        self.size = size;
        self
    }
}

impl Default for GaussianBlur {
    fn default() -> Self {
        Self::new([0.5, 2.0])
    }
}

impl Transform for GaussianBlur {
    type Drawn = GaussianBlurSigma;
    const NAME: &'static str = "gaussian_blur";

    fn check(&self) -> Result<(), AugmentError> {
        check::range(Self::NAME, "sigma", self.sigma, [0.01, 40.0])?;
        if self.size == 0 { Ok(()) } else { super::odd::check(Self::NAME, [self.size; 2], MOST) }
    }

    fn draw(&self, _shape: Shape, draws: &mut Draws) -> Result<GaussianBlurSigma, AugmentError> {
        let sigma = uniform(draws, self.sigma);
        let size = if self.size == 0 { (6.0 * sigma + 1.0).round() as usize | 1 } else { self.size };
        Ok(GaussianBlurSigma { sigma, size })
    }
}

/// What [`GaussianBlur`] draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GaussianBlurSigma {
    /// Deviation of the bell in pixels.
    pub sigma: f64,
    /// Pixels across, odd; an even number counts as the next.
    pub size: usize,
}

impl Apply for GaussianBlurSigma {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        filtered(sample, &Smooth::bell(self.sigma, self.size / 2), space)
    }
}
