//! The common backend trait: what a Burn backend must offer beyond Burn's own operations.

use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::{Autodiff, backend_extension, tensor::FloatTensor, tensor::IntTensor};

use crate::conv2d::{self, Conv2dGradients, Conv2dOptions};
use crate::embedding;
use crate::optimizer::{self, AdamMoments, AdamStep, SgdStep};
use crate::recurrent::{self, RecurrentGradients, RecurrentInputs, RecurrentOptions};
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

    /// The rows `ids` `[B, T]` of `weight` `[V, E]`, `[B, T, E]`; the row `padding_idx` gets no gradient. See
    /// [`embedding`](mod@crate::embedding).
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn embedding_forward(
        weight: FloatTensor<Self>,
        ids: IntTensor<Self>,
        padding_idx: Option<usize>,
    ) -> FloatTensor<Self> {
        embedding::reference::forward::<Self>(weight, ids, padding_idx)
    }

    /// The gradient of the weight of [`embedding_forward`](Self::embedding_forward), `[rows, E]`, given the gradient of its
    /// output, `[B, T, E]`.
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn embedding_gradient(
        output_grad: FloatTensor<Self>,
        ids: IntTensor<Self>,
        rows: usize,
        padding_idx: Option<usize>,
    ) -> FloatTensor<Self> {
        embedding::reference::gradient::<Self>(output_grad, ids, rows, padding_idx)
    }

    /// One step of Adam for a parameter. See [`optimizer`](mod@crate::optimizer).
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn adam_update(
        parameter: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        #[extension_type] moments: AdamMoments<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, AdamMoments<Self>) {
        optimizer::reference::adam::<Self>(parameter, gradient, moments, &step)
    }

    /// One step of stochastic gradient descent for a parameter. See [`optimizer`](mod@crate::optimizer).
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn sgd_update(
        parameter: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        #[extension_type] velocity: OptionalTensor<Self>,
        step: SgdStep,
    ) -> (FloatTensor<Self>, OptionalTensor<Self>) {
        optimizer::reference::sgd::<Self>(parameter, gradient, velocity, &step)
    }

    /// A recurrent layer over whole sequences: the rows of the sequence `[B, T, H]`, then those of the
    /// final states `[B, H]`, in one tensor. See [`recurrent`](mod@crate::recurrent).
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn recurrent_forward(
        #[extension_type] inputs: RecurrentInputs<Self>,
        options: RecurrentOptions,
    ) -> FloatTensor<Self> {
        recurrent::reference::forward::<Self>(inputs, options)
    }

    /// The same, and what the backward pass of this backend needs of it.
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn recurrent_record(
        #[extension_type] inputs: RecurrentInputs<Self>,
        options: RecurrentOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        recurrent::reference::record::<Self>(inputs, options)
    }

    /// The gradients of [`recurrent_forward`](Self::recurrent_forward) with respect to x, W, U, the bias
    /// and the initial state, in this order, given what
    /// [`recurrent_record`](Self::recurrent_record) saved and the gradient of the packed output. The
    /// bias itself is not needed. Only those gradients that `wanted` names are computed; the others
    /// are `None`.
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    #[allow(clippy::type_complexity, reason = "Burn's dispatch reads the type as it is written")]
    fn recurrent_backward(
        #[extension_type] inputs: RecurrentInputs<Self>,
        saved: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: RecurrentOptions,
        wanted: RecurrentGradients,
    ) -> (
        Option<FloatTensor<Self>>,
        Option<FloatTensor<Self>>,
        Option<FloatTensor<Self>>,
        Option<FloatTensor<Self>>,
        Option<FloatTensor<Self>>,
    ) {
        recurrent::reference::backward::<Self>(inputs, saved, output_grad, options, wanted)
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

    fn embedding_forward(
        weight: FloatTensor<Self>,
        ids: IntTensor<Self>,
        padding_idx: Option<usize>,
    ) -> FloatTensor<Self> {
        embedding::flex::forward(weight, ids, padding_idx)
    }

    fn embedding_gradient(
        output_grad: FloatTensor<Self>,
        ids: IntTensor<Self>,
        rows: usize,
        padding_idx: Option<usize>,
    ) -> FloatTensor<Self> {
        embedding::flex::gradient(output_grad, ids, rows, padding_idx)
    }

    fn adam_update(
        parameter: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        moments: AdamMoments<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, AdamMoments<Self>) {
        optimizer::flex::adam(parameter, gradient, moments, &step)
    }

    fn sgd_update(
        parameter: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        velocity: OptionalTensor<Self>,
        step: SgdStep,
    ) -> (FloatTensor<Self>, OptionalTensor<Self>) {
        optimizer::flex::sgd(parameter, gradient, velocity, &step)
    }

    fn recurrent_forward(inputs: RecurrentInputs<Self>, options: RecurrentOptions) -> FloatTensor<Self> {
        recurrent::flex::forward(inputs, options)
    }

    fn recurrent_record(
        inputs: RecurrentInputs<Self>,
        options: RecurrentOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        recurrent::flex::record(inputs, options)
    }

    #[allow(clippy::type_complexity, reason = "the type is the trait's")]
    fn recurrent_backward(
        inputs: RecurrentInputs<Self>,
        saved: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: RecurrentOptions,
        wanted: RecurrentGradients,
    ) -> (
        Option<FloatTensor<Self>>,
        Option<FloatTensor<Self>>,
        Option<FloatTensor<Self>>,
        Option<FloatTensor<Self>>,
        Option<FloatTensor<Self>>,
    ) {
        recurrent::flex::backward(inputs, saved, output_grad, options, wanted)
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

    fn embedding_forward(
        weight: FloatTensor<Self>,
        ids: IntTensor<Self>,
        padding_idx: Option<usize>,
    ) -> FloatTensor<Self> {
        embedding::autodiff::forward::<B, C>(weight, ids, padding_idx)
    }

    fn recurrent_forward(inputs: RecurrentInputs<Self>, options: RecurrentOptions) -> FloatTensor<Self> {
        recurrent::autodiff::forward::<B, C>(inputs, options)
    }
}
