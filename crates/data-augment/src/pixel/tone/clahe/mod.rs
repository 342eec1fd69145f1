//! Contrast limited adaptive histogram equalisation, CLAHE (Zuiderveld, 1994).
//!
//! ```text
//! tables    of each tile: the cumulated histogram, no level of which counts more than limit·(pixels of the tile)/256;
//!           what was cut off is spread over all levels
//! out       between the tables of the four nearest tiles, bilinear
//! ```
//!
//! As `createCLAHE` of OpenCV. In colour pictures lightness is equalised, in CIE L*a*b* of 8 bits, as Albumentations does.
//! Floats are taken at 256 levels.

mod lab;
mod tiles;

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::AugmentError;
use crate::picture::{Shape, ValuesMut};
use crate::pixel::point::level;
use crate::sample::Sample;
use crate::transform::{Apply, Transform, uniform};
use crate::workspace::Workspace;

/// Flattens the histogram of each part of a picture, within limits.
///
/// ```
/// use firebrick_data_augment::pixel::Clahe;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Transform, Workspace};
///
/// let pipeline = Pipeline::new([Clahe::new([2.0, 2.0]).with_p(1.0)])?;
/// let dim: Vec<u8> = (0..4096u32).map(|i| 100 + (i % 20) as u8).collect();
/// let mut sample = Sample::new(Picture::from_bytes(dim, [64, 64, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// let bytes = sample.picture.bytes().unwrap_or_default();
/// assert!(bytes.iter().max() > Some(&119) && bytes.iter().min() < Some(&100));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Clahe {
    /// From which the limit is drawn: how much more often than in a flat histogram a level may count. Default 1 to 4.
    pub clip_limit: [f64; 2],
    /// Tiles down and across, 1 to 64 each. Default 8 and 8.
    pub tiles: [usize; 2],
}

impl Clahe {
    /// From the range of the limit, with 8 x 8 tiles.
    pub fn new(clip_limit: [f64; 2]) -> Self {
        Self { clip_limit, ..Self::default() }
    }

    /// With other tiles, down and across.
    #[must_use]
    pub fn with_tiles(mut self, tiles: [usize; 2]) -> Self {
        self.tiles = tiles;
        self
    }
}

impl Default for Clahe {
    fn default() -> Self {
        Self { clip_limit: [1.0, 4.0], tiles: [8, 8] }
    }
}

/// Most tiles down and across.
const MOST_TILES: usize = 64;

impl Transform for Clahe {
    type Drawn = ClaheLimit;
    const NAME: &'static str = "clahe";

    fn check(&self) -> Result<(), AugmentError> {
        check::range(Self::NAME, "clip_limit", self.clip_limit, [1.0, 256.0])?;
        let number = |tiles| check::number(Self::NAME, "tiles", tiles as f64, [1.0, MOST_TILES as f64]);
        self.tiles.into_iter().try_for_each(number)
    }

    fn draw(&self, _shape: Shape, draws: &mut Draws) -> Result<ClaheLimit, AugmentError> {
        Ok(ClaheLimit { clip_limit: uniform(draws, self.clip_limit), tiles: self.tiles })
    }
}

/// What [`Clahe`] draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaheLimit {
    /// How much more often than in a flat histogram a level may count.
    pub clip_limit: f64,
    /// Tiles down and across.
    pub tiles: [usize; 2],
}

impl Apply for ClaheLimit {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        let shape = sample.shape();
        let tiles = self.tiles.map(|tiles| tiles.clamp(1, MOST_TILES));
        let equalised = Self { tiles, ..*self };
        match sample.picture.values_mut() {
            ValuesMut::Bytes(bytes) => equalised.bytes(bytes, shape, space),
            ValuesMut::Floats(floats) => {
                let mut bytes = space.take_bytes(shape.len());
                bytes.iter_mut().zip(&*floats).for_each(|(byte, &float)| *byte = level(float));
                equalised.bytes(&mut bytes, shape, space);
                floats.iter_mut().zip(&bytes).for_each(|(float, &byte)| *float = f32::from(byte) / 255.0);
                space.give_bytes(bytes);
            }
        }
        Ok(())
    }
}

impl ClaheLimit {
    fn bytes(&self, bytes: &mut [u8], shape: Shape, space: &mut Workspace) {
        match shape.channels {
            1 => tiles::equalize(bytes, shape.size(), self, space),
            2 => self.grey_of_two(bytes, shape, space),
            3 => self.lightness::<3>(bytes, shape, space),
            _ => self.lightness::<4>(bytes, shape, space),
        }
    }

    fn grey_of_two(&self, bytes: &mut [u8], shape: Shape, space: &mut Workspace) {
        let mut plane = space.take_bytes(shape.pixels());
        let pixels = bytes.as_chunks_mut::<2>().0;
        plane.iter_mut().zip(&*pixels).for_each(|(to, pixel)| *to = pixel[0]);
        tiles::equalize(&mut plane, shape.size(), self, space);
        plane.iter().zip(pixels).for_each(|(&from, pixel)| pixel[0] = from);
        space.give_bytes(plane);
    }

    fn lightness<const C: usize>(&self, bytes: &mut [u8], shape: Shape, space: &mut Workspace) {
        let mut planes = space.take_bytes(3 * shape.pixels());
        let (lightness, opponents) = planes.split_at_mut(shape.pixels());
        let opponents = opponents.as_chunks_mut::<2>().0;
        let pixels = bytes.as_chunks_mut::<C>().0;
        lab::tables().take_apart(pixels, lightness, opponents);
        tiles::equalize(lightness, shape.size(), self, space);
        lab::tables().put_together(pixels, lightness, opponents);
        space.give_bytes(planes);
    }
}
