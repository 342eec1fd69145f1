//! Stronger or paler colours.
//!
//! ```text
//! out = clamp(factor·in + (1 - factor)·grey)        grey = 0.299·red + 0.587·green + 0.114·blue of the pixel
//! ```
//!
//! Of bytes, grey is a whole number, rounded down. As `adjust_saturation` of torchvision and `ImageEnhance.Color` of Pillow.

use super::rgb::map_colours;
use crate::error::AugmentError;
use crate::pixel::ranged::ranged;
use crate::pixel::statistics::LUMA;
use crate::sample::Sample;
use crate::transform::Apply;
use crate::workspace::Workspace;

ranged! {
    /// Moves colours away from their grey by a factor.
    ///
    /// ```
    /// use firebrick_data_augment::pixel::SaturationFactor;
    /// use firebrick_data_augment::{Apply, Picture, Sample, Workspace};
    ///
    /// let mut sample = Sample::new(Picture::from_bytes(vec![200, 100, 50], [1, 1, 3])?);
    /// SaturationFactor { factor: 0.0 }.apply(&mut sample, &mut Workspace::new())?;
    /// assert_eq!(sample.picture.bytes(), Some(&[124, 124, 124][..]));
    /// # Ok::<(), firebrick_data_augment::AugmentError>(())
    /// ```
    Saturation, "saturation";
    /// From which the factor is drawn: 0 is grey, 1 changes nothing. Default 0.8 to 1.2.
    factor: [0.8, 1.2] in [0.0, 1000.0];
    /// What [`Saturation`] draws.
    SaturationFactor
}

impl Apply for SaturationFactor {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        let factor = self.factor as f32;
        map_colours(
            &mut sample.picture,
            #[inline(always)]
            |colours, white| {
                let grey = colours[0] * LUMA[0] + colours[1] * LUMA[1] + colours[2] * LUMA[2];
                let grey = if white > 1.0 { grey.floor() } else { grey };
                let rest = (1.0 - factor) * grey;
                colours.map(|colour| factor * colour + rest)
            },
        );
        Ok(())
    }
}
