//! The reference: the block in Burn's own operations, for any backend and for Burn's `Dispatch`. What a kernel computes must
//! agree with it.

use burn::backend::ops::ModuleOps;
use burn::backend::{Backend, TensorMetadata, get_or_init_device_settings, tensor::FloatTensor};

use super::{Conv2dBlockOptions, Conv2dBlockRecord};
use crate::WeightedGradients;
use crate::activation;
use crate::conv2d::{self, reference::Gradients};

/// `y = maxpool(f(x ⋆ weight + bias))`, shapes as in [`conv2d_block`](super::conv2d_block).
///
/// On an autodiff backend, and on `Dispatch` with autodiff tensors, Burn's own gradient applies.
pub(crate) fn forward<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: Option<FloatTensor<B>>,
    options: &Conv2dBlockOptions,
) -> FloatTensor<B> {
    let y = conv2d::reference::forward::<B>(x, weight, bias, &options.conv);
    finish::<B>(activated::<B>(y, options), options)
}

/// The same, and the values before the pooling.
pub(crate) fn record<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: Option<FloatTensor<B>>,
    options: &Conv2dBlockOptions,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let y = conv2d::reference::forward::<B>(x, weight, bias, &options.conv);
    let y = activated::<B>(y, options);
    (finish::<B>(y.clone(), options), y)
}

/// The gradients that `wanted` names, given that of the output; `record.saved` are the values before the pooling.
pub(crate) fn backward<B: Backend>(
    record: Conv2dBlockRecord<B>,
    output_grad: FloatTensor<B>,
    options: &Conv2dBlockOptions,
    wanted: WeightedGradients,
) -> Gradients<B> {
    let gradient = convolution_gradient::<B>(record.saved, output_grad, options);
    conv2d::reference::backward::<B>(record.x, record.weight, gradient, &options.conv, wanted)
}

/// The activation of the options.
pub(crate) fn activated<B: Backend>(y: FloatTensor<B>, options: &Conv2dBlockOptions) -> FloatTensor<B> {
    match options.activation {
        Some(activation) => activation::reference::forward::<B>(y, activation),
        None => y,
    }
}

/// The pooling of the options.
pub(crate) fn finish<B: Backend>(y: FloatTensor<B>, options: &Conv2dBlockOptions) -> FloatTensor<B> {
    match options.pool {
        Some(window) => <B as ModuleOps<B>>::max_pool2d(y, window, window, [0, 0], [1, 1], false),
        None => y,
    }
}

/// The gradient of the convolution's output, given the values before the pooling and the gradient after it.
pub(crate) fn convolution_gradient<B: Backend>(
    activated: FloatTensor<B>,
    output_grad: FloatTensor<B>,
    options: &Conv2dBlockOptions,
) -> FloatTensor<B> {
    let gradient = match options.pool {
        Some(window) => max_pool_gradient::<B>(activated.clone(), output_grad, window),
        None => output_grad,
    };
    match options.activation {
        Some(activation) => activation::reference::backward::<B>(activated, gradient, activation),
        None => gradient,
    }
}

fn max_pool_gradient<B: Backend>(x: FloatTensor<B>, output_grad: FloatTensor<B>, window: [usize; 2]) -> FloatTensor<B> {
    let dtype = get_or_init_device_settings::<B>(&x.device()).int_dtype;
    let (padding, dilation) = ([0, 0], [1, 1]);
    let found =
        <B as ModuleOps<B>>::max_pool2d_with_indices(x.clone(), window, window, padding, dilation, false, dtype);
    let gradient = <B as ModuleOps<B>>::max_pool2d_with_indices_backward(
        x,
        window,
        window,
        padding,
        dilation,
        false,
        output_grad,
        found.indices,
    );
    gradient.x_grad
}
