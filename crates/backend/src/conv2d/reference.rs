//! The reference: the convolution in Burn's own operations, for any backend and for Burn's
//! `Dispatch`. What a kernel computes must agree with it.

use burn::backend::ops::{ConvOptions, ModuleOps};
use burn::backend::{Backend, TensorMetadata, tensor::FloatTensor};

use super::Conv2dOptions;
use crate::WeightedGradients;
pub(crate) use crate::weighted::GradientsOf as Gradients;

/// `y = x ⋆ weight + bias`, shapes as in [`conv2d`](super::conv2d).
///
/// On an autodiff backend, and on `Dispatch` with autodiff tensors, Burn's own gradient applies.
pub(crate) fn forward<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: Option<FloatTensor<B>>,
    options: &Conv2dOptions,
) -> FloatTensor<B> {
    <B as ModuleOps<B>>::conv2d(x, weight, bias, burn_options(options))
}

/// The gradients that `wanted` names, given the gradient of the output.
pub(crate) fn backward<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    output_grad: FloatTensor<B>,
    options: &Conv2dOptions,
    wanted: WeightedGradients,
) -> Gradients<B> {
    let grad_bias = wanted.bias.then(|| bias_gradient::<B>(output_grad.clone()));
    let grad_x =
        wanted.x.then(|| B::conv2d_x_backward(x.clone(), weight.clone(), output_grad.clone(), burn_options(options)));
    let grad_weight = wanted.weight.then(|| B::conv2d_weight_backward(x, weight, output_grad, burn_options(options)));
    (grad_x, grad_weight, grad_bias)
}

/// The gradient of the bias, `[O]`: the sum over samples and positions.
pub(crate) fn bias_gradient<B: Backend>(output_grad: FloatTensor<B>) -> FloatTensor<B> {
    let channels_out = output_grad.shape()[1];
    let sum = [0, 2, 3].into_iter().fold(output_grad, B::float_sum_dim);
    B::float_reshape(sum, [channels_out].into())
}

fn burn_options(options: &Conv2dOptions) -> ConvOptions<2> {
    ConvOptions::new_with_padding(
        options.stride,
        options.padding.map(|[begin, end]| (begin, end)),
        options.dilation,
        options.groups,
    )
}
