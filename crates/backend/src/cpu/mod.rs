//! What the CPU kernels share: products of matrices, vectors, activations, element-wise functions, buffers that outlive a
//! call, sums.

mod activation;
mod fresh;
mod map;
mod matmul;
mod panels;
mod scratch;
mod simd;
mod sum;
mod tensors;
mod transpose;

pub(crate) use activation::{exp, exp_minus_one, sigmoid, tanh};
pub(crate) use fresh::{Blank, columns, each_part, fresh, fresh_columns, fresh_pair};
pub(crate) use map::{Function, map, map_in_place};
pub(crate) use matmul::{Matrix, MatrixMut, Store, matmul};
pub(crate) use panels::{Panels, Rows, RowsMut, add_transposed_product, product};
pub(crate) use scratch::{Buffer, LINE, aligned, with_scratch};
#[cfg(test)]
pub(crate) use simd::on_each_set;
pub(crate) use simd::{Simd, Work, lanes, vectorised};
pub(crate) use sum::{add_lanes, dot, lanes_of, sum};
pub(crate) use tensors::{is_f32, tensor, whole};
pub(crate) use transpose::Transpose;
