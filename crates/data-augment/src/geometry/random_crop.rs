//! A part of the picture, anywhere.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::window::Window;
use crate::check;
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::transform::Transform;

/// Takes a part of this size from anywhere in the picture, each place equally likely.
///
/// ```
/// use firebrick_data_augment::geometry::RandomCrop;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let pipeline = Pipeline::new([RandomCrop::new(24, 16).into()])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![0; 32 * 32], [32, 32, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// assert_eq!(sample.shape().size(), [24, 16]);
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomCrop {
    height: usize,
    width: usize,
}

impl RandomCrop {
    /// A part of this size; a smaller picture is refused, so pad it first.
    pub fn new(height: usize, width: usize) -> Self {
        Self { height, width }
    }
}

impl Transform for RandomCrop {
    type Drawn = Window;
    const NAME: &'static str = "random_crop";

    fn check(&self) -> Result<(), AugmentError> {
        check::size(Self::NAME, "height", self.height)?;
        check::size(Self::NAME, "width", self.width)
    }

    fn draw(&self, shape: Shape, draws: &mut Draws) -> Result<Window, AugmentError> {
        Window::anywhere(Self::NAME, [self.height, self.width], shape, draws)
    }
}
