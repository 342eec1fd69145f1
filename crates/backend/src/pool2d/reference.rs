//! The reference: pooling in Burn's own operations, for any backend and for Burn's `Dispatch`. What a kernel computes must
//! agree with it.
//!
//! Burn's backends know padding that is the same on both sides; other padding is put around the picture before.

use burn::backend::ops::ModuleOps;
use burn::backend::tensor::{Device, FloatTensor, IntTensor};
use burn::backend::{Backend, TensorMetadata, get_or_init_device_settings};
use burn::tensor::{DType, Shape, Slice, TensorData};

use super::Pool2dOptions;
use super::shape::Pool2dShape;

/// The largest value of each window.
///
/// On an autodiff backend, and on `Dispatch` with autodiff tensors, Burn's own gradient applies.
pub(crate) fn max_forward<B: Backend>(x: FloatTensor<B>, options: &Pool2dOptions) -> FloatTensor<B> {
    let Pool2dOptions { kernel, stride, dilation, .. } = *options;
    let (x, padding) = padded::<B>(x, options, f64::NEG_INFINITY);
    <B as ModuleOps<B>>::max_pool2d(x, kernel, stride, padding, dilation, false)
}

/// The same, and where in the picture, padded where it has to be, the largest values stand.
pub(crate) fn max_record<B: Backend>(x: FloatTensor<B>, options: &Pool2dOptions) -> (FloatTensor<B>, IntTensor<B>) {
    let Pool2dOptions { kernel, stride, dilation, .. } = *options;
    let (x, padding) = padded::<B>(x, options, f64::NEG_INFINITY);
    let dtype = get_or_init_device_settings::<B>(&x.device()).int_dtype;
    let found = <B as ModuleOps<B>>::max_pool2d_with_indices(x, kernel, stride, padding, dilation, false, dtype);
    (found.output, found.indices)
}

/// The gradient of the pictures `input` `[B, C, H, W]`, given that of the largest values and their places.
pub(crate) fn max_gradient<B: Backend>(
    output_grad: FloatTensor<B>,
    largest: IntTensor<B>,
    input: [usize; 4],
    options: &Pool2dOptions,
) -> FloatTensor<B> {
    let Pool2dOptions { kernel, stride, dilation, .. } = *options;
    let (x, padding) = padded::<B>(zeros::<B>(input, &output_grad), options, 0.0);
    let gradient = <B as ModuleOps<B>>::max_pool2d_with_indices_backward(
        x,
        kernel,
        stride,
        padding,
        dilation,
        false,
        output_grad,
        largest,
    );
    inside::<B>(gradient.x_grad, input, options)
}

/// The mean of each window; see [`max_forward`] for gradients.
pub(crate) fn avg_forward<B: Backend>(
    x: FloatTensor<B>,
    options: &Pool2dOptions,
    count_padding: bool,
) -> FloatTensor<B> {
    let Pool2dOptions { kernel, stride, .. } = *options;
    let input = x.shape().dims();
    let (x, padding) = padded::<B>(x, options, 0.0);
    let native = is_symmetric(options);
    let y = <B as ModuleOps<B>>::avg_pool2d(x, kernel, stride, padding, count_padding || !native, false);
    match count_padding || native {
        true => y,
        false => {
            let shares = shares::<B>(input, options, &y.device(), y.dtype());
            B::float_mul(y, shares)
        }
    }
}

/// The gradient of the pictures `input` `[B, C, H, W]`, given that of the means.
pub(crate) fn avg_gradient<B: Backend>(
    output_grad: FloatTensor<B>,
    input: [usize; 4],
    options: &Pool2dOptions,
    count_padding: bool,
) -> FloatTensor<B> {
    let Pool2dOptions { kernel, stride, .. } = *options;
    let native = is_symmetric(options);
    let (x, padding) = padded::<B>(zeros::<B>(input, &output_grad), options, 0.0);
    let output_grad = match count_padding || native {
        true => output_grad,
        false => {
            let shares = shares::<B>(input, options, &output_grad.device(), output_grad.dtype());
            B::float_mul(output_grad, shares)
        }
    };
    let count_padding = count_padding || !native;
    let gradient =
        <B as ModuleOps<B>>::avg_pool2d_backward(x, output_grad, kernel, stride, padding, count_padding, false);
    inside::<B>(gradient, input, options)
}

fn is_symmetric(options: &Pool2dOptions) -> bool {
    options.padding.iter().all(|[before, after]| before == after)
}

/// The picture with what Burn's backends cannot pad put around it, and what they are to pad.
fn padded<B: Backend>(x: FloatTensor<B>, options: &Pool2dOptions, value: f64) -> (FloatTensor<B>, [usize; 2]) {
    if is_symmetric(options) {
        return (x, options.padding.map(|[before, _]| before));
    }
    let [batch, channels, height, width] = x.shape().dims();
    let [rows, columns] = options.padding.map(|[before, after]| before + after);
    let shape = Shape::new([batch, channels, height + rows, width + columns]);
    let frame = B::float_full(shape, value.into(), &x.device(), x.dtype().into());
    let inside = picture([batch, channels, height, width], options);
    (B::float_slice_assign(frame, &inside, x), [0, 0])
}

/// The part of what [`padded`] gives that is the picture.
fn inside<B: Backend>(padded: FloatTensor<B>, input: [usize; 4], options: &Pool2dOptions) -> FloatTensor<B> {
    match is_symmetric(options) {
        true => padded,
        false => B::float_slice(padded, &picture(input, options)),
    }
}

fn picture([batch, channels, height, width]: [usize; 4], options: &Pool2dOptions) -> [Slice; 4] {
    let [[top, _], [left, _]] = options.padding;
    [0..batch, 0..channels, top..top + height, left..left + width].map(Slice::from)
}

/// What the mean of all of a window is multiplied by to make that of the picture's part, `[1, 1, H', W']`.
fn shares<B: Backend>(input: [usize; 4], options: &Pool2dOptions, device: &Device<B>, dtype: DType) -> FloatTensor<B> {
    let shape = Pool2dShape::new(input, options);
    let [rows, columns] = [0, 1].map(|axis| shape.seen(axis));
    let window = (options.kernel[0] * options.kernel[1]) as f32;
    let share = |rows: &usize, columns: &usize| window / (rows * columns) as f32;
    let shares: Vec<f32> = rows.iter().flat_map(|r| columns.iter().map(move |c| share(r, c))).collect();
    let data = TensorData::new(shares, [1, 1, shape.output[0], shape.output[1]]).convert_dtype(dtype);
    B::float_from_data(data, device)
}

fn zeros<B: Backend>(dims: [usize; 4], like: &FloatTensor<B>) -> FloatTensor<B> {
    B::float_zeros(Shape::new(dims), &like.device(), like.dtype().into())
}
