//! Pooling: the largest value, or the mean, of each window of a picture.
//!
//! ```text
//! P(i, j)          = the pixels of the picture among (i·s₀ + u·d₀ − p_top, j·s₁ + v·d₁ − p_left), 0 ≤ u < kh, 0 ≤ v < kw
//! max  y[b,c,i,j]  = max x[b, c, P(i, j)]
//! mean y[b,c,i,j]  = Σ x[b, c, P(i, j)] / n        n = |P(i, j)|, or kh·kw where padding counts
//!
//! x  [B, C, H, W]
//! y  [B, C, H', W']        H' = ⌊(H + p_top + p_bottom − d₀·(kh − 1) − 1) / s₀⌋ + 1, W' alike
//! ```
//!
//! B is the batch, C the channels, s the stride, d the dilation, p the padding.
//!
//! The backward pass gives dy[b, c, i, j] to the largest pixel, of equal ones to the first in the order of the rows, or dy/n
//! to each. NaN is larger than every number, as in PyTorch; padding never wins, and a window that sees none of the picture's
//! pixels gives −∞ as its largest and no gradient.

pub(crate) mod autodiff;
#[cfg(feature = "flex")]
pub(crate) mod flex;
mod options;
pub(crate) mod reference;
mod shape;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::{Backend, route};

pub use options::Pool2dOptions;

/// The largest value of each window of pictures `x` `[B, C, H, W]`, `[B, C, H', W']`.
///
/// The formula and the sizes are those of [this module](self). Runs on any device, and differentiates with respect to `x` on
/// an autodiff device. On Flex with 32-bit floats a kernel of this crate does the work and keeps a byte for each window, on
/// GPUs Burn's own operations. Equal input gives equal bytes, whatever the number of threads.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_backend::{Pool2dOptions, max_pool2d};
///
/// let x = Tensor::<4>::from_floats([[[[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 8.0, 1.0]]]], &Device::flex());
/// let y = max_pool2d(x, Pool2dOptions::new([2, 2]));
/// assert_eq!(y.into_data().try_to_vec::<f32>().unwrap(), [5.0, 8.0]);
/// ```
///
/// # Panics
///
/// When the shape does not fit the options; the message shows the shape and the rule.
pub fn max_pool2d(x: Tensor<4>, options: Pool2dOptions) -> Tensor<4> {
    shape::check("max_pool2d", x.dims(), &options);
    let x = route::into_float(x);
    let y = if route::is_listed(&x) {
        <Dispatch as Backend>::max_pool2d_forward(x, options)
    } else {
        reference::max_forward::<Dispatch>(x, &options)
    };
    Tensor::from_dispatch(y)
}

/// The mean of each window of pictures `x` `[B, C, H, W]`, `[B, C, H', W']`: of the picture's pixels under it or, with
/// `count_padding`, of all, those of the padding as zeros.
///
/// The formula and the sizes are those of [this module](self); it runs where [`max_pool2d`](fn@max_pool2d) does.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_backend::{Pool2dOptions, avg_pool2d};
///
/// let x = Tensor::<4>::from_floats([[[[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 8.0, 1.0]]]], &Device::flex());
/// let y = avg_pool2d(x, Pool2dOptions::new([2, 2]), false);
/// assert_eq!(y.into_data().try_to_vec::<f32>().unwrap(), [3.25, 2.75]);
/// ```
///
/// # Panics
///
/// When the shape does not fit the options, a window sees padding alone, or there is dilation; the message shows the shape and
/// the rule.
pub fn avg_pool2d(x: Tensor<4>, options: Pool2dOptions, count_padding: bool) -> Tensor<4> {
    shape::check("avg_pool2d", x.dims(), &options);
    assert!(
        options.dilation == [1, 1],
        "avg_pool2d of {:?} with {options:?}: means are taken without dilation, [1, 1]",
        x.dims()
    );
    let x = route::into_float(x);
    let y = if route::is_listed(&x) {
        <Dispatch as Backend>::avg_pool2d_forward(x, options, count_padding)
    } else {
        reference::avg_forward::<Dispatch>(x, &options, count_padding)
    };
    Tensor::from_dispatch(y)
}
