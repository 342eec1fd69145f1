//! Lighter or darker.
//!
//! ```text
//! out = clamp(factor·in)
//! ```
//!
//! As `adjust_brightness` of torchvision and `ImageEnhance.Brightness` of Pillow.

use crate::error::AugmentError;
use crate::pixel::point::linear;
use crate::pixel::ranged::ranged;
use crate::sample::Sample;
use crate::transform::Apply;
use crate::workspace::Workspace;

ranged! {
    /// Multiplies all values by a factor.
    ///
    /// ```
    /// use firebrick_data_augment::pixel::BrightnessFactor;
    /// use firebrick_data_augment::{Apply, Picture, Sample, Workspace};
    ///
    /// let mut sample = Sample::new(Picture::from_bytes(vec![10, 100, 200], [1, 3, 1])?);
    /// BrightnessFactor { factor: 1.5 }.apply(&mut sample, &mut Workspace::new())?;
    /// assert_eq!(sample.picture.bytes(), Some(&[15, 150, 255][..]));
    /// # Ok::<(), firebrick_data_augment::AugmentError>(())
    /// ```
    Brightness, "brightness";
    /// From which the factor is drawn: 0 is black, 1 changes nothing. Default 0.8 to 1.2.
    factor: [0.8, 1.2] in [0.0, 1000.0];
    /// What [`Brightness`] draws.
    BrightnessFactor
}

impl Apply for BrightnessFactor {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        linear(&mut sample.picture, self.factor, 0.0);
        Ok(())
    }
}
