//! The darkest value becomes black, the lightest white.
//!
//! ```text
//! out = white·(in - min) / (max - min)        min and max of each channel; a channel of one value stays
//! ```
//!
//! As `autocontrast` of torchvision.

use crate::error::AugmentError;
use crate::pixel::point::linear_channels;
use crate::pixel::ranged::settled;
use crate::pixel::statistics::channel_extremes;
use crate::sample::Sample;
use crate::transform::Apply;
use crate::value::Value;
use crate::workspace::Workspace;

settled! {
    /// Stretches each channel to the whole range.
    ///
    /// ```
    /// use firebrick_data_augment::pixel::AutoContrast;
    /// use firebrick_data_augment::{Apply, Picture, Sample, Workspace};
    ///
    /// let mut sample = Sample::new(Picture::from_bytes(vec![100, 110, 120], [1, 3, 1])?);
    /// AutoContrast::new().apply(&mut sample, &mut Workspace::new())?;
    /// assert_eq!(sample.picture.bytes(), Some(&[0, 128, 255][..]));
    /// # Ok::<(), firebrick_data_augment::AugmentError>(())
    /// ```
    AutoContrast, "auto_contrast"
}

impl Apply for AutoContrast {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        let extremes = channel_extremes(&sample.picture);
        let white = if sample.picture.bytes().is_some() { u8::WHITE } else { f32::WHITE };
        let slopes = extremes.map(|[low, high]| if high > low { white / (high - low) } else { 1.0 });
        let offset = |[low, high]: [f32; 2]| if high > low { -low / (high - low) } else { 0.0 };
        linear_channels(&mut sample.picture, slopes, extremes.map(offset));
        Ok(())
    }
}
