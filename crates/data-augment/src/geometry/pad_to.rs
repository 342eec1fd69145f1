//! A border as wide as it takes to reach a size.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::fill::Fill;
use super::padded::Padded;
use crate::check;
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::transform::Transform;

/// Adds rows and columns until the picture is at least so large, which stays in the middle; larger sides stay as they are.
///
/// ```
/// use firebrick_data_augment::geometry::PadTo;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let pipeline = Pipeline::new([PadTo::new(32, 32).into()])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![0; 28 * 40], [28, 40, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// assert_eq!(sample.shape().size(), [32, 40]);
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PadTo {
    height: usize,
    width: usize,
    #[serde(default)]
    fill: Fill,
}

impl PadTo {
    /// At least this height and width; beyond the edges lies what is nearest.
    pub fn new(height: usize, width: usize) -> Self {
        Self { height, width, fill: Fill::default() }
    }

    /// What the border shows.
    #[must_use]
    pub fn fill(mut self, fill: Fill) -> Self {
        self.fill = fill;
        self
    }
}

impl Transform for PadTo {
    type Drawn = Padded;
    const NAME: &'static str = "pad_to";

    fn check(&self) -> Result<(), AugmentError> {
        check::size(Self::NAME, "height", self.height)?;
        check::size(Self::NAME, "width", self.width)?;
        self.fill.check(Self::NAME)
    }

    fn draw(&self, shape: Shape, _draws: &mut Draws) -> Result<Padded, AugmentError> {
        let halves = |missing: usize| (missing / 2, missing - missing / 2);
        let (top, bottom) = halves(self.height.saturating_sub(shape.height));
        let (left, right) = halves(self.width.saturating_sub(shape.width));
        Ok(Padded { top, bottom, left, right, fill: self.fill })
    }
}
