//! The reference: the cross-entropy in Burn's own operations, for any backend and for Burn's `Dispatch`. What a kernel computes
//! must agree with it.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::{IndexingUpdateOp, Shape};

use crate::values::Values;

/// The losses `[N]`.
///
/// On an autodiff backend, and on `Dispatch` with autodiff tensors, Burn's own gradient applies.
pub(crate) fn forward<B: Backend>(logits: FloatTensor<B>, labels: IntTensor<B>, smoothing: f64) -> FloatTensor<B> {
    record::<B>(logits, labels, smoothing).0
}

/// The losses, and ln p `[N, C]` for the backward pass.
pub(crate) fn record<B: Backend>(
    logits: FloatTensor<B>,
    labels: IntTensor<B>,
    smoothing: f64,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let samples = logits.shape()[0];
    let logarithms = B::log_softmax(logits, 1);
    let labels = B::int_reshape(labels, Shape::new([samples, 1]));
    let right = Values::<B>(B::float_gather(1, logarithms.clone(), labels)).reshape([samples]);
    let losses = match smoothing == 0.0 {
        true => right.times(-1.0),
        false => {
            let mean = Values::<B>(B::float_mean_dim(logarithms.clone(), 1)).reshape([samples]);
            right.times(smoothing - 1.0) - mean.times(smoothing)
        }
    };
    (losses.0, logarithms)
}

/// The gradient of the logits, `[N, C]`, given ln p and the gradient of the losses.
pub(crate) fn gradient<B: Backend>(
    logarithms: FloatTensor<B>,
    labels: IntTensor<B>,
    loss_grad: FloatTensor<B>,
    smoothing: f64,
) -> FloatTensor<B> {
    let [samples, classes] = logarithms.shape().dims();
    let dloss = Values::<B>(loss_grad).reshape([samples, 1]);
    let shares = Values::<B>(B::float_exp(logarithms)).plus(-smoothing / classes as f64) * dloss.clone();
    let labels = B::int_reshape(labels, Shape::new([samples, 1]));
    let right = dloss.times(smoothing - 1.0);
    B::float_scatter(1, shares.0, labels, right.0, IndexingUpdateOp::Add)
}
