//! A part of a picture.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::spatial::{CopyJob, CopyValues, Role, Spatial, copy_values, move_all};
use crate::error::AugmentError;
use crate::picture::{Picture, Shape};
use crate::sample::Sample;
use crate::transform::Apply;
use crate::workspace::Workspace;

/// The rows top.. and the columns left.. of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    pub(super) top: usize,
    pub(super) left: usize,
    pub(super) height: usize,
    pub(super) width: usize,
}

impl Window {
    /// A window of this size anywhere in the picture.
    pub(super) fn anywhere(
        transform: &'static str,
        [height, width]: [usize; 2],
        shape: Shape,
        draws: &mut Draws,
    ) -> Result<Self, AugmentError> {
        fits(transform, [height, width], shape.size())?;
        let top = draws.below((shape.height - height) as u64 + 1) as usize;
        let left = draws.below((shape.width - width) as u64 + 1) as usize;
        Ok(Self { top, left, height, width })
    }

    /// A window of this size in the middle of the picture.
    pub(super) fn central(
        transform: &'static str,
        [height, width]: [usize; 2],
        shape: Shape,
    ) -> Result<Self, AugmentError> {
        fits(transform, [height, width], shape.size())?;
        Ok(Self { top: (shape.height - height) / 2, left: (shape.width - width) / 2, height, width })
    }

    /// Refuses a window that reaches beyond the picture.
    pub(super) fn check(&self, size: [usize; 2]) -> Result<(), AugmentError> {
        let [height, width] = [self.top.saturating_add(self.height), self.left.saturating_add(self.width)];
        if self.height == 0 || self.width == 0 {
            return Err(AugmentError::PictureShape { height: self.height, width: self.width, channels: 1 });
        }
        fits("crop", [height, width], size)
    }
}

fn fits(transform: &'static str, [height, width]: [usize; 2], size: [usize; 2]) -> Result<(), AugmentError> {
    if height <= size[0] && width <= size[1] {
        return Ok(());
    }
    let shape = Shape { height: size[0], width: size[1], channels: 1 };
    Err(AugmentError::TooSmall { transform, height, width, shape })
}

impl Apply for Window {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        move_all(self, sample, space)
    }
}

impl Spatial for Window {
    fn size(&self, from: [usize; 2]) -> Result<[usize; 2], AugmentError> {
        self.check(from)?;
        Ok([self.height, self.width])
    }

    fn pixels(&self, from: &Picture, to: &mut Picture, _role: Role, _space: &mut Workspace) {
        copy_values(self, from, to);
    }

    fn point(&self, [x, y]: [f64; 2], _size: [usize; 2]) -> [f64; 2] {
        [x - self.left as f64, y - self.top as f64]
    }
}

impl CopyValues for Window {
    fn copy<T: Copy>(&self, from: &[T], to: &mut [T], job: CopyJob) {
        let (stride, row) = (job.from[1] * job.channels, self.width * job.channels);
        let rows = from.chunks_exact(stride).skip(self.top);
        for (from, to) in rows.zip(to.chunks_exact_mut(row)) {
            to.copy_from_slice(&from[self.left * job.channels..][..row]);
        }
    }
}
