//! Lighter or darker in the middle, black and white stay.
//!
//! ```text
//! out = white·(in / white)^gamma
//! ```
//!
//! As `adjust_gamma` of torchvision with gain 1.

use crate::error::AugmentError;
use crate::picture::ValuesMut;
use crate::pixel::point::{look_up, map};
use crate::pixel::ranged::ranged;
use crate::sample::Sample;
use crate::transform::Apply;
use crate::value::Value;
use crate::workspace::Workspace;

ranged! {
    /// Raises all values, as shares of white, to a power.
    ///
    /// ```
    /// use firebrick_data_augment::pixel::GammaExponent;
    /// use firebrick_data_augment::{Apply, Picture, Sample, Workspace};
    ///
    /// let mut sample = Sample::new(Picture::from_bytes(vec![0, 51, 255], [1, 3, 1])?);
    /// GammaExponent { gamma: 2.0 }.apply(&mut sample, &mut Workspace::new())?;
    /// assert_eq!(sample.picture.bytes(), Some(&[0, 10, 255][..]));
    /// # Ok::<(), firebrick_data_augment::AugmentError>(())
    /// ```
    Gamma, "gamma";
    /// From which the exponent is drawn: above 1 is darker, 1 changes nothing. Default 0.8 to 1.2.
    gamma: [0.8, 1.2] in [0.0, 100.0];
    /// What [`Gamma`] draws.
    GammaExponent
}

impl Apply for GammaExponent {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        let gamma = self.gamma as f32;
        match sample.picture.values_mut() {
            ValuesMut::Bytes(_) => {
                let table = std::array::from_fn(|level| u8::of((level as f32 / 255.0).powf(gamma) * 255.0));
                look_up(&mut sample.picture, &table);
            }
            ValuesMut::Floats(_) => {
                map(
                    &mut sample.picture,
                    #[inline(always)]
                    |byte| byte,
                    |value| value.clamp(0.0, 1.0).powf(gamma),
                );
            }
        }
        Ok(())
    }
}
