//! The CPU kernels, for 32-bit floats: [`direct`] for most shapes; [`depthwise`] for groups of one channel; and for groups of
//! few channels the pixels under the filters as the columns of a matrix (im2col), so that the convolution becomes products of
//! matrices.
//!
//! ```text
//! per sample and group, K = C/G·kh·kw, N = H'·W':
//! columns  [K, N]      the pixels under the filter at each output position
//! y        = weight [O/G, K] · columns + bias
//! dweight += dy [O/G, N] · columnsᵀ
//! dcolumns = weightᵀ · dy, added back to dx where each pixel was read
//! ```
//!
//! Samples are shared out among the threads and each product runs on one of them. The columns are
//! made for a few output rows at a time, so that they stay in cache, and made again in the backward
//! pass instead of being kept. How the work is cut depends on the shapes alone, never on the number
//! of threads: each value is summed in the same order always.

mod columns;
mod depthwise;
pub(crate) mod direct;
mod forward;
mod input_gradient;
mod plane;
mod weight_gradient;

use burn::backend::flex::FlexTensor;
use burn::backend::{Flex, TensorMetadata};
use rayon::prelude::*;

use super::shape::Conv2dShape;
use super::{Conv2dOptions, reference};
use crate::WeightedGradients;
use crate::cpu::{is_f32, tensor};

/// As [`Backend::conv2d_forward`](crate::Backend::conv2d_forward); other floats than 32-bit ones
/// take the reference.
pub(crate) fn forward(
    x: FlexTensor,
    weight: FlexTensor,
    bias: Option<FlexTensor>,
    options: &Conv2dOptions,
) -> FlexTensor {
    if ![&x, &weight].into_iter().chain(&bias).all(is_f32) {
        return reference::forward::<Flex>(x, weight, bias, options);
    }

    let shape = Conv2dShape::new(x.shape().dims(), weight.shape().dims(), options);
    let (x, weight) = (x.to_contiguous(), weight.to_contiguous());
    let bias = bias.map(|bias| bias.to_contiguous());
    let bias = bias.as_ref().map(FlexTensor::storage);
    let y = output(&shape, x.storage(), weight.storage(), bias);
    tensor(y, shape.output_dims())
}

/// As [`Backend::conv2d_backward`](crate::Backend::conv2d_backward); other floats than 32-bit ones
/// take the reference.
pub(crate) fn backward(
    x: FlexTensor,
    weight: FlexTensor,
    output_grad: FlexTensor,
    options: &Conv2dOptions,
    wanted: WeightedGradients,
) -> reference::Gradients<Flex> {
    if ![&x, &weight, &output_grad].into_iter().all(is_f32) {
        return reference::backward::<Flex>(x, weight, output_grad, options, wanted);
    }

    let shape = Conv2dShape::new(x.shape().dims(), weight.shape().dims(), options);
    let weight_dims = weight.shape().dims::<4>();
    let (x, weight, dy) = (x.to_contiguous(), weight.to_contiguous(), output_grad.to_contiguous());
    let (x, weight, dy) = (x.storage(), weight.storage(), dy.storage());

    let (dx, dweight, dbias) = gradients(&shape, [x, weight, dy], wanted);
    (
        wanted.x.then(|| tensor(dx, shape.input_dims())),
        wanted.weight.then(|| tensor(dweight, weight_dims)),
        wanted.bias.then(|| tensor(dbias, [shape.channels[1]])),
    )
}

/// The gradients of the input, the filters and the bias; those that are not wanted have no values.
pub(crate) fn gradients(
    shape: &Conv2dShape,
    [x, weight, dy]: [&[f32]; 3],
    wanted: WeightedGradients,
) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let dx = if wanted.x { input_gradient(shape, weight, dy, None) } else { vec![] };
    let (dweight, dbias) = match (wanted.weight, wanted.bias) {
        (true, _) => filter_gradients(shape, x, dy),
        (false, true) => (vec![], plane_sums(shape.output_dims(), dy)),
        (false, false) => (vec![], vec![]),
    };
    (dx, dweight, dbias)
}

/// The output `[B, O, H', W']`.
pub(crate) fn output(shape: &Conv2dShape, x: &[f32], weight: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
    if shape.is_depthwise() {
        depthwise::forward(shape, x, weight, bias)
    } else if direct::suits(shape) {
        direct::forward(shape, x, weight, bias)
    } else {
        forward::forward(shape, x, weight, bias)
    }
}

/// The gradient of the input, `[B, C, H, W]`, plus a value for each of its channels where there is a bias, `[C]`.
pub(crate) fn input_gradient(shape: &Conv2dShape, weight: &[f32], dy: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
    if direct::suits_input_gradient(shape) {
        return direct::input_gradient(shape, weight, dy, bias);
    }
    let mut dx = match shape.is_depthwise() {
        true => depthwise::input_gradient(shape, weight, dy),
        false => input_gradient::input_gradient(shape, weight, dy),
    };
    if let Some(bias) = bias {
        dx.par_chunks_mut(shape.input_len()).enumerate().for_each(|(index, plane)| {
            let bias = bias[index % shape.channels[0]];
            plane.iter_mut().for_each(|value| *value += bias);
        });
    }
    dx
}

/// The gradients of the filters, `[O, C/G, kh, kw]`, and of the bias, `[O]`.
pub(crate) fn filter_gradients(shape: &Conv2dShape, x: &[f32], dy: &[f32]) -> (Vec<f32>, Vec<f32>) {
    if shape.is_depthwise() {
        depthwise::weight_gradient(shape, x, dy)
    } else if direct::suits(shape) {
        direct::weight_gradient(shape, x, dy)
    } else {
        weight_gradient::weight_gradient(shape, x, dy)
    }
}

/// The sums over the planes of `[B, C, H, W]` for each channel, `[C]`.
pub(crate) fn plane_sums([_, channels, height, width]: [usize; 4], planes: &[f32]) -> Vec<f32> {
    let mut sums = vec![0.0; channels];
    for sample in planes.chunks_exact(channels * height * width) {
        weight_gradient::add_plane_sums(sample, &mut sums);
    }
    sums
}
