//! Top becomes bottom.
//!
//! ```text
//! out[y, x] = in[H - 1 - y, x]
//! ```

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::spatial::{CopyJob, CopyValues, Role, Spatial, copy_values, move_all};
use crate::error::AugmentError;
use crate::picture::{Picture, Shape};
use crate::sample::Sample;
use crate::transform::{Apply, Transform};
use crate::workspace::Workspace;

/// Swaps top and bottom, p 0.5.
///
/// ```
/// use firebrick_data_augment::geometry::VerticalFlip;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Transform, Workspace};
///
/// let pipeline = Pipeline::new([VerticalFlip::new().with_p(1.0)])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![1, 2, 3], [3, 1, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// assert_eq!(sample.picture.bytes(), Some(&[3, 2, 1][..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerticalFlip {}

impl VerticalFlip {
    /// There is nothing to set but its probability.
    pub fn new() -> Self {
        Self {}
    }
}

impl Transform for VerticalFlip {
    type Drawn = Self;
    const NAME: &'static str = "vertical_flip";
    const P: f64 = 0.5;

    fn check(&self) -> Result<(), AugmentError> {
        Ok(())
    }

    fn draw(&self, _shape: Shape, _draws: &mut Draws) -> Result<Self, AugmentError> {
        Ok(*self)
    }
}

impl Apply for VerticalFlip {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        move_all(self, sample, space)
    }
}

impl Spatial for VerticalFlip {
    fn size(&self, from: [usize; 2]) -> Result<[usize; 2], AugmentError> {
        Ok(from)
    }

    fn pixels(&self, from: &Picture, to: &mut Picture, _role: Role, _space: &mut Workspace) {
        copy_values(self, from, to);
    }

    fn point(&self, [x, y]: [f64; 2], [height, _]: [usize; 2]) -> [f64; 2] {
        [x, height as f64 - y]
    }
}

impl CopyValues for VerticalFlip {
    fn copy<T: Copy>(&self, from: &[T], to: &mut [T], job: CopyJob) {
        let row = job.from[1] * job.channels;
        for (from, to) in from.chunks_exact(row).rev().zip(to.chunks_exact_mut(row)) {
            to.copy_from_slice(from);
        }
    }
}
