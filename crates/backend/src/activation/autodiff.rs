//! The autodiff node: one step with a hand-written backward, whatever the backend below.

use burn::backend::autodiff::{
    Autodiff, NodeId,
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::tensor::FloatTensor;

use super::Activation;
use crate::Backend;

#[derive(Debug)]
struct ActivationBackward;

/// What the backward pass needs from the forward pass.
#[derive(Clone, Debug)]
enum Kept<B: Backend> {
    Input(NodeId),
    Output(FloatTensor<B>),
}

impl<B: Backend> Backward<B, 1> for ActivationBackward {
    type State = (Kept<B>, Activation);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let (kept, activation) = ops.state;
        let output_grad = grads.consume::<B>(&ops.node);
        let [x] = ops.parents;
        let Some(x) = x else { return };
        let kept = match kept {
            Kept::Input(node) => checkpointer.retrieve_node_output::<FloatTensor<B>>(node),
            Kept::Output(output) => output,
        };
        grads.register::<B>(x.id, B::activation_backward(kept, output_grad, activation));
    }
}

/// The forward pass on `Autodiff<B>`: the operation of `B`, recorded as one step when x takes part in a gradient.
pub(crate) fn forward<B: Backend, C: CheckpointStrategy>(
    x: FloatTensor<Autodiff<B, C>>,
    activation: Activation,
) -> FloatTensor<Autodiff<B, C>> {
    let prepared = Backward::<B, 1>::prepare::<C>(ActivationBackward, [x.node()]);
    match prepared.compute_bound().stateful() {
        OpsKind::Tracked(mut step) if activation.needs_input() => {
            let kept = Kept::Input(step.checkpoint(&x));
            step.finish((kept, activation), B::activation_forward(x.into_primitive(), activation))
        }
        OpsKind::Tracked(step) => {
            let y = B::activation_forward(x.into_primitive(), activation);
            step.finish((Kept::Output(y.clone()), activation), y)
        }
        OpsKind::UnTracked(step) => step.finish(B::activation_forward(x.into_primitive(), activation)),
    }
}
