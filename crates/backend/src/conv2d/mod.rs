//! Two-dimensional convolution, as neural networks mean it: cross-correlation.
//!
//! ```text
//! y[b, o, i, j] = bias[o] + Σ_{c, u, v} weight[o, c, u, v] · x̂[b, g·C/G + c, i·s₀ + u·d₀, j·s₁ + v·d₁]
//!
//! x       [B, C, H, W]          input; x̂ is x with p zeros put around each picture
//! weight  [O, C/G, kh, kw]      one filter per output channel
//! bias    [O]
//! y       [B, O, H', W']        H' = ⌊(H + p_top + p_bottom − d₀·(kh − 1) − 1) / s₀⌋ + 1, W' alike
//! ```
//!
//! B is the batch, C the input channels, O the output channels, G the groups (output channel o belongs
//! to group g = ⌊o·G/O⌋), s the stride, d the dilation, p the padding.
//!
//! The backward pass, with dy the gradient of the output:
//!
//! ```text
//! dweight[o, c, u, v] = Σ_{b, i, j} dy[b, o, i, j] · x̂[b, g·C/G + c, i·s₀ + u·d₀, j·s₁ + v·d₁]
//! dx̂                  = every dy[b, o, i, j] · weight[o, c, u, v] added where x̂ was read; dx is its inside
//! dbias[o]            = Σ_{b, i, j} dy[b, o, i, j]
//! ```
//!
//! An introduction to the arithmetic of these shapes: Dumoulin & Visin, 2016,
//! <https://arxiv.org/abs/1603.07285>.

#[cfg(feature = "flex")]
pub(crate) mod flex;
mod options;
pub(crate) mod reference;
pub(crate) mod shape;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::weighted::weighted;
use crate::{Backend, route};

pub use options::Conv2dOptions;

weighted!(Conv2dOptions, |options| conv2d_forward(options), conv2d_backward);

/// Convolves pictures `x` `[B, C, H, W]` with `weight` `[O, C/groups, kh, kw]` and adds `bias` `[O]`.
///
/// The result is `[B, O, H', W']`; the formula and the sizes are those of [this module](self). Runs
/// on any device, and differentiates with respect to all three tensors on an autodiff device. On
/// Flex with 32-bit floats a kernel of this crate does the work, on GPUs Burn's own operations.
/// Equal input gives equal bytes, whatever the number of threads.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_backend::{Conv2dOptions, conv2d};
///
/// let device = Device::flex();
/// let pictures = Tensor::<4>::ones([2, 1, 5, 5], &device);
/// let filters = Tensor::<4>::ones([4, 1, 3, 3], &device);
/// let options = Conv2dOptions::default().with_padding([[1, 1], [1, 1]]);
///
/// let y = conv2d(pictures, filters, None, options);
/// assert_eq!(y.dims(), [2, 4, 5, 5]);
/// assert_eq!(y.slice([0..1, 0..1, 0..1, 0..1]).into_scalar::<f32>(), 4.0); // a corner sees 2 x 2
/// ```
///
/// # Panics
///
/// When the shapes do not fit each other or the options; the message shows both shapes and the rule.
pub fn conv2d(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>, options: Conv2dOptions) -> Tensor<4> {
    let bias_len = bias.as_ref().map(|bias| bias.dims()[0]);
    shape::check(x.dims(), weight.dims(), bias_len, &options);

    let x = route::into_float(x);
    let weight = route::into_float(weight);
    let bias = bias.map(route::into_float);
    let y = if route::is_listed(&x) {
        <Dispatch as Backend>::conv2d_forward(x, weight, bias.into(), options)
    } else {
        reference::forward::<Dispatch>(x, weight, bias, &options)
    };
    Tensor::from_dispatch(y)
}
