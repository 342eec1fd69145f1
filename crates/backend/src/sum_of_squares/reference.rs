//! The reference: two of Burn's operations, for any backend and for Burn's `Dispatch`.

use burn::backend::{Backend, tensor::FloatTensor};

/// `Σ x²`, of shape `[1]`.
pub(crate) fn sum_of_squares<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    B::float_reshape(B::float_sum(B::float_mul(x.clone(), x)), [1].into())
}
