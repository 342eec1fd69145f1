//! Rows become columns.
//!
//! ```text
//! out[y, x] = in[x, y]
//! ```

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::orientation::Orientation;
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::transform::Transform;

/// Swaps rows and columns, p 0.5.
///
/// ```
/// use firebrick_data_augment::geometry::Transpose;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Transform, Workspace};
///
/// let pipeline = Pipeline::new([Transpose::new().with_p(1.0)])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![1, 2, 3, 4, 5, 6], [2, 3, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// assert_eq!(sample.picture.bytes(), Some(&[1, 4, 2, 5, 3, 6][..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transpose {}

impl Transpose {
    /// There is nothing to set but its probability.
    pub fn new() -> Self {
        Self {}
    }
}

impl Transform for Transpose {
    type Drawn = Orientation;
    const NAME: &'static str = "transpose";
    const P: f64 = 0.5;

    fn check(&self) -> Result<(), AugmentError> {
        Ok(())
    }

    fn draw(&self, _shape: Shape, _draws: &mut Draws) -> Result<Orientation, AugmentError> {
        Ok(Orientation { transpose: true, reverse_columns: false, reverse_rows: false })
    }
}
