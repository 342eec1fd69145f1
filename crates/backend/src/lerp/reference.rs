//! The reference: three of Burn's operations, for any backend and for Burn's `Dispatch`.

use burn::backend::{Backend, tensor::FloatTensor};

/// `average + share · (value − average)`.
pub(crate) fn lerp<B: Backend>(average: FloatTensor<B>, value: FloatTensor<B>, share: f32) -> FloatTensor<B> {
    let distance = B::float_sub(value, average.clone());
    B::float_add(average, B::float_mul_scalar(distance, share.into()))
}
