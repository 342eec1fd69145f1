//! Quarter turns, which need no interpolation.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::orientation::Orientation;
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::transform::Transform;

/// Turns against the clock by a number of quarters from `low` to `high`; by default 0 to 3, each equally likely.
///
/// ```
/// use firebrick_data_augment::geometry::Rotate90;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let pipeline = Pipeline::new([Rotate90::new([1, 1]).into()])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![1, 2, 3, 4, 5, 6], [2, 3, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// assert_eq!(sample.picture.bytes(), Some(&[3, 6, 2, 5, 1, 4][..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rotate90 {
    turns: [u64; 2],
}

impl Default for Rotate90 {
    fn default() -> Self {
        Self::new([0, 3])
    }
}

impl Rotate90 {
    /// So many quarter turns against the clock, from 0 to 3.
    pub fn new(turns: [u64; 2]) -> Self {
        Self { turns }
    }
}

impl Transform for Rotate90 {
    type Drawn = Orientation;
    const NAME: &'static str = "rotate90";

    fn check(&self) -> Result<(), AugmentError> {
        let [low, high] = self.turns;
        if low <= high && high <= 3 {
            return Ok(());
        }
        let (low, high) = (low as f64, high as f64);
        Err(AugmentError::Range { transform: Self::NAME, setting: "turns", low, high, least: 0.0, most: 3.0 })
    }

    fn draw(&self, _shape: Shape, draws: &mut Draws) -> Result<Orientation, AugmentError> {
        let [low, high] = self.turns;
        Ok(Orientation::of_turns(low + draws.below(high - low + 1)))
    }
}
