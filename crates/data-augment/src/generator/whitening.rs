//! Zero-phase component analysis (Bell & Sejnowski, 1997, <https://doi.org/10.1016/S0042-6989(97)00121-1>).
//!
//! ```text
//! X [N, D] centered,  X^T = U·diag(s)·V^T,  W = U·diag(sqrt(N) / (s + epsilon))·U^T        [D, D], symmetric
//! ```

use nalgebra::{DMatrix, SVD};

use crate::error::AugmentError;
use crate::workspace::Workspace;

/// Values of a picture that can be whitened: the matrix has as many rows and columns.
const MOST_VALUES: usize = 12_288;
/// Steps within which the singular values are found; a few for each as a rule.
const STEPS: usize = 1_000_000;

/// The matrix that makes the values of a picture independent of one another.
#[derive(Clone, Debug, PartialEq)]
pub struct Whitening {
    /// `[D, D]`, row-major.
    matrix: Vec<f32>,
    size: usize,
}

impl Whitening {
    /// From centered pictures of `size` values, one after the other.
    pub(super) fn of(values: &[f32], size: usize, epsilon: f64) -> Result<Self, AugmentError> {
        if size > MOST_VALUES {
            return Err(AugmentError::WhiteningSize { values: size, most: MOST_VALUES });
        }
        let pictures = values.len() / size;
        if !values.iter().all(|value| value.is_finite()) {
            return Err(AugmentError::Whitening);
        }
        let columns = values.iter().map(|&value| f64::from(value));
        let transposed = DMatrix::from_iterator(size, pictures, columns);
        let svd = SVD::try_new(transposed, true, false, f64::EPSILON, STEPS).ok_or(AugmentError::Whitening)?;
        let u = svd.u.ok_or(AugmentError::Whitening)?;
        let mut scaled = u.clone();
        for (mut column, singular) in scaled.column_iter_mut().zip(&svd.singular_values) {
            column *= (pictures as f64).sqrt() / (singular + epsilon);
        }
        let matrix = scaled * u.transpose();
        let values = (0..size * size).map(|at| matrix[(at / size, at % size)] as f32).collect();
        Ok(Self { matrix: values, size })
    }

    /// Keras's `zca_whitening_matrix`, `[D, D]`, row-major.
    pub fn matrix(&self) -> &[f32] {
        &self.matrix
    }

    /// x becomes x·W.
    pub(super) fn apply(&self, values: &mut [f32], space: &mut Workspace) {
        let mut product = space.take_floats(self.size);
        product.fill(0.0);
        wide!({
            for (&value, row) in values.iter().zip(self.matrix.chunks_exact(self.size)) {
                product.iter_mut().zip(row).for_each(|(sum, weight)| *sum += value * weight);
            }
        });
        values.copy_from_slice(&product);
        space.give_floats(product);
    }
}
