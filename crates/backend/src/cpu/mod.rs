//! What the CPU kernels share: products of matrices, vectors, activations, buffers that outlive a
//! call, sums.

mod activation;
mod matmul;
mod panels;
mod scratch;
mod simd;
mod sum;

pub(crate) use activation::{sigmoid, tanh};
pub(crate) use matmul::{Matrix, MatrixMut, Store, matmul};
pub(crate) use panels::{Panels, Rows, RowsMut, add_transposed_product, product};
pub(crate) use scratch::{Buffer, with_scratch};
pub(crate) use simd::{Simd, Work, vectorised};
pub(crate) use sum::{dot, sum};
