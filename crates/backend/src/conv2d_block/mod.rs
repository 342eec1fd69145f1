//! Convolution, bias, activation and max pooling as one operation.
//!
//! ```text
//! y = maxpool(f(x ⋆ weight + bias))          f the activation; pooling of windows that lie side by side
//! ```
//!
//! The convolution is that of [`conv2d`](mod@crate::conv2d), with its shapes; a pooling of `[ph, pw]` makes `[B, O, H', W']`
//! to `[B, O, ⌊H'/ph⌋, ⌊W'/pw⌋]`, leaving out the rows and columns that fill no window. The result is that of the operations
//! one after the other. What they hand to each other stays in cache: the activation and the pooling work on the sums while
//! they are there, and the backward pass starts from the pooled output and one byte for each of its values.

#[cfg(feature = "flex")]
pub(crate) mod flex;
mod options;
pub(crate) mod reference;
#[cfg(test)]
mod tests;

use burn::backend::{Dispatch, tensor::FloatTensor};
use burn::tensor::Tensor;

use crate::conv2d::shape::{self, Conv2dShape};
use crate::weighted::{GradientsOf, Weighted};
use crate::{Backend, OptionalTensor, Pool2dOptions, WeightedGradients, activation, conv2d, max_pool2d, route};

pub use options::{Conv2dBlockOptions, Conv2dBlockRecord};

impl Weighted for Conv2dBlockOptions {
    /// The output, and what its backend saves beside it.
    type Kept<B: Backend> = [FloatTensor<B>; 2];

    fn forward<B: Backend>(self, x: FloatTensor<B>, weight: FloatTensor<B>, bias: OptionalTensor<B>) -> FloatTensor<B> {
        B::conv2d_block_forward(x, weight, bias, self)
    }

    fn record<B: Backend>(
        self,
        x: FloatTensor<B>,
        weight: FloatTensor<B>,
        bias: OptionalTensor<B>,
    ) -> (FloatTensor<B>, [FloatTensor<B>; 2]) {
        let (output, saved) = B::conv2d_block_record(x, weight, bias, self);
        (output.clone(), [output, saved])
    }

    fn backward<B: Backend>(
        self,
        [x, weight]: [FloatTensor<B>; 2],
        [output, saved]: [FloatTensor<B>; 2],
        output_grad: FloatTensor<B>,
        wanted: WeightedGradients,
    ) -> GradientsOf<B> {
        let record = Conv2dBlockRecord { x, weight, output, saved };
        B::conv2d_block_backward(record, output_grad, self, wanted)
    }
}

/// Convolves pictures `x` `[B, C, H, W]` with `weight` `[O, C/groups, kh, kw]`, adds `bias` `[O]`, and applies the activation
/// and the pooling of the options.
///
/// The formula and the sizes are those of [this module](self). Runs on any device, and differentiates with respect to all
/// three tensors on an autodiff device, as one step where the gradient of the activation follows from its output. On Flex with
/// 32-bit floats a kernel of this crate does the work, elsewhere Burn's own operations. Equal input gives equal bytes, whatever
/// the number of threads.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_backend::{Activation, Conv2dBlockOptions, Conv2dOptions, conv2d_block};
///
/// let device = Device::flex();
/// let pictures = Tensor::<4>::ones([2, 1, 6, 6], &device);
/// let filters = Tensor::<4>::ones([4, 1, 3, 3], &device);
/// let options = Conv2dBlockOptions::new(Conv2dOptions::default())
///     .with_activation(Activation::Relu)
///     .with_pool([2, 2]);
///
/// let y = conv2d_block(pictures, filters, None, options);
/// assert_eq!(y.dims(), [2, 4, 2, 2]);
/// assert_eq!(y.max().into_scalar::<f32>(), 9.0);
/// ```
///
/// # Panics
///
/// When the shapes do not fit each other or the options; the message shows the shapes and the rule.
pub fn conv2d_block(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    options: Conv2dBlockOptions,
) -> Tensor<4> {
    let bias_len = bias.as_ref().map(|bias| bias.dims()[0]);
    shape::check(x.dims(), weight.dims(), bias_len, &options.conv);
    let conv_shape = Conv2dShape::new(x.dims(), weight.dims(), &options.conv);
    options.check_pool(&conv_shape);

    match options.activation {
        None if options.pool.is_none() => return conv2d(x, weight, bias, options.conv),
        Some(function) if function.needs_input() => {
            let y = activation(conv2d(x, weight, bias, options.conv), function);
            return match options.pool {
                Some(window) => max_pool2d(y, Pool2dOptions::new(window)),
                None => y,
            };
        }
        _ => {}
    }

    let x = route::into_float(x);
    let weight = route::into_float(weight);
    let bias = bias.map(route::into_float);
    let y = if route::is_listed(&x) {
        <Dispatch as Backend>::conv2d_block_forward(x, weight, bias.into(), options)
    } else {
        reference::forward::<Dispatch>(x, weight, bias, &options)
    };
    Tensor::from_dispatch(y)
}
