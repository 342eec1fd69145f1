//! Fewer levels.
//!
//! ```text
//! bytes     out = in with all but its highest bits 0
//! floats    out = clamp(floor(in·2^bits), 0, 2^bits - 1) / 2^bits
//! ```
//!
//! As `posterize` of torchvision.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::pixel::point::map;
use crate::sample::Sample;
use crate::transform::{Apply, Transform};
use crate::workspace::Workspace;

/// Leaves 2^bits levels.
///
/// ```
/// use firebrick_data_augment::pixel::PosterizeBits;
/// use firebrick_data_augment::{Apply, Picture, Sample, Workspace};
///
/// let mut sample = Sample::new(Picture::from_bytes(vec![3, 130, 255], [1, 3, 1])?);
/// PosterizeBits { bits: 1 }.apply(&mut sample, &mut Workspace::new())?;
/// assert_eq!(sample.picture.bytes(), Some(&[0, 128, 128][..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Posterize {
    /// Fewest and most bits that are kept, 0 to 8; 8 changes no byte. Default 4 to 6.
    pub bits: [u8; 2],
}

impl Posterize {
    /// From the fewest and most bits.
    pub fn new(bits: [u8; 2]) -> Self {
        Self { bits }
    }
}

impl Default for Posterize {
    fn default() -> Self {
        Self { bits: [4, 6] }
    }
}

impl Transform for Posterize {
    type Drawn = PosterizeBits;
    const NAME: &'static str = "posterize";

    fn check(&self) -> Result<(), AugmentError> {
        check::range(Self::NAME, "bits", self.bits.map(f64::from), [0.0, 8.0])
    }

    fn draw(&self, _shape: Shape, draws: &mut Draws) -> Result<PosterizeBits, AugmentError> {
        let [low, high] = self.bits;
        Ok(PosterizeBits { bits: low + draws.below(u64::from(high - low) + 1) as u8 })
    }
}

/// What [`Posterize`] draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PosterizeBits {
    /// Bits that are kept; more than 8 are 8.
    pub bits: u8,
}

impl Apply for PosterizeBits {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        let bits = u32::from(self.bits.min(8));
        let kept = !(255u16 >> bits) as u8;
        let levels = f32::from(1u16 << bits);
        map(
            &mut sample.picture,
            #[inline(always)]
            move |byte| byte & kept,
            #[inline(always)]
            move |value| (value * levels).floor().clamp(0.0, levels - 1.0) / levels,
        );
        Ok(())
    }
}
