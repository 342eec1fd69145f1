//! The reference: a mask of the device's own draws, in Burn's own operations, for any backend and for Burn's `Dispatch`.

use burn::backend::{Backend, TensorMetadata, tensor::FloatTensor};
use burn::tensor::{Distribution, Shape};

/// m / (1 − p), of the shape `mask`, on the device of `like` and in its type.
///
/// On `Dispatch` with an autodiff tensor it takes part in no gradient.
pub(crate) fn draw<B: Backend>(like: &FloatTensor<B>, mask: Shape, rate: f64) -> FloatTensor<B> {
    let keep = 1.0 - rate;
    let kept = B::float_random(mask, Distribution::Bernoulli(keep), &like.device(), like.dtype().into());
    B::float_mul_scalar(kept, (1.0 / keep).into())
}

/// x·m / (1 − p).
///
/// On an autodiff backend, and on `Dispatch` with autodiff tensors, Burn's own gradient applies.
pub(crate) fn apply<B: Backend>(x: FloatTensor<B>, drawn: FloatTensor<B>) -> FloatTensor<B> {
    B::float_mul(x, drawn)
}
