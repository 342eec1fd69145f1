//! The negative of what is light.
//!
//! ```text
//! out = in ≥ threshold·white ? white - in : in
//! ```

use crate::error::AugmentError;
use crate::pixel::point::map;
use crate::pixel::ranged::ranged;
use crate::sample::Sample;
use crate::transform::Apply;
use crate::value::Value;
use crate::workspace::Workspace;

ranged! {
    /// Inverts all values from a threshold on.
    ///
    /// ```
    /// use firebrick_data_augment::pixel::SolarizeThreshold;
    /// use firebrick_data_augment::{Apply, Picture, Sample, Workspace};
    ///
    /// let mut sample = Sample::new(Picture::from_bytes(vec![100, 128, 200], [1, 3, 1])?);
    /// SolarizeThreshold { threshold: 128.0 / 255.0 }.apply(&mut sample, &mut Workspace::new())?;
    /// assert_eq!(sample.picture.bytes(), Some(&[100, 127, 55][..]));
    /// # Ok::<(), firebrick_data_augment::AugmentError>(())
    /// ```
    Solarize, "solarize";
    /// From which the threshold is drawn, a share of white: 0 inverts all, above 1 nothing. Default 0.5 to 0.5.
    threshold: [0.5, 0.5] in [0.0, 2.0];
    /// What [`Solarize`] draws.
    SolarizeThreshold
}

impl Apply for SolarizeThreshold {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        let threshold = self.threshold as f32;
        // The lowest byte that is inverted; products such as 128/255·255 may miss their whole number by a rounding.
        let from = (self.threshold * f64::from(u8::WHITE) - 1e-9).ceil().clamp(0.0, 256.0) as u16;
        map(
            &mut sample.picture,
            #[inline(always)]
            move |byte| if u16::from(byte) >= from { !byte } else { byte },
            #[inline(always)]
            move |value| if value >= threshold { 1.0 - value } else { value },
        );
        Ok(())
    }
}
