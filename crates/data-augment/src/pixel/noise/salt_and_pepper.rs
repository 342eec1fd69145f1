//! Pixels that are stuck at white or black.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::field::{BLOCK, Field, in_blocks, seed};
use crate::check;
use crate::error::AugmentError;
use crate::picture::{Shape, ValuesMut};
use crate::sample::Sample;
use crate::transform::{Apply, Transform, uniform};
use crate::value::Value;
use crate::workspace::Workspace;

/// Makes some pixels white and some black.
///
/// ```
/// use firebrick_data_augment::pixel::SaltAndPepper;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let pipeline = Pipeline::new([SaltAndPepper::new([0.5, 0.5]).into()])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![128; 10_000], [100, 100, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// let left = sample.picture.bytes().unwrap_or_default().iter().filter(|byte| **byte == 128).count();
/// assert!((4_700..5_300).contains(&left));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SaltAndPepper {
    /// From which the share of changed pixels is drawn. Default 0.01 to 0.06.
    pub amount: [f64; 2],
    /// From which the share of white ones among them is drawn. Default 0.4 to 0.6.
    pub salt: [f64; 2],
}

impl SaltAndPepper {
    /// From the range of the share, about half of them white.
    pub fn new(amount: [f64; 2]) -> Self {
        Self { amount, ..Self::default() }
    }
}

impl Default for SaltAndPepper {
    fn default() -> Self {
        Self { amount: [0.01, 0.06], salt: [0.4, 0.6] }
    }
}

impl Transform for SaltAndPepper {
    type Drawn = SaltAndPepperField;
    const NAME: &'static str = "salt_and_pepper";

    fn check(&self) -> Result<(), AugmentError> {
        check::range(Self::NAME, "amount", self.amount, [0.0, 1.0])?;
        check::range(Self::NAME, "salt", self.salt, [0.0, 1.0])
    }

    fn draw(&self, _shape: Shape, draws: &mut Draws) -> Result<SaltAndPepperField, AugmentError> {
        let amount = uniform(draws, self.amount);
        let salt = amount * uniform(draws, self.salt);
        Ok(SaltAndPepperField { salt, pepper: amount - salt, seed: seed(draws) })
    }
}

/// What [`SaltAndPepper`] draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaltAndPepperField {
    /// Share of pixels that become white.
    pub salt: f64,
    /// Share of pixels that become black.
    pub pepper: f64,
    /// Of the noise.
    pub seed: u64,
}

impl Apply for SaltAndPepperField {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        let channels = sample.shape().channels;
        match sample.picture.values_mut() {
            ValuesMut::Bytes(bytes) => self.strew(bytes, channels),
            ValuesMut::Floats(floats) => self.strew(floats, channels),
        }
        Ok(())
    }
}

impl SaltAndPepperField {
    fn strew<T: Value>(&self, values: &mut [T], channels: usize) {
        match channels {
            1 => wide!(self.pixels::<T, 1>(values)),
            2 => wide!(self.pixels::<T, 2>(values)),
            3 => wide!(self.pixels::<T, 3>(values)),
            _ => wide!(self.pixels::<T, 4>(values)),
        }
    }

    #[inline(always)]
    fn pixels<T: Value, const C: usize>(&self, values: &mut [T]) {
        let field = Field::new(self.seed);
        let salted = (self.salt * 4_294_967_296.0) as u32;
        let changed = ((self.salt + self.pepper) * 4_294_967_296.0) as u32;
        let (white, black) = (T::of(T::WHITE), T::of(0.0));
        in_blocks::<[T; C], BLOCK>(
            values.as_chunks_mut::<C>().0,
            #[inline(always)]
            |pixels, block| {
                let bits = field.bits(block);
                for (pixel, &bits) in pixels.iter_mut().zip(bits.as_flattened()) {
                    let stuck = if bits < salted { white } else { black };
                    *pixel = if bits < changed { [stuck; C] } else { *pixel };
                }
            },
        );
    }
}
