//! One number added to all channels.
//!
//! ```text
//! out = clamp(in + intensity·white, min, max)        min and max of the picture
//! ```
//!
//! As `channel_shift_range` of Keras's `ImageDataGenerator`, which draws from -range to range.

use crate::error::AugmentError;
use crate::picture::Values;
use crate::pixel::point::map;
use crate::pixel::ranged::ranged;
use crate::pixel::statistics::extremes;
use crate::sample::Sample;
use crate::transform::Apply;
use crate::value::Value;
use crate::workspace::Workspace;

ranged! {
    /// Adds one number to all values and cuts off at the picture's own darkest and lightest.
    ///
    /// ```
    /// use firebrick_data_augment::pixel::ChannelShiftIntensity;
    /// use firebrick_data_augment::{Apply, Picture, Sample, Workspace};
    ///
    /// let mut sample = Sample::new(Picture::from_bytes(vec![10, 100, 120], [1, 3, 1])?);
    /// ChannelShiftIntensity { intensity: 30.0 / 255.0 }.apply(&mut sample, &mut Workspace::new())?;
    /// assert_eq!(sample.picture.bytes(), Some(&[40, 120, 120][..]));
    /// # Ok::<(), firebrick_data_augment::AugmentError>(())
    /// ```
    ChannelShift, "channel_shift";
    /// From which the number is drawn, a share of white. Default -0.1 to 0.1.
    intensity: [-0.1, 0.1] in [-1.0, 1.0];
    /// What [`ChannelShift`] draws.
    ChannelShiftIntensity
}

impl Apply for ChannelShiftIntensity {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        let intensity = self.intensity as f32;
        let [low, high] = extremes(&sample.picture);
        match sample.picture.values() {
            Values::Bytes(_) => {
                let by = intensity * u8::WHITE;
                map(
                    &mut sample.picture,
                    #[inline(always)]
                    move |value| u8::of((value.float() + by).max(low).min(high)),
                    |value| value,
                );
            }
            Values::Floats(_) => {
                map(
                    &mut sample.picture,
                    #[inline(always)]
                    |byte| byte,
                    move |value| (value + intensity).max(low).min(high),
                );
            }
        }
        Ok(())
    }
}
