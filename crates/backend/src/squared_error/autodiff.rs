//! The autodiff node: one step with a hand-written backward, whatever the backend below.

use burn::backend::autodiff::{
    Autodiff, NodeId,
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::tensor::FloatTensor;

use crate::Backend;

/// The backward step; its parents are x and the target.
#[derive(Debug)]
struct SquaredErrorBackward;

impl<B: Backend> Backward<B, 2> for SquaredErrorBackward {
    type State = [NodeId; 2];

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let loss_grad = grads.consume::<B>(&ops.node);
        let [x, target] = ops.state.map(|node| checkpointer.retrieve_node_output::<FloatTensor<B>>(node));
        let pairs = [(x.clone(), target.clone()), (target, x)];
        for (parent, (own, other)) in ops.parents.into_iter().zip(pairs) {
            if let Some(node) = parent {
                grads.register::<B>(node.id, B::squared_error_gradient(own, other, loss_grad.clone()));
            }
        }
    }
}

/// The forward pass on `Autodiff<B>`: the operation of `B`, recorded as one step when an input takes part in a gradient.
pub(crate) fn forward<B: Backend, C: CheckpointStrategy>(
    x: FloatTensor<Autodiff<B, C>>,
    target: FloatTensor<Autodiff<B, C>>,
) -> FloatTensor<Autodiff<B, C>> {
    let prepared = Backward::<B, 2>::prepare::<C>(SquaredErrorBackward, [x.node(), target.node()]);
    match prepared.compute_bound().stateful() {
        OpsKind::Tracked(mut step) => {
            let kept = [&x, &target].map(|tensor| step.checkpoint(tensor));
            step.finish(kept, B::squared_error_forward(x.into_primitive(), target.into_primitive()))
        }
        OpsKind::UnTracked(step) => step.finish(B::squared_error_forward(x.into_primitive(), target.into_primitive())),
    }
}
