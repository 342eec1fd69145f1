//! Flex, the CPU backend: every operation has a kernel.

use burn::backend::{Flex, tensor::FloatTensor, tensor::IntTensor};
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
use crate::{Backend, OptionalTensor, WeightedGradients, lerp, squared_error, sum_of_squares};

impl Backend for Flex {
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
        wanted: WeightedGradients,
    ) -> (Option<FloatTensor<Self>>, Option<FloatTensor<Self>>, Option<FloatTensor<Self>>) {
        conv2d::flex::backward(x, weight, output_grad, &options, wanted)
    }

    fn activation_forward(x: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        activation::flex::forward(x, activation)
    }

    fn activation_backward(
        kept: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        activation::flex::backward(kept, output_grad, activation)
    }

    fn batch_norm_by_batch(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        options: BatchNormOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        batch_norm::flex::by_batch(x, gamma, beta, options)
    }

    fn batch_norm_given(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        statistics: Statistics<Self>,
        options: BatchNormOptions,
    ) -> FloatTensor<Self> {
        batch_norm::flex::given(x, gamma, beta, statistics, options)
    }

    fn batch_norm_backward(
        inputs: BatchNormInputs<Self>,
        output_grad: FloatTensor<Self>,
        options: BatchNormOptions,
        wanted: BatchNormGradients,
    ) -> (Option<FloatTensor<Self>>, Option<FloatTensor<Self>>, Option<FloatTensor<Self>>) {
        batch_norm::flex::backward(inputs, output_grad, options, wanted)
    }

    fn cross_entropy_forward(logits: FloatTensor<Self>, labels: IntTensor<Self>, smoothing: f64) -> FloatTensor<Self> {
        cross_entropy::flex::record(logits, labels, smoothing).0
    }

    fn cross_entropy_record(
        logits: FloatTensor<Self>,
        labels: IntTensor<Self>,
        smoothing: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        cross_entropy::flex::record(logits, labels, smoothing)
    }

    fn cross_entropy_gradient(
        logits: FloatTensor<Self>,
        labels: IntTensor<Self>,
        record: FloatTensor<Self>,
        loss_grad: FloatTensor<Self>,
        smoothing: f64,
    ) -> FloatTensor<Self> {
        cross_entropy::flex::gradient(logits, labels, record, loss_grad, smoothing)
    }

    fn dropout_draw(like: FloatTensor<Self>, mask: Shape, rate: f64) -> FloatTensor<Self> {
        dropout::flex::draw(like, mask, rate)
    }

    fn dropout_apply(x: FloatTensor<Self>, drawn: FloatTensor<Self>, mask: Shape, rate: f64) -> FloatTensor<Self> {
        dropout::flex::apply(x, drawn, mask, rate)
    }

    fn conv2d_block_forward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: OptionalTensor<Self>,
        options: Conv2dBlockOptions,
    ) -> FloatTensor<Self> {
        conv2d_block::flex::forward(x, weight, bias.into_option(), &options)
    }

    fn conv2d_block_record(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: OptionalTensor<Self>,
        options: Conv2dBlockOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        conv2d_block::flex::record(x, weight, bias.into_option(), &options)
    }

    fn conv2d_block_backward(
        record: Conv2dBlockRecord<Self>,
        output_grad: FloatTensor<Self>,
        options: Conv2dBlockOptions,
        wanted: WeightedGradients,
    ) -> (Option<FloatTensor<Self>>, Option<FloatTensor<Self>>, Option<FloatTensor<Self>>) {
        conv2d_block::flex::backward(record, output_grad, &options, wanted)
    }

    fn conv_transpose2d_forward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: OptionalTensor<Self>,
        options: ConvTranspose2dOptions,
    ) -> FloatTensor<Self> {
        conv_transpose2d::flex::forward(x, weight, bias.into_option(), &options)
    }

    fn conv_transpose2d_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: ConvTranspose2dOptions,
        wanted: WeightedGradients,
    ) -> (Option<FloatTensor<Self>>, Option<FloatTensor<Self>>, Option<FloatTensor<Self>>) {
        conv_transpose2d::flex::backward(x, weight, output_grad, &options, wanted)
    }

    fn lerp(average: FloatTensor<Self>, value: FloatTensor<Self>, share: f32) -> FloatTensor<Self> {
        lerp::flex::lerp(average, value, share)
    }

    fn squared_error_forward(x: FloatTensor<Self>, target: FloatTensor<Self>) -> FloatTensor<Self> {
        squared_error::flex::forward(x, target)
    }

    fn squared_error_gradient(
        x: FloatTensor<Self>,
        target: FloatTensor<Self>,
        loss_grad: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        squared_error::flex::gradient(x, target, loss_grad)
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

    fn dense_forward(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: OptionalTensor<Self>) -> FloatTensor<Self> {
        linear::flex::forward(x, weight, bias.into_option())
    }

    fn dense_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        wanted: WeightedGradients,
    ) -> (Option<FloatTensor<Self>>, Option<FloatTensor<Self>>, Option<FloatTensor<Self>>) {
        linear::flex::backward(x, weight, output_grad, wanted)
    }

    fn max_pool2d_forward(x: FloatTensor<Self>, options: Pool2dOptions) -> FloatTensor<Self> {
        pool2d::flex::max_forward(x, &options)
    }

    fn max_pool2d_record(x: FloatTensor<Self>, options: Pool2dOptions) -> (FloatTensor<Self>, IntTensor<Self>) {
        pool2d::flex::max_record(x, &options)
    }

    fn max_pool2d_gradient(
        output_grad: FloatTensor<Self>,
        largest: IntTensor<Self>,
        input: [usize; 4],
        options: Pool2dOptions,
    ) -> FloatTensor<Self> {
        pool2d::flex::max_gradient(output_grad, largest, input, &options)
    }

    fn avg_pool2d_forward(x: FloatTensor<Self>, options: Pool2dOptions, count_padding: bool) -> FloatTensor<Self> {
        pool2d::flex::avg_forward(x, &options, count_padding)
    }

    fn avg_pool2d_gradient(
        output_grad: FloatTensor<Self>,
        input: [usize; 4],
        options: Pool2dOptions,
        count_padding: bool,
    ) -> FloatTensor<Self> {
        pool2d::flex::avg_gradient(output_grad, input, &options, count_padding)
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
