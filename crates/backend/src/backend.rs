//! The common backend trait: what a Burn backend must offer beyond Burn's own operations.

mod autodiff;
#[cfg(feature = "flex")]
mod flex;

use burn::backend::{backend_extension, tensor::FloatTensor, tensor::IntTensor};
use burn::tensor::Shape;

use crate::activation::{self, Activation};
use crate::batch_norm::{self, BatchNormGradients, BatchNormInputs, BatchNormOptions, Statistics};
use crate::conv_transpose2d::{self, ConvTranspose2dOptions};
use crate::conv2d::{self, Conv2dOptions};
use crate::conv2d_block::{self, Conv2dBlockOptions, Conv2dBlockRecord};
use crate::cross_entropy;
use crate::dropout;
use crate::embedding;
use crate::linear;
use crate::optimizer::{self, AdamMoments, AdamStep, SgdStep};
use crate::pool2d::{self, Pool2dOptions};
use crate::recurrent::{self, RecurrentGradients, RecurrentInputs, RecurrentOptions};
use crate::{OptionalTensor, WeightedGradients, lerp, squared_error, sum_of_squares};

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
        wanted: WeightedGradients,
    ) -> (Option<FloatTensor<Self>>, Option<FloatTensor<Self>>, Option<FloatTensor<Self>>) {
        conv2d::reference::backward::<Self>(x, weight, output_grad, &options, wanted)
    }

    /// The activation of every number of `x`. See [`activation`](mod@crate::activation).
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn activation_forward(x: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        activation::reference::forward::<Self>(x, activation)
    }

    /// The gradient of the input of [`activation_forward`](Self::activation_forward), given that of its output and `kept`,
    /// the output or, where [`Activation::needs_input`] says so, the input.
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn activation_backward(
        kept: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        activation::reference::backward::<Self>(kept, output_grad, activation)
    }

    /// y, and the mean and the variance `[C]` of the batch x `[B, C, ...]`. See [`batch_norm`](mod@crate::batch_norm).
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn batch_norm_by_batch(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        options: BatchNormOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        batch_norm::reference::by_batch::<Self>(x, gamma, beta, options)
    }

    /// y by a given mean and variance. See [`batch_norm`](mod@crate::batch_norm).
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn batch_norm_given(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        #[extension_type] statistics: Statistics<Self>,
        options: BatchNormOptions,
    ) -> FloatTensor<Self> {
        batch_norm::reference::given::<Self>(x, gamma, beta, statistics, options)
    }

    /// The gradients of both with respect to x, γ and β, in this order, given that of y. Only those that `wanted` names are
    /// computed; the others are `None`.
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    #[allow(clippy::type_complexity, reason = "Burn's dispatch reads the type as it is written")]
    fn batch_norm_backward(
        #[extension_type] inputs: BatchNormInputs<Self>,
        output_grad: FloatTensor<Self>,
        options: BatchNormOptions,
        wanted: BatchNormGradients,
    ) -> (Option<FloatTensor<Self>>, Option<FloatTensor<Self>>, Option<FloatTensor<Self>>) {
        batch_norm::reference::backward::<Self>(inputs, output_grad, options, wanted)
    }

    /// The losses `[N]` of `logits` `[N, C]` for `labels` `[N]`. See [`cross_entropy`](mod@crate::cross_entropy).
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn cross_entropy_forward(logits: FloatTensor<Self>, labels: IntTensor<Self>, smoothing: f64) -> FloatTensor<Self> {
        cross_entropy::reference::forward::<Self>(logits, labels, smoothing)
    }

    /// The same, and what the backward pass of this backend needs of it.
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn cross_entropy_record(
        logits: FloatTensor<Self>,
        labels: IntTensor<Self>,
        smoothing: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        cross_entropy::reference::record::<Self>(logits, labels, smoothing)
    }

    /// The gradient of the logits, `[N, C]`, given what [`cross_entropy_record`](Self::cross_entropy_record) recorded and the
    /// gradient of the losses.
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn cross_entropy_gradient(
        logits: FloatTensor<Self>,
        labels: IntTensor<Self>,
        record: FloatTensor<Self>,
        loss_grad: FloatTensor<Self>,
        smoothing: f64,
    ) -> FloatTensor<Self> {
        cross_entropy::reference::gradient::<Self>(record, labels, loss_grad, smoothing)
    }

    /// Dropout of x, with a mask of the shape `mask`. See [`dropout`](mod@crate::dropout).
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn dropout_forward(x: FloatTensor<Self>, mask: Shape, rate: f64) -> FloatTensor<Self> {
        let drawn = Self::dropout_draw(x.clone(), mask.clone(), rate);
        Self::dropout_apply(x, drawn, mask, rate)
    }

    /// What decides the mask, for a tensor like `like`: the mask itself, or what this backend makes it from.
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn dropout_draw(like: FloatTensor<Self>, mask: Shape, rate: f64) -> FloatTensor<Self> {
        dropout::reference::draw::<Self>(&like, mask, rate)
    }

    /// x·m / (1 − rate), for what [`dropout_draw`](Self::dropout_draw) drew: the output, or of its gradient that of the input.
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn dropout_apply(x: FloatTensor<Self>, drawn: FloatTensor<Self>, mask: Shape, rate: f64) -> FloatTensor<Self> {
        dropout::reference::apply::<Self>(x, drawn)
    }

    /// The convolution of `x` `[B, C, H, W]` with `weight` `[O, C/groups, kh, kw]`, plus `bias` `[O]`, then the activation and
    /// the pooling of the options. See [`conv2d_block`](mod@crate::conv2d_block). The gradient of the activation must follow
    /// from its output.
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn conv2d_block_forward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        #[extension_type] bias: OptionalTensor<Self>,
        options: Conv2dBlockOptions,
    ) -> FloatTensor<Self> {
        conv2d_block::reference::forward::<Self>(x, weight, bias.into_option(), &options)
    }

    /// The same, and what the backward pass of this backend needs of it beside the output.
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn conv2d_block_record(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        #[extension_type] bias: OptionalTensor<Self>,
        options: Conv2dBlockOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        conv2d_block::reference::record::<Self>(x, weight, bias.into_option(), &options)
    }

    /// The gradients of [`conv2d_block_record`](Self::conv2d_block_record) with respect to `x`, `weight` and the bias, in this
    /// order, given the gradient of its output. Only those that `wanted` names are computed; the others are `None`.
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    #[allow(clippy::type_complexity, reason = "Burn's dispatch reads the type as it is written")]
    fn conv2d_block_backward(
        #[extension_type] record: Conv2dBlockRecord<Self>,
        output_grad: FloatTensor<Self>,
        options: Conv2dBlockOptions,
        wanted: WeightedGradients,
    ) -> (Option<FloatTensor<Self>>, Option<FloatTensor<Self>>, Option<FloatTensor<Self>>) {
        conv2d_block::reference::backward::<Self>(record, output_grad, &options, wanted)
    }

    /// The transposed convolution of `x` `[B, C, H, W]` with `weight` `[C, O/groups, kh, kw]`, plus `bias` `[O]`; the result is
    /// `[B, O, H', W']`. See [`conv_transpose2d`](mod@crate::conv_transpose2d).
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn conv_transpose2d_forward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        #[extension_type] bias: OptionalTensor<Self>,
        options: ConvTranspose2dOptions,
    ) -> FloatTensor<Self> {
        conv_transpose2d::reference::forward::<Self>(x, weight, bias.into_option(), &options)
    }

    /// The gradients of [`conv_transpose2d_forward`](Self::conv_transpose2d_forward) with respect to `x`, `weight` and the
    /// bias, in this order, given the gradient of its output. Only those that `wanted` names are computed; the others are
    /// `None`.
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    #[allow(clippy::type_complexity, reason = "Burn's dispatch reads the type as it is written")]
    fn conv_transpose2d_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: ConvTranspose2dOptions,
        wanted: WeightedGradients,
    ) -> (Option<FloatTensor<Self>>, Option<FloatTensor<Self>>, Option<FloatTensor<Self>>) {
        conv_transpose2d::reference::backward::<Self>(x, weight, output_grad, &options, wanted)
    }

    /// `average + share · (value − average)`, all of one shape. See [`lerp`](mod@crate::lerp).
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn lerp(average: FloatTensor<Self>, value: FloatTensor<Self>, share: f32) -> FloatTensor<Self> {
        lerp::reference::lerp::<Self>(average, value, share)
    }

    /// The mean squared difference of x and target, `[1]`. See [`squared_error`](mod@crate::squared_error).
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn squared_error_forward(x: FloatTensor<Self>, target: FloatTensor<Self>) -> FloatTensor<Self> {
        squared_error::reference::forward::<Self>(x, target)
    }

    /// The gradient of `x` of [`squared_error_forward`](Self::squared_error_forward), given that of the loss, `[1]`.
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn squared_error_gradient(
        x: FloatTensor<Self>,
        target: FloatTensor<Self>,
        loss_grad: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        squared_error::reference::gradient::<Self>(x, target, loss_grad)
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

    /// The largest value of each window of `x` `[B, C, H, W]`. See [`pool2d`](mod@crate::pool2d).
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn max_pool2d_forward(x: FloatTensor<Self>, options: Pool2dOptions) -> FloatTensor<Self> {
        pool2d::reference::max_forward::<Self>(x, &options)
    }

    /// The same, and which pixels they are, as this backend counts them.
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn max_pool2d_record(x: FloatTensor<Self>, options: Pool2dOptions) -> (FloatTensor<Self>, IntTensor<Self>) {
        pool2d::reference::max_record::<Self>(x, &options)
    }

    /// The gradient of the pictures `input` `[B, C, H, W]` of [`max_pool2d_record`](Self::max_pool2d_record), given that of
    /// its output, `[B, C, H', W']`, and which pixels are the largest.
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn max_pool2d_gradient(
        output_grad: FloatTensor<Self>,
        largest: IntTensor<Self>,
        input: [usize; 4],
        options: Pool2dOptions,
    ) -> FloatTensor<Self> {
        pool2d::reference::max_gradient::<Self>(output_grad, largest, input, &options)
    }

    /// The mean of each window of `x` `[B, C, H, W]`. See [`pool2d`](mod@crate::pool2d).
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn avg_pool2d_forward(x: FloatTensor<Self>, options: Pool2dOptions, count_padding: bool) -> FloatTensor<Self> {
        pool2d::reference::avg_forward::<Self>(x, &options, count_padding)
    }

    /// The gradient of the pictures `input` `[B, C, H, W]` of [`avg_pool2d_forward`](Self::avg_pool2d_forward), given that of
    /// its output, `[B, C, H', W']`.
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn avg_pool2d_gradient(
        output_grad: FloatTensor<Self>,
        input: [usize; 4],
        options: Pool2dOptions,
        count_padding: bool,
    ) -> FloatTensor<Self> {
        pool2d::reference::avg_gradient::<Self>(output_grad, input, &options, count_padding)
    }

    /// x·W + b for x `[B, I]`, W `[I, O]` and b `[O]`. See [`linear`](mod@crate::linear).
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    fn dense_forward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        #[extension_type] bias: OptionalTensor<Self>,
    ) -> FloatTensor<Self> {
        linear::reference::forward::<Self>(x, weight, bias.into_option())
    }

    /// The gradients of [`dense_forward`](Self::dense_forward) with respect to x, W and b, in this order, given that of its
    /// output. Only those that `wanted` names are computed; the others are `None`.
    #[allow(unused_variables, reason = "dispatch reads none when no backend is listed")]
    #[allow(clippy::type_complexity, reason = "Burn's dispatch reads the type as it is written")]
    fn dense_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        wanted: WeightedGradients,
    ) -> (Option<FloatTensor<Self>>, Option<FloatTensor<Self>>, Option<FloatTensor<Self>>) {
        linear::reference::backward::<Self>(x, weight, output_grad, wanted)
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

#[cfg(feature = "gpu")]
impl Backend for burn::backend::Cube {}
