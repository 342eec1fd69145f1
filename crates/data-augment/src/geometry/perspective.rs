//! The picture seen from another side: each corner moves inwards on its own.
//!
//! ```text
//! corner -> corner + (±u·d·W/2, ±v·d·H/2)        d the distortion; u, v uniform in [0, 1)
//! ```

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::fill::{Fill, Interpolation, Sampling, sampling_settings};
use super::matrix::Matrix;
use super::warped::Warped;
use crate::check;
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::transform::Transform;

/// Moves the corners inwards, as torchvision's `RandomPerspective`; distortion 0.5 by default.
///
/// ```
/// use firebrick_data_augment::geometry::Perspective;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let pipeline = Pipeline::new([Perspective::new(0.3).into()])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![9; 64], [8, 8, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// assert_eq!(sample.picture.bytes(), Some(&[9; 64][..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Perspective {
    /// How far a corner may move, as a share of half a side, 0 to 0.95.
    distortion: f64,
    interpolation: Interpolation,
    fill: Fill,
}

impl Default for Perspective {
    fn default() -> Self {
        Self::new(0.5)
    }
}

impl Perspective {
    /// Moves corners by up to this share of half a side, 0 to 0.95.
    pub fn new(distortion: f64) -> Self {
        Self { distortion, interpolation: Interpolation::default(), fill: Fill::default() }
    }
}

sampling_settings!(Perspective);

impl Transform for Perspective {
    type Drawn = Warped;
    const NAME: &'static str = "perspective";

    fn check(&self) -> Result<(), AugmentError> {
        check::number(Self::NAME, "distortion", self.distortion, [0.0, 0.95])?;
        self.fill.check(Self::NAME)
    }

    fn draw(&self, shape: Shape, draws: &mut Draws) -> Result<Warped, AugmentError> {
        let (width, height) = (shape.width as f64, shape.height as f64);
        let corners = [[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]];
        let inwards = |side: f64, at: f64, share: f64| {
            let way = self.distortion * share * side / 2.0;
            if at == 0.0 { way } else { at - way }
        };
        let moved = corners.map(|[x, y]| [inwards(width, x, draws.unit()), inwards(height, y, draws.unit())]);
        let matrix = Matrix::between(corners, moved).expect("corners that stay in their quarters span a plane");
        let sampling = Sampling::new(self.interpolation, self.fill);
        Ok(Warped { matrix, sampling })
    }
}
