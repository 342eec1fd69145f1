//! What storing as a JPEG file does to a picture: blocks, ringing, colours at half the resolution.
//!
//! ```text
//! RGB → Y Cb Cr → Cb, Cr halved → blocks of 8 x 8, cosine transform → rounded to multiples of the quality's table → back
//! ```
//!
//! Everything that loses something is done as libjpeg does it, in the same whole numbers; the coding between, which loses
//! nothing, is left out. Quality is libjpeg's, chroma is 4:2:0, upsampling is its "fancy" one. Floats are taken at 256 levels.

mod chroma;
mod dct;
mod planes;
mod quantization;

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::AugmentError;
use crate::picture::{Shape, ValuesMut};
use crate::pixel::point::level;
use crate::sample::Sample;
use crate::transform::{Apply, Transform};
use crate::workspace::Workspace;

/// Stores a picture as JPEG and reads it again.
///
/// ```
/// use firebrick_data_augment::pixel::Jpeg;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let pipeline = Pipeline::new([Jpeg::new([10, 10]).into()])?;
/// let steep: Vec<u8> = (0..256u32).map(|i| (i * 7919 % 251) as u8).collect();
/// let mut sample = Sample::new(Picture::from_bytes(steep.clone(), [16, 16, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// assert_ne!(sample.picture.bytes(), Some(&steep[..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Jpeg {
    /// Lowest and highest quality, 1 to 100. Default 50 to 95.
    pub quality: [u8; 2],
}

impl Jpeg {
    /// From the lowest and the highest quality.
    pub fn new(quality: [u8; 2]) -> Self {
        Self { quality }
    }
}

impl Default for Jpeg {
    fn default() -> Self {
        Self { quality: [50, 95] }
    }
}

impl Transform for Jpeg {
    type Drawn = JpegQuality;
    const NAME: &'static str = "jpeg";

    fn check(&self) -> Result<(), AugmentError> {
        check::range(Self::NAME, "quality", self.quality.map(f64::from), [1.0, 100.0])
    }

    fn draw(&self, _shape: Shape, draws: &mut Draws) -> Result<JpegQuality, AugmentError> {
        let [low, high] = self.quality;
        Ok(JpegQuality { quality: low + draws.below(u64::from(high - low) + 1) as u8 })
    }
}

/// What [`Jpeg`] draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JpegQuality {
    /// 1 to 100.
    pub quality: u8,
}

impl Apply for JpegQuality {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        let shape = sample.shape();
        match sample.picture.values_mut() {
            ValuesMut::Bytes(bytes) => planes::stored(bytes, shape, self.quality, space),
            ValuesMut::Floats(floats) => {
                let mut bytes = space.take_bytes(shape.len());
                bytes.iter_mut().zip(&*floats).for_each(|(byte, &float)| *byte = level(float));
                planes::stored(&mut bytes, shape, self.quality, space);
                floats.iter_mut().zip(&bytes).for_each(|(float, &byte)| *float = f32::from(byte) / 255.0);
                space.give_bytes(bytes);
            }
        }
        Ok(())
    }
}
