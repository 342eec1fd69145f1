//! The autodiff node: one step with a hand-written backward, whatever the backend below.

use burn::backend::autodiff::{
    Autodiff, NodeId,
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, NodeGuard, Ops, OpsKind},
};
use burn::backend::tensor::FloatTensor;

use super::{Conv2dBlockOptions, Conv2dBlockRecord};
use crate::Backend;
use crate::conv2d::autodiff::wanted;

/// The backward step; `N` is 3 with a bias (x, weight, bias), 2 without.
#[derive(Debug)]
struct BlockBackward;

/// What the backward pass needs from the forward pass.
#[derive(Clone, Debug)]
struct Saved<B: Backend> {
    x: NodeId,
    weight: NodeId,
    output: FloatTensor<B>,
    saved: FloatTensor<B>,
    options: Conv2dBlockOptions,
}

impl<B: Backend, const N: usize> Backward<B, N> for BlockBackward {
    type State = Saved<B>;

    fn backward(self, ops: Ops<Saved<B>, N>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let output_grad = grads.consume::<B>(&ops.node);
        let Saved { x, weight, output, saved, options } = ops.state;
        let x = checkpointer.retrieve_node_output::<FloatTensor<B>>(x);
        let weight = checkpointer.retrieve_node_output::<FloatTensor<B>>(weight);
        let wanted = wanted(&ops.parents);

        let record = Conv2dBlockRecord { x, weight, output, saved };
        let (x, weight, bias) = B::conv2d_block_backward(record, output_grad, options, wanted);
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
    options: Conv2dBlockOptions,
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
    options: Conv2dBlockOptions,
) -> FloatTensor<Autodiff<B, C>> {
    let prepared = Backward::<B, N>::prepare::<C>(BlockBackward, nodes);
    match prepared.compute_bound().stateful() {
        OpsKind::Tracked(mut step) => {
            let nodes = [step.checkpoint(&x), step.checkpoint(&weight)];
            let (x, weight) = (x.into_primitive(), weight.into_primitive());
            let (output, saved) = B::conv2d_block_record(x, weight, bias.into(), options.clone());
            let [x, weight] = nodes;
            step.finish(Saved { x, weight, output: output.clone(), saved, options }, output)
        }
        OpsKind::UnTracked(step) => {
            let (x, weight) = (x.into_primitive(), weight.into_primitive());
            step.finish(B::conv2d_block_forward(x, weight, bias.into(), options))
        }
    }
}
