//! A border of so many pixels.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::fill::Fill;
use super::padded::Padded;
use crate::check::MAX_SIDE;
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::transform::Transform;

/// Adds rows and columns around the picture, 0 by default.
///
/// ```
/// use firebrick_data_augment::geometry::{Fill, Pad};
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let pipeline = Pipeline::new([Pad::new(1).fill(Fill::constant(7.0)).into()])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![1, 2], [1, 2, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// assert_eq!(sample.picture.bytes(), Some(&[7, 7, 7, 7, 7, 1, 2, 7, 7, 7, 7, 7][..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pad {
    top: usize,
    bottom: usize,
    left: usize,
    right: usize,
    fill: Fill,
}

impl Pad {
    /// The same number of pixels on all sides; beyond the edges lies what is nearest.
    pub fn new(pixels: usize) -> Self {
        Self::sides(pixels, pixels, pixels, pixels)
    }

    /// So many pixels on each side.
    pub fn sides(top: usize, bottom: usize, left: usize, right: usize) -> Self {
        Self { top, bottom, left, right, fill: Fill::default() }
    }

    /// What the border shows.
    #[must_use]
    pub fn fill(mut self, fill: Fill) -> Self {
        self.fill = fill;
        self
    }
}

impl Transform for Pad {
    type Drawn = Padded;
    const NAME: &'static str = "pad";

    fn check(&self) -> Result<(), AugmentError> {
        let sides = [("top", self.top), ("bottom", self.bottom), ("left", self.left), ("right", self.right)];
        for (setting, value) in sides {
            if value > MAX_SIDE {
                return Err(AugmentError::Size { transform: Self::NAME, setting, value });
            }
        }
        self.fill.check(Self::NAME)
    }

    fn draw(&self, _shape: Shape, _draws: &mut Draws) -> Result<Padded, AugmentError> {
        let Self { top, bottom, left, right, fill } = *self;
        Ok(Padded { top, bottom, left, right, fill })
    }
}
