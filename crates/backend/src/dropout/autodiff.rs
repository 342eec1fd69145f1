//! The autodiff node: the gradient passes where x did.

use burn::backend::autodiff::{
    Autodiff,
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::tensor::FloatTensor;
use burn::tensor::Shape;

use crate::Backend;

#[derive(Debug)]
struct DropoutBackward;

impl<B: Backend> Backward<B, 1> for DropoutBackward {
    /// What was drawn, the shape of the mask, the rate.
    type State = (FloatTensor<B>, Shape, f64);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (drawn, mask, rate) = ops.state;
        let output_grad = grads.consume::<B>(&ops.node);
        if let [Some(x)] = ops.parents {
            grads.register::<B>(x.id, B::dropout_apply(output_grad, drawn, mask, rate));
        }
    }
}

/// The forward pass on `Autodiff<B>`: the operation of `B`, recorded as one step when x takes part in a gradient.
pub(crate) fn forward<B: Backend, C: CheckpointStrategy>(
    x: FloatTensor<Autodiff<B, C>>,
    mask: Shape,
    rate: f64,
) -> FloatTensor<Autodiff<B, C>> {
    let prepared = Backward::<B, 1>::prepare::<C>(DropoutBackward, [x.node()]);
    let x = x.into_primitive();
    let drawn = B::dropout_draw(x.clone(), mask.clone(), rate);
    let y = B::dropout_apply(x, drawn.clone(), mask.clone(), rate);
    match prepared.compute_bound().stateful() {
        OpsKind::Tracked(step) => step.finish((drawn, mask, rate), y),
        OpsKind::UnTracked(step) => step.finish(y),
    }
}
