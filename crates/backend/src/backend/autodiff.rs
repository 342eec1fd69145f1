//! Autodiff over any backend: every operation is one step with a hand-written backward.

use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::{Autodiff, tensor::FloatTensor, tensor::IntTensor};
use burn::tensor::Shape;

use crate::activation::{self, Activation};
use crate::batch_norm::{self, BatchNormOptions, Statistics};
use crate::conv_transpose2d::ConvTranspose2dOptions;
use crate::conv2d::Conv2dOptions;
use crate::conv2d_block::Conv2dBlockOptions;
use crate::cross_entropy;
use crate::dropout;
use crate::embedding;
use crate::linear;
use crate::pool2d::{self, Pool2dOptions};
use crate::recurrent::{self, RecurrentInputs, RecurrentOptions};
use crate::{Backend, OptionalTensor, squared_error, weighted};

impl<B: Backend, C: CheckpointStrategy> Backend for Autodiff<B, C> {
    fn conv2d_forward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: OptionalTensor<Self>,
        options: Conv2dOptions,
    ) -> FloatTensor<Self> {
        weighted::forward(x, weight, bias, options)
    }

    fn activation_forward(x: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        activation::autodiff::forward::<B, C>(x, activation)
    }

    fn batch_norm_by_batch(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        options: BatchNormOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        batch_norm::autodiff::by_batch::<B, C>(x, gamma, beta, options)
    }

    fn batch_norm_given(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        statistics: Statistics<Self>,
        options: BatchNormOptions,
    ) -> FloatTensor<Self> {
        batch_norm::autodiff::given::<B, C>(x, gamma, beta, statistics, options)
    }

    fn cross_entropy_forward(logits: FloatTensor<Self>, labels: IntTensor<Self>, smoothing: f64) -> FloatTensor<Self> {
        cross_entropy::autodiff::forward::<B, C>(logits, labels, smoothing)
    }

    fn dropout_forward(x: FloatTensor<Self>, mask: Shape, rate: f64) -> FloatTensor<Self> {
        dropout::autodiff::forward::<B, C>(x, mask, rate)
    }

    fn conv2d_block_forward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: OptionalTensor<Self>,
        options: Conv2dBlockOptions,
    ) -> FloatTensor<Self> {
        weighted::forward(x, weight, bias, options)
    }

    fn conv_transpose2d_forward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: OptionalTensor<Self>,
        options: ConvTranspose2dOptions,
    ) -> FloatTensor<Self> {
        weighted::forward(x, weight, bias, options)
    }

    fn embedding_forward(
        weight: FloatTensor<Self>,
        ids: IntTensor<Self>,
        padding_idx: Option<usize>,
    ) -> FloatTensor<Self> {
        embedding::autodiff::forward::<B, C>(weight, ids, padding_idx)
    }

    fn dense_forward(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: OptionalTensor<Self>) -> FloatTensor<Self> {
        weighted::forward(x, weight, bias, linear::Operation)
    }

    fn max_pool2d_forward(x: FloatTensor<Self>, options: Pool2dOptions) -> FloatTensor<Self> {
        pool2d::autodiff::max_forward::<B, C>(x, options)
    }

    fn avg_pool2d_forward(x: FloatTensor<Self>, options: Pool2dOptions, count_padding: bool) -> FloatTensor<Self> {
        pool2d::autodiff::avg_forward::<B, C>(x, options, count_padding)
    }

    fn squared_error_forward(x: FloatTensor<Self>, target: FloatTensor<Self>) -> FloatTensor<Self> {
        squared_error::autodiff::forward::<B, C>(x, target)
    }

    fn recurrent_forward(inputs: RecurrentInputs<Self>, options: RecurrentOptions) -> FloatTensor<Self> {
        recurrent::autodiff::forward::<B, C>(inputs, options)
    }
}
