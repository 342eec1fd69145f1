//! A plane map that was drawn: what affine, rotation and perspective have in common.

use serde::{Deserialize, Serialize};

use super::fill::Sampling;
use super::matrix::{AffineMapping, Matrix, ProjectiveMapping};
use super::spatial::{Role, Spatial, move_all};
use super::warp::warp;
use crate::error::AugmentError;
use crate::picture::Picture;
use crate::sample::Sample;
use crate::transform::Apply;
use crate::workspace::Workspace;

/// A picture moved by a 3 x 3 matrix, sampled once.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Warped {
    /// From the picture to the result, pixel i covering [i, i + 1].
    pub(super) matrix: Matrix,
    #[serde(flatten)]
    pub(super) sampling: Sampling,
}

impl Apply for Warped {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        move_all(self, sample, space)
    }
}

impl Spatial for Warped {
    fn size(&self, from: [usize; 2]) -> Result<[usize; 2], AugmentError> {
        if self.matrix.inverse().is_some() {
            return Ok(from);
        }
        let rule = "the map must not fold the plane";
        Err(AugmentError::Setting { transform: "warp", setting: "matrix", value: format!("{:?}", self.matrix.0), rule })
    }

    fn pixels(&self, from: &Picture, to: &mut Picture, role: Role, _space: &mut Workspace) {
        let sampling = self.sampling.of(role);
        let back = self.matrix.inverse().expect("`size` has refused maps that fold");
        let back = Matrix::shift(0.5, 0.5).then(back).then(Matrix::shift(-0.5, -0.5));
        if back.is_affine() {
            warp(&AffineMapping(back), from, to, &sampling);
        } else {
            warp(&ProjectiveMapping(back), from, to, &sampling);
        }
    }

    fn point(&self, point: [f64; 2], _size: [usize; 2]) -> [f64; 2] {
        self.matrix.point(point)
    }
}
