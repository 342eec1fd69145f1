//! The reference: the mean squared error in Burn's own operations, for any backend and for Burn's `Dispatch`. What a kernel
//! computes must agree with it.

use burn::backend::{Backend, TensorMetadata, tensor::FloatTensor};
use burn::tensor::Shape;

/// The mean of the squared differences, `[1]`.
///
/// On an autodiff backend, and on `Dispatch` with autodiff tensors, Burn's own gradient applies.
pub(crate) fn forward<B: Backend>(x: FloatTensor<B>, target: FloatTensor<B>) -> FloatTensor<B> {
    let difference = B::float_sub(x, target);
    B::float_mean(B::float_mul(difference.clone(), difference))
}

/// 2·(x − t)/n·dloss, the gradient of x; that of the target is the gradient for both exchanged.
pub(crate) fn gradient<B: Backend>(
    x: FloatTensor<B>,
    target: FloatTensor<B>,
    loss_grad: FloatTensor<B>,
) -> FloatTensor<B> {
    let (axes, numbers) = (x.shape().num_dims(), x.shape().num_elements());
    let factor =
        B::float_mul_scalar(B::float_reshape(loss_grad, Shape::from(vec![1; axes])), (2.0 / numbers as f64).into());
    B::float_mul(B::float_sub(x, target), factor)
}
