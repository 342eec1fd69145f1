//! The CPU kernel, for 32-bit floats: the activation and the pooling are the last step of the convolution's kernel, and the
//! first of its backward pass.

use burn::backend::flex::{FlexTensor, Layout};
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{Bytes, DType};

use super::{Conv2dBlockOptions, Conv2dBlockRecord, reference};
use crate::WeightedGradients;
use crate::activation;
use crate::conv2d::shape::Conv2dShape;
use crate::conv2d::{self, flex::direct};
use crate::cpu::{is_f32, tensor, whole};

/// As [`Backend::conv2d_block_forward`](crate::Backend::conv2d_block_forward).
pub(crate) fn forward(
    x: FlexTensor,
    weight: FlexTensor,
    bias: Option<FlexTensor>,
    options: &Conv2dBlockOptions,
) -> FlexTensor {
    run(x, weight, bias, (options, false)).0
}

/// As [`Backend::conv2d_block_record`](crate::Backend::conv2d_block_record). With a pooling the kernel saves which value of
/// each window is the largest, bytes in the order of [`direct`]; otherwise the output is enough.
pub(crate) fn record(
    x: FlexTensor,
    weight: FlexTensor,
    bias: Option<FlexTensor>,
    options: &Conv2dBlockOptions,
) -> (FlexTensor, FlexTensor) {
    let (y, saved) = run(x, weight, bias, (options, true));
    (y.clone(), saved.unwrap_or(y))
}

/// As [`Backend::conv2d_block_backward`](crate::Backend::conv2d_block_backward).
pub(crate) fn backward(
    record: Conv2dBlockRecord<Flex>,
    output_grad: FlexTensor,
    options: &Conv2dBlockOptions,
    wanted: WeightedGradients,
) -> conv2d::reference::Gradients<Flex> {
    let Conv2dBlockRecord { x, weight, output, saved } = record;
    let Some(window) = options.pool.filter(|_| saved.dtype() == DType::U8) else {
        let gradient = match (options.pool, options.activation) {
            (None, Some(activation)) => activation::flex::backward(saved, output_grad, activation),
            _ => reference::convolution_gradient::<Flex>(saved, output_grad, options),
        };
        return conv2d::flex::backward(x, weight, gradient, &options.conv, wanted);
    };
    let shape = shape(&x, &weight, options);
    let weight_dims = weight.shape().dims::<4>();
    let [x, weight, output, dy] = [x, weight, output, output_grad].map(whole);
    let unpool = direct::Unpool {
        shape: &shape,
        window,
        activation: options.activation,
        output: output.storage(),
        output_grad: dy.storage(),
        indices: saved.storage(),
    };
    let (dx, dweight, dbias) = match direct::pooled_gradients(x.storage(), weight.storage(), &unpool, wanted) {
        Some(gradients) => gradients,
        None => {
            let gradient = unpool.run();
            conv2d::flex::gradients(&shape, [x.storage(), weight.storage(), &gradient], wanted)
        }
    };
    (
        wanted.x.then(|| tensor(dx, shape.input_dims())),
        wanted.weight.then(|| tensor(dweight, weight_dims)),
        wanted.bias.then(|| tensor(dbias, [shape.channels[1]])),
    )
}

/// The output, and what is recorded of it.
fn run(
    x: FlexTensor,
    weight: FlexTensor,
    bias: Option<FlexTensor>,
    (options, recorded): (&Conv2dBlockOptions, bool),
) -> (FlexTensor, Option<FlexTensor>) {
    let shape = shape(&x, &weight, options);
    let kernel = [&x, &weight].into_iter().chain(&bias).all(is_f32) && direct::suits(&shape) && pool_fits(options);
    if !kernel {
        let y = conv2d::flex::forward(x, weight, bias, &options.conv);
        let y = match options.activation {
            Some(activation) => activation::flex::forward(y, activation),
            None => y,
        };
        return (reference::finish::<Flex>(y.clone(), options), recorded.then_some(y));
    }
    let (x, weight, bias) = (whole(x), whole(weight), bias.map(whole));
    let bias = bias.as_ref().map(FlexTensor::storage);
    let epilogue = direct::Epilogue {
        activation: options.activation,
        pool: options.pool,
        record: recorded && options.pool.is_some(),
    };
    let (y, indices) = direct::block(&shape, x.storage(), (weight.storage(), bias), epilogue);
    let [window_height, window_width] = options.pool.unwrap_or([1, 1]);
    let dims = [shape.batch, shape.channels[1], shape.output[0] / window_height, shape.output[1] / window_width];
    let saved = epilogue.record.then(|| bytes(indices));
    (tensor(y, dims), saved)
}

/// Whether the place of a value in its window fits a byte.
fn pool_fits(options: &Conv2dBlockOptions) -> bool {
    options.pool.is_none_or(|[height, width]| height.saturating_mul(width) <= 256)
}

fn bytes(values: Vec<u8>) -> FlexTensor {
    let layout = Layout::contiguous([values.len()].into());
    FlexTensor::new(Bytes::from_elems(values), layout, DType::U8)
}

/// The shape of the convolution, with as much of its output as the pooling sees.
fn shape(x: &FlexTensor, weight: &FlexTensor, options: &Conv2dBlockOptions) -> Conv2dShape {
    let mut shape = Conv2dShape::new(x.shape().dims(), weight.shape().dims(), &options.conv);
    if let Some(window) = options.pool {
        shape.output = [0, 1].map(|axis| shape.output[axis] / window[axis] * window[axis]);
    }
    shape
}
