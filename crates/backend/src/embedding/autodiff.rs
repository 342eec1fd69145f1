//! The autodiff node: one step with a hand-written backward, whatever the backend below.

use burn::backend::TensorMetadata;
use burn::backend::autodiff::{
    Autodiff,
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::tensor::{FloatTensor, IntTensor};

use crate::Backend;

#[derive(Debug)]
struct EmbeddingBackward;

/// What the backward pass needs from the forward pass: the ids, the rows of the weight, the padding row.
type Saved<B> = (IntTensor<B>, usize, Option<usize>);

impl<B: Backend> Backward<B, 1> for EmbeddingBackward {
    type State = Saved<B>;

    fn backward(self, ops: Ops<Saved<B>, 1>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let (ids, rows, padding_idx) = ops.state;
        let output_grad = grads.consume::<B>(&ops.node);
        let [weight] = ops.parents;
        if let Some(weight) = weight {
            grads.register::<B>(weight.id, B::embedding_gradient(output_grad, ids, rows, padding_idx));
        }
    }
}

/// The forward pass on `Autodiff<B>`: the operation of `B`, recorded as one step when the weight takes part in a gradient.
pub(crate) fn forward<B: Backend, C: CheckpointStrategy>(
    weight: FloatTensor<Autodiff<B, C>>,
    ids: IntTensor<B>,
    padding_idx: Option<usize>,
) -> FloatTensor<Autodiff<B, C>> {
    let rows = weight.shape()[0];
    let prepared = Backward::<B, 1>::prepare::<C>(EmbeddingBackward, [weight.node()]);
    let weight = weight.into_primitive();
    match prepared.compute_bound().stateful() {
        OpsKind::Tracked(step) => {
            let y = B::embedding_forward(weight, ids.clone(), padding_idx);
            step.finish((ids, rows, padding_idx), y)
        }
        OpsKind::UnTracked(step) => step.finish(B::embedding_forward(weight, ids, padding_idx)),
    }
}
