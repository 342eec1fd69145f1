//! The autodiff node: one step with a hand-written backward, whatever the backend below.

use burn::backend::autodiff::{
    Autodiff, NodeId,
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::tensor::{FloatTensor, IntTensor};

use crate::Backend;

#[derive(Debug)]
struct CrossEntropyBackward;

/// What the backward pass needs from the forward pass.
#[derive(Clone, Debug)]
struct Saved<B: Backend> {
    logits: NodeId,
    labels: IntTensor<B>,
    /// What the forward pass recorded for it.
    record: FloatTensor<B>,
    smoothing: f64,
}

impl<B: Backend> Backward<B, 1> for CrossEntropyBackward {
    type State = Saved<B>;

    fn backward(self, ops: Ops<Saved<B>, 1>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let Saved { logits, labels, record, smoothing } = ops.state;
        let loss_grad = grads.consume::<B>(&ops.node);
        let logits = checkpointer.retrieve_node_output::<FloatTensor<B>>(logits);
        if let [Some(parent)] = ops.parents {
            let gradient = B::cross_entropy_gradient(logits, labels, record, loss_grad, smoothing);
            grads.register::<B>(parent.id, gradient);
        }
    }
}

/// The forward pass on `Autodiff<B>`: the operation of `B`, recorded as one step when the logits take part in a gradient.
pub(crate) fn forward<B: Backend, C: CheckpointStrategy>(
    logits: FloatTensor<Autodiff<B, C>>,
    labels: IntTensor<B>,
    smoothing: f64,
) -> FloatTensor<Autodiff<B, C>> {
    let prepared = Backward::<B, 1>::prepare::<C>(CrossEntropyBackward, [logits.node()]);
    match prepared.compute_bound().stateful() {
        OpsKind::Tracked(mut step) => {
            let node = step.checkpoint(&logits);
            let (losses, record) = B::cross_entropy_record(logits.into_primitive(), labels.clone(), smoothing);
            step.finish(Saved { logits: node, labels, record, smoothing }, losses)
        }
        OpsKind::UnTracked(step) => step.finish(B::cross_entropy_forward(logits.into_primitive(), labels, smoothing)),
    }
}
