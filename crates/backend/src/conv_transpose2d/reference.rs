//! The reference: the transposed convolution in Burn's own operations, for any backend and for Burn's `Dispatch`. What a
//! kernel computes must agree with it.
//!
//! Burn's backends cut the same number of pixels off both sides; other padding is cut off afterwards.

use burn::backend::ops::{ConvTransposeOptions, ModuleOps};
use burn::backend::{Backend, TensorMetadata, tensor::FloatTensor};
use burn::tensor::{Shape, Slice};

use super::{ConvTranspose2dOptions, shape};
use crate::WeightedGradients;
use crate::conv2d::reference::{Gradients, bias_gradient};

/// The output, shapes as in [`conv_transpose2d`](super::conv_transpose2d).
///
/// On an autodiff backend, and on `Dispatch` with autodiff tensors, Burn's own gradient applies.
pub(crate) fn forward<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: Option<FloatTensor<B>>,
    options: &ConvTranspose2dOptions,
) -> FloatTensor<B> {
    let dims = shape::output_dims(x.shape().dims(), weight.shape().dims(), options);
    let y = <B as ModuleOps<B>>::conv_transpose2d(x, weight, bias, burn_options(options));
    match is_symmetric(options) {
        true => y,
        false => B::float_slice(y, &inside(dims, options)),
    }
}

/// The gradients that `wanted` names, given the gradient of the output.
pub(crate) fn backward<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    output_grad: FloatTensor<B>,
    options: &ConvTranspose2dOptions,
    wanted: WeightedGradients,
) -> Gradients<B> {
    let grad_bias = wanted.bias.then(|| bias_gradient::<B>(output_grad.clone()));
    let dy = whole::<B>(output_grad, options);
    let grad_x = wanted
        .x
        .then(|| <B as ModuleOps<B>>::conv_transpose2d_x_backward(weight.clone(), dy.clone(), burn_options(options)));
    let grad_weight = wanted
        .weight
        .then(|| <B as ModuleOps<B>>::conv_transpose2d_weight_backward(x, weight, dy, burn_options(options)));
    (grad_x, grad_weight, grad_bias)
}

/// The gradient with zeros where Burn's backends would not have cut.
fn whole<B: Backend>(output_grad: FloatTensor<B>, options: &ConvTranspose2dOptions) -> FloatTensor<B> {
    if is_symmetric(options) {
        return output_grad;
    }
    let dims: [usize; 4] = output_grad.shape().dims();
    let [height, width] = [0, 1].map(|axis| dims[2 + axis] + options.padding[axis].iter().sum::<usize>());
    let shape = Shape::new([dims[0], dims[1], height, width]);
    let zeros = B::float_zeros(shape, &output_grad.device(), output_grad.dtype().into());
    B::float_slice_assign(zeros, &inside(dims, options), output_grad)
}

fn inside([batch, channels, height, width]: [usize; 4], options: &ConvTranspose2dOptions) -> [Slice; 4] {
    let [[top, _], [left, _]] = options.padding;
    [0..batch, 0..channels, top..top + height, left..left + width].map(Slice::from)
}

fn is_symmetric(options: &ConvTranspose2dOptions) -> bool {
    options.padding.iter().all(|[before, after]| before == after)
}

fn burn_options(options: &ConvTranspose2dOptions) -> ConvTransposeOptions<2> {
    let ConvTranspose2dOptions { stride, padding, output_padding, dilation, groups } = options;
    let padding = match is_symmetric(options) {
        true => padding.map(|[before, _]| before),
        false => [0, 0],
    };
    ConvTransposeOptions::new(*stride, padding, *output_padding, *dilation, *groups)
}
