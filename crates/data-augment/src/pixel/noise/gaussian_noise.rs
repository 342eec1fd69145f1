//! Noise of a sensor: the same everywhere.
//!
//! ```text
//! out = clamp(in + sigma·white·n)        n normal with mean 0 and deviation 1, for each value its own
//! ```

use super::field::Field;
use crate::error::AugmentError;
use crate::picture::ValuesMut;
use crate::sample::Sample;
use crate::transform::Apply;
use crate::value::Value;
use crate::workspace::Workspace;

noise! {
    /// Adds normal noise.
    ///
    /// ```
    /// use firebrick_data_augment::pixel::GaussianNoise;
    /// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
    ///
    /// let pipeline = Pipeline::new([GaussianNoise::new([0.1, 0.1]).into()])?;
    /// let mut sample = Sample::new(Picture::from_bytes(vec![128; 300], [10, 10, 3])?);
    /// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
    /// let far = sample.picture.bytes().unwrap_or_default().iter().filter(|byte| byte.abs_diff(128) > 80).count();
    /// assert!(far < 10);
    /// # Ok::<(), firebrick_data_augment::AugmentError>(())
    /// ```
    GaussianNoise, "gaussian_noise";
    /// From which the deviation is drawn, a share of white. Default 0.02 to 0.1.
    sigma: [0.02, 0.1], in [0.0, 10.0];
    /// What [`GaussianNoise`] draws.
    GaussianNoiseField {
        /// Deviation, a share of white.
        sigma
    }
}

impl Apply for GaussianNoiseField {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        match sample.picture.values_mut() {
            ValuesMut::Bytes(bytes) => wide!(self.add(bytes)),
            ValuesMut::Floats(floats) => wide!(self.add(floats)),
        }
        Ok(())
    }
}

impl GaussianNoiseField {
    #[inline(always)]
    fn add<T: Value>(&self, values: &mut [T]) {
        let sigma = self.sigma as f32 * T::WHITE;
        Field::new(self.seed).with_normals(
            values,
            #[inline(always)]
            |value, normal| (value + sigma * normal).clamp(0.0, T::WHITE),
        );
    }
}
