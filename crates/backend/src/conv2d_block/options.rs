//! The options of the block, and what its backward pass needs.

use burn::backend::{Backend, ExtensionType, tensor::FloatTensor};

use crate::conv2d::shape::Conv2dShape;
use crate::{Activation, Conv2dOptions};

/// The convolution of [`conv2d_block`](fn@super::conv2d_block), and what follows it: no activation and no pooling at first.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv2dBlockOptions {
    /// Stride, padding, dilation and groups of the convolution.
    pub conv: Conv2dOptions,
    /// The function applied to every number after the bias.
    pub activation: Option<Activation>,
    /// The window `[height, width]` of a max pooling after that, each size from 1; windows lie side by side.
    pub pool: Option<[usize; 2]>,
}

impl Conv2dBlockOptions {
    /// The convolution and its bias alone.
    pub fn new(conv: Conv2dOptions) -> Self {
        Self { conv, activation: None, pool: None }
    }

    /// The same with this activation.
    pub fn with_activation(mut self, activation: Activation) -> Self {
        self.activation = Some(activation);
        self
    }

    /// The same with a max pooling over windows `[height, width]` side by side.
    pub fn with_pool(mut self, window: [usize; 2]) -> Self {
        self.pool = Some(window);
        self
    }

    /// Panics unless the windows fit the output of the convolution.
    pub(crate) fn check_pool(&self, conv: &Conv2dShape) {
        let Some(window) = self.pool else { return };
        assert!(!window.contains(&0), "conv2d_block with {self:?}: a pooling window must be at least 1 x 1");
        assert!(
            window[0] <= conv.output[0] && window[1] <= conv.output[1],
            "conv2d_block with {self:?}: the pooling window covers {window:?} pixels, but the convolution gives {:?}",
            conv.output,
        );
    }
}

/// What [`Backend::conv2d_block_backward`](crate::Backend::conv2d_block_backward) needs of the forward pass.
#[derive(Clone, Debug, ExtensionType)]
pub struct Conv2dBlockRecord<B: Backend> {
    /// The pictures, `[B, C, H, W]`.
    pub x: FloatTensor<B>,
    /// The filters, `[O, C/groups, kh, kw]`.
    pub weight: FloatTensor<B>,
    /// The output, `[B, O, H'', W'']`.
    pub output: FloatTensor<B>,
    /// What the backend saved besides.
    pub saved: FloatTensor<B>,
}
