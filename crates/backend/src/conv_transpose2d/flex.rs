//! The CPU kernel, for 32-bit floats: that of the convolution with the same filters, whose input gradient is this forward pass.

use burn::backend::flex::FlexTensor;
use burn::backend::{Flex, TensorMetadata};

use super::{ConvTranspose2dOptions, reference, shape};
use crate::WeightedGradients;
use crate::conv2d;
use crate::cpu::{is_f32, tensor, whole};

/// As [`Backend::conv_transpose2d_forward`](crate::Backend::conv_transpose2d_forward); other floats than 32-bit ones take the
/// reference.
pub(crate) fn forward(
    x: FlexTensor,
    weight: FlexTensor,
    bias: Option<FlexTensor>,
    options: &ConvTranspose2dOptions,
) -> FlexTensor {
    if ![&x, &weight].into_iter().chain(&bias).all(is_f32) {
        return reference::forward::<Flex>(x, weight, bias, options);
    }
    let shape = shape::convolution(x.shape().dims(), weight.shape().dims(), options);
    let (x, weight, bias) = (whole(x), whole(weight), bias.map(whole));
    let bias = bias.as_ref().map(FlexTensor::storage);
    let y = conv2d::flex::input_gradient(&shape, weight.storage(), x.storage(), bias);
    tensor(y, shape.input_dims())
}

/// As [`Backend::conv_transpose2d_backward`](crate::Backend::conv_transpose2d_backward); other floats than 32-bit ones take
/// the reference.
pub(crate) fn backward(
    x: FlexTensor,
    weight: FlexTensor,
    output_grad: FlexTensor,
    options: &ConvTranspose2dOptions,
    wanted: WeightedGradients,
) -> conv2d::reference::Gradients<Flex> {
    if ![&x, &weight, &output_grad].into_iter().all(is_f32) {
        return reference::backward::<Flex>(x, weight, output_grad, options, wanted);
    }
    let weight_dims = weight.shape().dims::<4>();
    let shape = shape::convolution(x.shape().dims(), weight_dims, options);
    let [x, weight, dy] = [x, weight, output_grad].map(whole);
    let (x, weight, dy) = (x.storage(), weight.storage(), dy.storage());

    let grad_x = wanted.x.then(|| conv2d::flex::output(&shape, dy, weight, None));
    let grad_weight = wanted.weight.then(|| conv2d::flex::filter_gradients(&shape, dy, x).0);
    let grad_bias = wanted.bias.then(|| conv2d::flex::plane_sums(shape.input_dims(), dy));
    (
        grad_x.map(|grad| tensor(grad, shape.output_dims())),
        grad_weight.map(|grad| tensor(grad, weight_dims)),
        grad_bias.map(|grad| tensor(grad, [shape.channels[0]])),
    )
}
