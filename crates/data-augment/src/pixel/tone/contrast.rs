//! Further from the picture's mean grey or nearer to it.
//!
//! ```text
//! out = clamp(factor·in + (1 - factor)·mean)        mean of 0.299·red + 0.587·green + 0.114·blue over the picture
//! ```
//!
//! As `adjust_contrast` of torchvision and `ImageEnhance.Contrast` of Pillow.

use crate::error::AugmentError;
use crate::picture::Values;
use crate::pixel::point::linear;
use crate::pixel::ranged::ranged;
use crate::pixel::statistics::mean_grey;
use crate::sample::Sample;
use crate::transform::Apply;
use crate::workspace::Workspace;

ranged! {
    /// Stretches the values away from the mean grey by a factor.
    ///
    /// ```
    /// use firebrick_data_augment::pixel::ContrastFactor;
    /// use firebrick_data_augment::{Apply, Picture, Sample, Workspace};
    ///
    /// let mut sample = Sample::new(Picture::from_bytes(vec![90, 100, 110], [1, 3, 1])?);
    /// ContrastFactor { factor: 2.0 }.apply(&mut sample, &mut Workspace::new())?;
    /// assert_eq!(sample.picture.bytes(), Some(&[80, 100, 120][..]));
    /// # Ok::<(), firebrick_data_augment::AugmentError>(())
    /// ```
    Contrast, "contrast";
    /// From which the factor is drawn: 0 is the mean grey, 1 changes nothing. Default 0.8 to 1.2.
    factor: [0.8, 1.2] in [0.0, 1000.0];
    /// What [`Contrast`] draws.
    ContrastFactor
}

impl Apply for ContrastFactor {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        let white = if matches!(sample.picture.values(), Values::Bytes(_)) { 255.0 } else { 1.0 };
        let mean = mean_grey(&sample.picture) / white;
        linear(&mut sample.picture, self.factor, (1.0 - self.factor) * mean);
        Ok(())
    }
}
