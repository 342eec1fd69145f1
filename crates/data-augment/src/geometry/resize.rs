//! The picture in another size.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::resample::{Filter, Resampled};
use super::window::Window;
use crate::check;
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::transform::Transform;

/// Brings every picture to one size.
///
/// ```
/// use firebrick_data_augment::geometry::Resize;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let pipeline = Pipeline::new([Resize::new(2, 2).into()])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![10; 5 * 7], [5, 7, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// assert_eq!(sample.picture.bytes(), Some(&[10; 4][..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resize {
    height: usize,
    width: usize,
    #[serde(default)]
    filter: Filter,
    /// Whether a picture that becomes smaller is smoothed, as in Pillow; OpenCV does not.
    #[serde(default = "yes")]
    antialias: bool,
}

pub(super) fn yes() -> bool {
    true
}

impl Resize {
    /// To this height and width, bilinear and smoothed where the picture becomes smaller.
    pub fn new(height: usize, width: usize) -> Self {
        Self { height, width, filter: Filter::default(), antialias: true }
    }

    /// How values between pixels are made.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Whether a picture that becomes smaller is smoothed (Pillow, torchvision) or sampled (OpenCV). Default true.
    #[must_use]
    pub fn antialias(mut self, antialias: bool) -> Self {
        self.antialias = antialias;
        self
    }
}

impl Transform for Resize {
    type Drawn = Resampled;
    const NAME: &'static str = "resize";

    fn check(&self) -> Result<(), AugmentError> {
        check::size(Self::NAME, "height", self.height)?;
        check::size(Self::NAME, "width", self.width)
    }

    fn draw(&self, shape: Shape, _draws: &mut Draws) -> Result<Resampled, AugmentError> {
        let window = Window { top: 0, left: 0, height: shape.height, width: shape.width };
        let Self { height, width, filter, antialias } = *self;
        Ok(Resampled { window, height, width, filter, antialias })
    }
}
