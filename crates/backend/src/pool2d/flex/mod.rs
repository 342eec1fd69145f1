//! The CPU kernel, for 32-bit floats.
//!
//! Each picture is read row by row. A stride takes the columns of a row apart first, so that all values that windows side by
//! side see at one of their places lie side by side as well (`samples`): then vectors of windows are compared or added. The
//! usual windows, 2 x 2 without overlap, do that in registers (`halves`).
//!
//! Planes are shared out among the threads; each is computed by one of them.

mod average;
mod halves;
mod largest;
mod samples;

use burn::backend::Flex;
use burn::backend::TensorMetadata;
use burn::backend::flex::FlexTensor;
use burn::tensor::DType;

use super::shape::Pool2dShape;
use super::{Pool2dOptions, reference};
use crate::cpu::{is_f32, tensor};
use largest::Place;

/// As [`Backend::max_pool2d_forward`](crate::Backend::max_pool2d_forward); other floats than 32-bit ones take the reference.
pub(crate) fn max_forward(x: FlexTensor, options: &Pool2dOptions) -> FlexTensor {
    match is_f32(&x) {
        true => max_record(x, options).0,
        false => reference::max_forward::<Flex>(x, options),
    }
}

/// As [`Backend::max_pool2d_record`](crate::Backend::max_pool2d_record): which pixel of its window is the largest, in rows, is
/// a byte where that is enough. Other floats than 32-bit ones take the reference.
pub(crate) fn max_record(x: FlexTensor, options: &Pool2dOptions) -> (FlexTensor, FlexTensor) {
    if !(is_f32(&x) && counts_places(options)) {
        return reference::max_record::<Flex>(x, options);
    }
    let shape = Pool2dShape::new(x.shape().dims(), options);
    let x = x.to_contiguous();
    let x = x.storage();
    match shape.taps() {
        _ if shape.halves() => with_places(&shape, halves::forward(&shape, x)),
        ..256 => with_places::<u8>(&shape, largest::forward(&shape, x)),
        _ => with_places::<i32>(&shape, largest::forward(&shape, x)),
    }
}

fn with_places<P: Place>(shape: &Pool2dShape, (y, places): (Vec<f32>, Vec<P>)) -> (FlexTensor, FlexTensor) {
    let dims = shape.output_dims();
    (tensor(y, dims), P::tensor(places, dims.into()))
}

/// As [`Backend::max_pool2d_gradient`](crate::Backend::max_pool2d_gradient); other floats than 32-bit ones take the reference.
pub(crate) fn max_gradient(
    output_grad: FlexTensor,
    places: FlexTensor,
    input: [usize; 4],
    options: &Pool2dOptions,
) -> FlexTensor {
    if !(is_f32(&output_grad) && counts_places(options)) {
        return reference::max_gradient::<Flex>(output_grad, places, input, options);
    }
    let shape = Pool2dShape::new(input, options);
    let (dy, places) = (output_grad.to_contiguous(), places.to_contiguous());
    let dx = match places.dtype() {
        DType::U8 if shape.halves() => halves::backward(&shape, dy.storage(), places.storage()),
        DType::U8 => largest::backward::<u8>(&shape, dy.storage(), places.storage()),
        _ => largest::backward::<i32>(&shape, dy.storage(), places.storage()),
    };
    tensor(dx, input)
}

/// Whether the places of a window are few enough for floats to count them one by one.
fn counts_places(options: &Pool2dOptions) -> bool {
    options.kernel[0].checked_mul(options.kernel[1]).is_some_and(|places| places < 1 << f32::MANTISSA_DIGITS)
}

/// As [`Backend::avg_pool2d_forward`](crate::Backend::avg_pool2d_forward); other floats than 32-bit ones take the reference.
pub(crate) fn avg_forward(x: FlexTensor, options: &Pool2dOptions, count_padding: bool) -> FlexTensor {
    if !is_f32(&x) {
        return reference::avg_forward::<Flex>(x, options, count_padding);
    }
    let shape = Pool2dShape::new(x.shape().dims(), options);
    let x = x.to_contiguous();
    tensor(average::forward(&shape, x.storage(), count_padding), shape.output_dims())
}

/// As [`Backend::avg_pool2d_gradient`](crate::Backend::avg_pool2d_gradient); other floats than 32-bit ones take the reference.
pub(crate) fn avg_gradient(
    output_grad: FlexTensor,
    input: [usize; 4],
    options: &Pool2dOptions,
    count_padding: bool,
) -> FlexTensor {
    if !is_f32(&output_grad) {
        return reference::avg_gradient::<Flex>(output_grad, input, options, count_padding);
    }
    let shape = Pool2dShape::new(input, options);
    let dy = output_grad.to_contiguous();
    tensor(average::backward(&shape, dy.storage(), count_padding), input)
}

/// How many planes a thread takes at a time: pixels of some 64 KiB, or one plane; all, where there is little to do.
fn planes_per_part(shape: &Pool2dShape) -> usize {
    const PART: usize = 16 * 1024;
    const SERIAL: usize = 8 * PART;
    let plane = shape.input_len().max(shape.output_len()).max(1);
    match shape.count() * plane <= SERIAL {
        true => shape.count().max(1),
        false => (PART / plane).max(1),
    }
}
