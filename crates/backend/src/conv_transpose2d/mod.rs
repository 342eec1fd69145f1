//! Two-dimensional transposed convolution: the way back of [`conv2d`](mod@crate::conv2d), from small maps to large ones.
//!
//! ```text
//! ŷ[b, g·O/G + o, i·s₀ + u·d₀, j·s₁ + v·d₁] = bias + Σ weight[c, o, u, v] · x[b, c, i, j]   over c of group g, where places meet
//!
//! x       [B, C, H, W]          input
//! weight  [C, O/G, kh, kw]      one filter per input channel
//! bias    [O]
//! y       [B, O, H', W']        ŷ without p_top rows and p_left columns; H' = (H − 1)·s₀ + d₀·(kh − 1) + 1 + r₀ − p_top − p_bottom
//! ```
//!
//! B is the batch, C the input channels, O the output channels, G the groups (input channel c belongs to group g = ⌊c·G/C⌋),
//! s the stride, d the dilation, p the padding, which is cut off, r the output padding: rows and columns that are added at the
//! end.
//!
//! With ŷ as its pictures this is the gradient of the input of a convolution with the same filters, stride, padding and
//! dilation, whose output is x; and the gradients of this operation are that convolution's output and weight gradient:
//!
//! ```text
//! dx[b, c, i, j]      = Σ_{o, u, v} weight[c, o, u, v] · dŷ[b, g·O/G + o, i·s₀ + u·d₀, j·s₁ + v·d₁]
//! dweight[c, o, u, v] = Σ_{b, i, j} x[b, c, i, j] · dŷ[b, g·O/G + o, i·s₀ + u·d₀, j·s₁ + v·d₁]
//! dbias[o]            = Σ_{b, i, j} dy[b, o, i, j]
//! ```
//!
//! An introduction to the arithmetic of these shapes: Dumoulin & Visin, 2016, <https://arxiv.org/abs/1603.07285>.

#[cfg(feature = "flex")]
pub(crate) mod flex;
mod options;
pub(crate) mod reference;
mod shape;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::weighted::weighted;
use crate::{Backend, route};

pub use options::ConvTranspose2dOptions;

weighted!(ConvTranspose2dOptions, |options| conv_transpose2d_forward(options), conv_transpose2d_backward);

/// The transposed convolution of pictures `x` `[B, C, H, W]` with `weight` `[C, O/groups, kh, kw]`, plus `bias` `[O]`.
///
/// The result is `[B, O, H', W']`; the formula and the sizes are those of [this module](self). Runs on any device, and
/// differentiates with respect to all three tensors on an autodiff device. On Flex with 32-bit floats a kernel of this crate
/// does the work, elsewhere Burn's own operations. Equal input gives equal bytes, whatever the number of threads.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_backend::{ConvTranspose2dOptions, conv_transpose2d};
///
/// let device = Device::flex();
/// let maps = Tensor::<4>::ones([2, 3, 7, 7], &device);
/// let filters = Tensor::<4>::ones([3, 1, 4, 4], &device);
/// let options = ConvTranspose2dOptions::default().with_stride([2, 2]).with_padding([[1, 1], [1, 1]]);
///
/// let y = conv_transpose2d(maps, filters, None, options);
/// assert_eq!(y.dims(), [2, 1, 14, 14]);
/// assert_eq!(y.max().into_scalar::<f32>(), 12.0); // inside, 2 x 2 weights of 3 channels meet
/// ```
///
/// # Panics
///
/// When the shapes do not fit each other or the options; the message shows both shapes and the rule.
pub fn conv_transpose2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    options: ConvTranspose2dOptions,
) -> Tensor<4> {
    let bias_len = bias.as_ref().map(|bias| bias.dims()[0]);
    shape::check(x.dims(), weight.dims(), bias_len, &options);

    let x = route::into_float(x);
    let weight = route::into_float(weight);
    let bias = bias.map(route::into_float);
    let y = if route::is_listed(&x) {
        <Dispatch as Backend>::conv_transpose2d_forward(x, weight, bias.into(), options)
    } else {
        reference::forward::<Dispatch>(x, weight, bias, &options)
    };
    Tensor::from_dispatch(y)
}
