//! The autodiff node: one step with a hand-written backward, whatever the backend below.

use burn::backend::autodiff::{
    Autodiff, NodeId,
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, NodeGuard, Ops, OpsKind},
};
use burn::backend::tensor::FloatTensor;

use super::ConvTranspose2dOptions;
use crate::Backend;
use crate::conv2d::autodiff::wanted;

/// The backward step; `N` is 3 with a bias (x, weight, bias), 2 without.
#[derive(Debug)]
struct ConvTransposeBackward;

/// What the backward pass needs from the forward pass.
#[derive(Clone, Debug)]
struct Saved {
    x: NodeId,
    weight: NodeId,
    options: ConvTranspose2dOptions,
}

impl<B: Backend, const N: usize> Backward<B, N> for ConvTransposeBackward {
    type State = Saved;

    fn backward(self, ops: Ops<Saved, N>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let output_grad = grads.consume::<B>(&ops.node);
        let x = checkpointer.retrieve_node_output::<FloatTensor<B>>(ops.state.x);
        let weight = checkpointer.retrieve_node_output::<FloatTensor<B>>(ops.state.weight);
        let wanted = wanted(&ops.parents);

        let (x, weight, bias) = B::conv_transpose2d_backward(x, weight, output_grad, ops.state.options, wanted);
        for (parent, gradient) in ops.parents.into_iter().zip([x, weight, bias]) {
            if let (Some(node), Some(gradient)) = (parent, gradient) {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

/// The forward pass on `Autodiff<B>`: the operation of `B`, recorded as one step when any input
/// takes part in a gradient.
pub(crate) fn forward<B: Backend, C: CheckpointStrategy>(
    x: FloatTensor<Autodiff<B, C>>,
    weight: FloatTensor<Autodiff<B, C>>,
    bias: Option<FloatTensor<Autodiff<B, C>>>,
    options: ConvTranspose2dOptions,
) -> FloatTensor<Autodiff<B, C>> {
    match bias {
        Some(bias) => {
            let nodes = [x.node(), weight.node(), bias.node()];
            record::<B, C, 3>(nodes, x, weight, Some(bias.into_primitive()), options)
        }
        None => record::<B, C, 2>([x.node(), weight.node()], x, weight, None, options),
    }
}

fn record<B: Backend, C: CheckpointStrategy, const N: usize>(
    nodes: [NodeGuard; N],
    x: FloatTensor<Autodiff<B, C>>,
    weight: FloatTensor<Autodiff<B, C>>,
    bias: Option<FloatTensor<B>>,
    options: ConvTranspose2dOptions,
) -> FloatTensor<Autodiff<B, C>> {
    let prepared = Backward::<B, N>::prepare::<C>(ConvTransposeBackward, nodes);
    match prepared.compute_bound().stateful() {
        OpsKind::Tracked(mut step) => {
            let saved = Saved { x: step.checkpoint(&x), weight: step.checkpoint(&weight), options: options.clone() };
            let (x, weight) = (x.into_primitive(), weight.into_primitive());
            step.finish(saved, B::conv_transpose2d_forward(x, weight, bias.into(), options))
        }
        OpsKind::UnTracked(step) => {
            let (x, weight) = (x.into_primitive(), weight.into_primitive());
            step.finish(B::conv_transpose2d_forward(x, weight, bias.into(), options))
        }
    }
}
