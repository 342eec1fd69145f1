//! What the CPU kernels share: products of matrices, buffers that outlive a call, sums.

mod matmul;
mod scratch;
mod sum;

pub(crate) use matmul::{Matrix, MatrixMut, Store, matmul};
pub(crate) use scratch::with_scratch;
pub(crate) use sum::{dot, sum};
