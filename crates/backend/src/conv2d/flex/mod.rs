//! The CPU kernel, for 32-bit floats: the pixels under the filters are laid out as the columns of a
//! matrix (im2col), so that the convolution becomes products of matrices.
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
mod forward;
mod input_gradient;
mod plane;
mod weight_gradient;

use burn::backend::flex::{FlexTensor, Layout};
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{Bytes, DType, Shape};

use super::shape::Conv2dShape;
use super::{Conv2dGradients, Conv2dOptions, reference};

/// As [`Backend::conv2d_forward`](crate::Backend::conv2d_forward); other floats than 32-bit ones
/// take the reference.
pub(crate) fn forward(
    x: FlexTensor,
    weight: FlexTensor,
    bias: Option<FlexTensor>,
    options: &Conv2dOptions,
) -> FlexTensor {
    let is_f32 = |tensor: &FlexTensor| tensor.dtype() == DType::F32;
    if ![&x, &weight].into_iter().chain(&bias).all(is_f32) {
        return reference::forward::<Flex>(x, weight, bias, options);
    }

    let shape = Conv2dShape::new(x.shape().dims(), weight.shape().dims(), options);
    let (x, weight) = (x.to_contiguous(), weight.to_contiguous());
    let bias = bias.map(|bias| bias.to_contiguous());
    let bias = bias.as_ref().map(FlexTensor::storage);
    let y = if shape.is_depthwise() {
        depthwise::forward(&shape, x.storage(), weight.storage(), bias)
    } else {
        forward::forward(&shape, x.storage(), weight.storage(), bias)
    };
    tensor(y, shape.output_dims())
}

/// As [`Backend::conv2d_backward`](crate::Backend::conv2d_backward); other floats than 32-bit ones
/// take the reference.
pub(crate) fn backward(
    x: FlexTensor,
    weight: FlexTensor,
    output_grad: FlexTensor,
    options: &Conv2dOptions,
    wanted: Conv2dGradients,
) -> reference::Gradients<Flex> {
    let is_f32 = |tensor: &FlexTensor| tensor.dtype() == DType::F32;
    if ![&x, &weight, &output_grad].into_iter().all(is_f32) {
        return reference::backward::<Flex>(x, weight, output_grad, options, wanted);
    }

    let shape = Conv2dShape::new(x.shape().dims(), weight.shape().dims(), options);
    let weight_dims = weight.shape().dims::<4>();
    let (x, weight, dy) = (x.to_contiguous(), weight.to_contiguous(), output_grad.to_contiguous());
    let (x, weight, dy) = (x.storage(), weight.storage(), dy.storage());

    let dx = wanted.x.then(|| {
        if shape.is_depthwise() {
            depthwise::input_gradient(&shape, weight, dy)
        } else {
            input_gradient::input_gradient(&shape, weight, dy)
        }
    });
    let (dweight, dbias) = match (wanted.weight, wanted.bias) {
        (true, _) if shape.is_depthwise() => depthwise::weight_gradient(&shape, x, dy),
        (true, _) => weight_gradient::weight_gradient(&shape, x, dy),
        (false, true) => (vec![], weight_gradient::bias_gradient(&shape, dy)),
        (false, false) => (vec![], vec![]),
    };
    (
        dx.map(|dx| tensor(dx, shape.input_dims())),
        wanted.weight.then(|| tensor(dweight, weight_dims)),
        wanted.bias.then(|| tensor(dbias, [shape.channels[1]])),
    )
}

fn tensor<const D: usize>(values: Vec<f32>, dims: [usize; D]) -> FlexTensor {
    let layout = Layout::contiguous(Shape::from(dims));
    FlexTensor::new(Bytes::from_elems(values), layout, DType::F32)
}
