//! Noise that grows with the light.
//!
//! ```text
//! out = clamp(in·(1 + sigma·n))        n normal with mean 0 and deviation 1, for each value its own
//! ```

use super::field::Field;
use crate::error::AugmentError;
use crate::picture::ValuesMut;
use crate::sample::Sample;
use crate::transform::Apply;
use crate::value::Value;
use crate::workspace::Workspace;

noise! {
    /// Multiplies each value by 1 plus normal noise.
    ///
    /// ```
    /// use firebrick_data_augment::pixel::SpeckleNoise;
    /// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
    ///
    /// let pipeline = Pipeline::new([SpeckleNoise::new([0.1, 0.1]).into()])?;
    /// let mut sample = Sample::new(Picture::from_bytes(vec![128; 300], [10, 10, 3])?);
    /// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
    /// let far = sample.picture.bytes().unwrap_or_default().iter().filter(|byte| byte.abs_diff(128) > 80).count();
    /// assert!(far < 10);
    /// # Ok::<(), firebrick_data_augment::AugmentError>(())
    /// ```
    SpeckleNoise, "speckle_noise";
    /// From which the deviation is drawn, a share of the value. Default 0.05 to 0.2.
    sigma: [0.05, 0.2], in [0.0, 10.0];
    /// What [`SpeckleNoise`] draws.
    SpeckleNoiseField {
        /// Deviation, a share of the value.
        sigma
    }
}

impl Apply for SpeckleNoiseField {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        match sample.picture.values_mut() {
            ValuesMut::Bytes(bytes) => wide!(self.add(bytes)),
            ValuesMut::Floats(floats) => wide!(self.add(floats)),
        }
        Ok(())
    }
}

impl SpeckleNoiseField {
    #[inline(always)]
    fn add<T: Value>(&self, values: &mut [T]) {
        let sigma = self.sigma as f32;
        Field::new(self.seed).with_normals(
            values,
            #[inline(always)]
            |value, normal| (value + value * sigma * normal).clamp(0.0, T::WHITE),
        );
    }
}
