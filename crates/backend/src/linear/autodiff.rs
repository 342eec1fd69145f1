//! The autodiff node: one step with a hand-written backward, whatever the backend below.

use burn::backend::autodiff::{
    Autodiff, NodeId,
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, NodeGuard, Ops, OpsKind},
};
use burn::backend::tensor::FloatTensor;

use super::LinearGradients;
use crate::Backend;

/// The backward step; `N` is 3 with a bias (x, W, b), 2 without.
#[derive(Debug)]
struct LinearBackward;

impl<B: Backend, const N: usize> Backward<B, N> for LinearBackward {
    /// x and W.
    type State = [NodeId; 2];

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let output_grad = grads.consume::<B>(&ops.node);
        let [x, weight] = ops.state.map(|node| checkpointer.retrieve_node_output::<FloatTensor<B>>(node));
        let is_wanted = |index: usize| ops.parents.get(index).is_some_and(Option::is_some);
        let wanted = LinearGradients { x: is_wanted(0), weight: is_wanted(1), bias: is_wanted(2) };

        let (x, weight, bias) = B::dense_backward(x, weight, output_grad, wanted);
        for (parent, gradient) in ops.parents.into_iter().zip([x, weight, bias]) {
            if let (Some(node), Some(gradient)) = (parent, gradient) {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

/// The forward pass on `Autodiff<B>`: the operation of `B`, recorded as one step when any input takes part in a gradient.
pub(crate) fn forward<B: Backend, C: CheckpointStrategy>(
    x: FloatTensor<Autodiff<B, C>>,
    weight: FloatTensor<Autodiff<B, C>>,
    bias: Option<FloatTensor<Autodiff<B, C>>>,
) -> FloatTensor<Autodiff<B, C>> {
    match bias {
        Some(bias) => {
            let nodes = [x.node(), weight.node(), bias.node()];
            record::<B, C, 3>(nodes, x, weight, Some(bias.into_primitive()))
        }
        None => record::<B, C, 2>([x.node(), weight.node()], x, weight, None),
    }
}

fn record<B: Backend, C: CheckpointStrategy, const N: usize>(
    nodes: [NodeGuard; N],
    x: FloatTensor<Autodiff<B, C>>,
    weight: FloatTensor<Autodiff<B, C>>,
    bias: Option<FloatTensor<B>>,
) -> FloatTensor<Autodiff<B, C>> {
    let prepared = Backward::<B, N>::prepare::<C>(LinearBackward, nodes);
    match prepared.compute_bound().stateful() {
        OpsKind::Tracked(mut step) => {
            let kept = [&x, &weight].map(|tensor| step.checkpoint(tensor));
            step.finish(kept, B::dense_forward(x.into_primitive(), weight.into_primitive(), bias.into()))
        }
        OpsKind::UnTracked(step) => {
            step.finish(B::dense_forward(x.into_primitive(), weight.into_primitive(), bias.into()))
        }
    }
}
