//! The common backend trait: what a Burn backend must offer beyond Burn's own operations.

use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::{Autodiff, backend_extension, tensor::FloatTensor};

use crate::conv2d::{self, Conv2dGradients, Conv2dOptions};
use crate::{OptionalTensor, lerp, sum_of_squares};

/// A Burn backend with Firebrick's operations.
///
/// Every operation has a body in terms of Burn's own operations, its reference; a backend overrides
/// what it can do faster. Models never call this trait: they call the functions on
/// [`Tensor`](burn::tensor::Tensor), such as [`conv2d`](crate::conv2d()), which also run on devices
/// that the trait does not list.
#[backend_extension(
    Autodiff,
    Flex: cfg(all(feature = "flex", not(feature = "reference-only"))),
    Cube: cfg(all(feature = "gpu", not(feature = "reference-only"))),
)]
pub trait Backend: burn::backend::Backend {
    /// The 2-D convolution of `x` `[B, I, H, W]` with `weight` `[O, I/groups, kh, kw]`, plus `bias`
    /// `[O]`; the result is `[B, O, H', W']`. See [`conv2d`](mod@crate::conv2d).
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn conv2d_forward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        #[extension_type] bias: OptionalTensor<Self>,
        options: Conv2dOptions,
    ) -> FloatTensor<Self> {
        conv2d::reference::forward::<Self>(x, weight, bias.into_option(), &options)
    }

    /// The gradients of [`conv2d_forward`](Self::conv2d_forward) with respect to `x`, `weight` and
    /// the bias, in this order, given the gradient of its output, `[B, O, H', W']`. Only those that
    /// `wanted` names are computed; the others are `None`.
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    #[allow(clippy::type_complexity, reason = "Burn's dispatch reads the type as it is written")]
    fn conv2d_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: Conv2dOptions,
        wanted: Conv2dGradients,
    ) -> (Option<FloatTensor<Self>>, Option<FloatTensor<Self>>, Option<FloatTensor<Self>>) {
        conv2d::reference::backward::<Self>(x, weight, output_grad, &options, wanted)
    }

    /// `average + share · (value − average)`, all of one shape. See [`lerp`](mod@crate::lerp).
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn lerp(average: FloatTensor<Self>, value: FloatTensor<Self>, share: f32) -> FloatTensor<Self> {
        lerp::reference::lerp::<Self>(average, value, share)
    }

    /// The sum of the squares of `x`, `[1]`. See [`sum_of_squares`](mod@crate::sum_of_squares).
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn sum_of_squares(x: FloatTensor<Self>) -> FloatTensor<Self> {
        sum_of_squares::reference::sum_of_squares::<Self>(x)
    }
}

#[cfg(feature = "flex")]
impl Backend for burn::backend::Flex {
    fn conv2d_forward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: OptionalTensor<Self>,
        options: Conv2dOptions,
    ) -> FloatTensor<Self> {
        conv2d::flex::forward(x, weight, bias.into_option(), &options)
    }

    fn conv2d_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: Conv2dOptions,
        wanted: Conv2dGradients,
    ) -> (Option<FloatTensor<Self>>, Option<FloatTensor<Self>>, Option<FloatTensor<Self>>) {
        conv2d::flex::backward(x, weight, output_grad, &options, wanted)
    }

    fn lerp(average: FloatTensor<Self>, value: FloatTensor<Self>, share: f32) -> FloatTensor<Self> {
        lerp::flex::lerp(average, value, share)
    }

    fn sum_of_squares(x: FloatTensor<Self>) -> FloatTensor<Self> {
        sum_of_squares::flex::sum_of_squares(x)
    }
}

#[cfg(feature = "gpu")]
impl Backend for burn::backend::Cube {}

impl<B: Backend, C: CheckpointStrategy> Backend for Autodiff<B, C> {
    fn conv2d_forward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: OptionalTensor<Self>,
        options: Conv2dOptions,
    ) -> FloatTensor<Self> {
        conv2d::autodiff::forward::<B, C>(x, weight, bias.into_option(), options)
    }
}
