//! The picture turned about its middle, its size kept.
//!
//! ```text
//! p -> c + [cos a, sin a; -sin a, cos a]·(p - c)        a > 0 turns against the clock
//! ```

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::affine::turned;
use super::fill::{Fill, Interpolation, Sampling, sampling_settings};
use super::warped::Warped;
use crate::check;
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::transform::{Transform, uniform};

/// Turns by an angle from a range.
///
/// ```
/// use firebrick_data_augment::geometry::Rotate;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let pipeline = Pipeline::new([Rotate::new([90.0, 90.0]).into()])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![1, 2, 3, 4], [2, 2, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// assert_eq!(sample.picture.bytes(), Some(&[2, 4, 1, 3][..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rotate {
    /// Degrees against the clock, within -360 and 360.
    degrees: [f64; 2],
    interpolation: Interpolation,
    fill: Fill,
}

impl Default for Rotate {
    fn default() -> Self {
        Self::new([-15.0, 15.0])
    }
}

impl Rotate {
    /// Turns by so many degrees against the clock, within -360 and 360; -15 to 15 by default.
    pub fn new(degrees: [f64; 2]) -> Self {
        Self { degrees, interpolation: Interpolation::default(), fill: Fill::default() }
    }
}

sampling_settings!(Rotate);

impl Transform for Rotate {
    type Drawn = Warped;
    const NAME: &'static str = "rotate";

    fn check(&self) -> Result<(), AugmentError> {
        check::range(Self::NAME, "degrees", self.degrees, [-360.0, 360.0])?;
        self.fill.check(Self::NAME)
    }

    fn draw(&self, shape: Shape, draws: &mut Draws) -> Result<Warped, AugmentError> {
        let middle = [shape.width as f64 / 2.0, shape.height as f64 / 2.0];
        let sampling = Sampling::new(self.interpolation, self.fill);
        Ok(Warped { matrix: turned(uniform(draws, self.degrees)).about(middle), sampling })
    }
}
