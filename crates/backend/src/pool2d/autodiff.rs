//! The autodiff nodes: one step each with a hand-written backward, whatever the backend below.

use burn::backend::TensorMetadata;
use burn::backend::autodiff::{
    Autodiff,
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::tensor::{FloatTensor, IntTensor};

use super::Pool2dOptions;
use crate::Backend;

#[derive(Debug)]
struct MaxBackward;

#[derive(Debug)]
struct AvgBackward;

/// `[B, C, H, W]` of the input and the options.
type Window = ([usize; 4], Pool2dOptions);

impl<B: Backend> Backward<B, 1> for MaxBackward {
    /// Also which pixel of each window is the largest.
    type State = (Window, IntTensor<B>);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let ((input, options), largest) = ops.state;
        let output_grad = grads.consume::<B>(&ops.node);
        if let [Some(x)] = ops.parents {
            grads.register::<B>(x.id, B::max_pool2d_gradient(output_grad, largest, input, options));
        }
    }
}

impl<B: Backend> Backward<B, 1> for AvgBackward {
    /// Also whether padding counts.
    type State = (Window, bool);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let ((input, options), count_padding) = ops.state;
        let output_grad = grads.consume::<B>(&ops.node);
        if let [Some(x)] = ops.parents {
            grads.register::<B>(x.id, B::avg_pool2d_gradient(output_grad, input, options, count_padding));
        }
    }
}

/// The largest values on `Autodiff<B>`: the operation of `B`, recorded as one step when x takes part in a gradient.
pub(crate) fn max_forward<B: Backend, C: CheckpointStrategy>(
    x: FloatTensor<Autodiff<B, C>>,
    options: Pool2dOptions,
) -> FloatTensor<Autodiff<B, C>> {
    let input = x.shape().dims();
    let prepared = Backward::<B, 1>::prepare::<C>(MaxBackward, [x.node()]);
    let x = x.into_primitive();
    match prepared.compute_bound().stateful() {
        OpsKind::Tracked(step) => {
            let (y, largest) = B::max_pool2d_record(x, options.clone());
            step.finish(((input, options), largest), y)
        }
        OpsKind::UnTracked(step) => step.finish(B::max_pool2d_forward(x, options)),
    }
}

/// The means on `Autodiff<B>`, likewise.
pub(crate) fn avg_forward<B: Backend, C: CheckpointStrategy>(
    x: FloatTensor<Autodiff<B, C>>,
    options: Pool2dOptions,
    count_padding: bool,
) -> FloatTensor<Autodiff<B, C>> {
    let input = x.shape().dims();
    let prepared = Backward::<B, 1>::prepare::<C>(AvgBackward, [x.node()]);
    let x = x.into_primitive();
    match prepared.compute_bound().stateful() {
        OpsKind::Tracked(step) => {
            let y = B::avg_pool2d_forward(x, options.clone(), count_padding);
            step.finish(((input, options), count_padding), y)
        }
        OpsKind::UnTracked(step) => step.finish(B::avg_pool2d_forward(x, options, count_padding)),
    }
}
