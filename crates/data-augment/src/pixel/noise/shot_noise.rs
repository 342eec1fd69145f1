//! Light that arrives in photons.
//!
//! ```text
//! out = clamp(k·white / photons)        k Poisson with mean photons·in / white
//! ```
//!
//! From a mean of 16 on, k comes from a normal number by the first terms of Cornish & Fisher, mean + √mean·n + (n² - 1)/6,
//! rounded; below, from the distribution itself.

use super::field::{BLOCK, Field, in_blocks};
use crate::error::AugmentError;
use crate::picture::ValuesMut;
use crate::sample::Sample;
use crate::transform::Apply;
use crate::value::Value;
use crate::workspace::Workspace;

noise! {
    /// Replaces each value by a count of photons.
    ///
    /// ```
    /// use firebrick_data_augment::pixel::ShotNoise;
    /// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
    ///
    /// let pipeline = Pipeline::new([ShotNoise::new([5.0, 5.0]).into()])?;
    /// let mut sample = Sample::new(Picture::from_bytes(vec![51; 100], [10, 10, 1])?);
    /// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
    /// assert!(sample.picture.bytes().unwrap_or_default().iter().all(|byte| byte % 51 == 0));
    /// # Ok::<(), firebrick_data_augment::AugmentError>(())
    /// ```
    ShotNoise, "shot_noise";
    /// From which the photons of a white value are drawn: the fewer, the noisier. Default 25 to 100.
    photons: [25.0, 100.0], in [0.1, 1e6];
    /// What [`ShotNoise`] draws.
    ShotNoiseField {
        /// Photons of a white value.
        photons
    }
}

/// Below this mean, counts come from the distribution itself.
const FEW: f32 = 16.0;

impl Apply for ShotNoiseField {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        match sample.picture.values_mut() {
            ValuesMut::Bytes(bytes) => wide!(self.count(bytes)),
            ValuesMut::Floats(floats) => wide!(self.count(floats)),
        }
        Ok(())
    }
}

impl ShotNoiseField {
    #[inline(always)]
    fn count<T: Value>(&self, values: &mut [T]) {
        let field = Field::new(self.seed);
        let photons = (self.photons as f32).clamp(0.1, 1e6) / T::WHITE;
        in_blocks::<T, BLOCK>(
            values,
            #[inline(always)]
            |values, block| {
                let means = values.map(|value| value.float() * photons);
                let normals = field.normals(block);
                let normals = normals.as_flattened();
                for i in 0..BLOCK {
                    let n = normals[i];
                    let count = means[i] + means[i].max(0.0).sqrt() * n + (n * n - 1.0) / 6.0;
                    values[i] = T::of(((count + 0.5).floor() / photons).clamp(0.0, T::WHITE));
                }
                if means.iter().any(|&mean| mean < FEW) {
                    few(values, &means, photons, field.units(block + (1 << 24)).as_flattened());
                }
            },
        );
    }
}

/// Counts of small means: the first k whose cumulated probability passes a uniform number.
fn few<T: Value>(values: &mut [T; BLOCK], means: &[f32; BLOCK], photons: f32, units: &[f32]) {
    for i in (0..BLOCK).filter(|&i| means[i] < FEW) {
        let mean = means[i].max(0.0);
        let mut probability = (-mean).exp();
        let (mut left, mut count) = (units[i] - probability, 0.0);
        // No count is above 80 in 10^10 of them.
        while left > 0.0 && count < 80.0 {
            count += 1.0;
            probability *= mean / count;
            left -= probability;
        }
        values[i] = T::of((count / photons).clamp(0.0, T::WHITE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_variance_of_counts_are_the_mean() {
        for mean in [0.5f64, 5.0, 15.0, 17.0, 80.0] {
            let photons = 100.0;
            let mut values = vec![(mean / photons) as f32; 100_000];
            ShotNoiseField { photons, seed: 3 }.count(&mut values);
            let counts: Vec<f64> = values.iter().map(|&value| f64::from(value) * photons).collect();
            let average = counts.iter().sum::<f64>() / counts.len() as f64;
            let variance = counts.iter().map(|count| (count - average).powi(2)).sum::<f64>() / counts.len() as f64;
            assert!((average / mean - 1.0).abs() < 0.02, "{mean}: {average}");
            // White cuts off counts above 100, which takes a little of the variance of the last.
            assert!((variance / mean - 1.0).abs() < 0.06, "{mean}: {variance}");
        }
    }
}
