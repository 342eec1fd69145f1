//! The reference: Burn's own linear map, for any backend and for Burn's `Dispatch`. What a kernel computes must agree with it.

use burn::backend::ops::ModuleOps;
use burn::backend::{Backend, tensor::FloatTensor};

use crate::WeightedGradients;
pub(crate) use crate::weighted::GradientsOf as Gradients;

/// `x·W + b`.
///
/// On an autodiff backend, and on `Dispatch` with autodiff tensors, Burn's own gradient applies.
pub(crate) fn forward<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: Option<FloatTensor<B>>,
) -> FloatTensor<B> {
    <B as ModuleOps<B>>::linear(x, weight, bias)
}

/// The gradients that `wanted` names, given that of the output.
pub(crate) fn backward<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    output_grad: FloatTensor<B>,
    wanted: WeightedGradients,
) -> Gradients<B> {
    let dx = wanted.x.then(|| <B as ModuleOps<B>>::linear_x_backward(weight, output_grad.clone()));
    let dweight = wanted.weight.then(|| <B as ModuleOps<B>>::linear_weight_backward(x, output_grad.clone()));
    let dbias = wanted.bias.then(|| <B as ModuleOps<B>>::linear_bias_backward(output_grad));
    (dx, dweight, dbias)
}
