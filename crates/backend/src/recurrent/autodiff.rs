//! The autodiff node: one step for the whole sequence, with a hand-written backward through time.

use burn::backend::autodiff::{
    Autodiff, NodeId,
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, NodeGuard, Ops, OpsKind},
};
use burn::backend::tensor::FloatTensor;

use super::{OptionalMask, RecurrentGradients, RecurrentInputs, RecurrentOptions};
use crate::{Backend, OptionalTensor};

/// The backward step. Its parents are x, W, U, the bias if there is one, the initial state if there is
/// one: `N` is 3 to 5.
#[derive(Debug)]
struct RecurrentBackward;

/// What the backward pass needs from the forward pass.
#[derive(Clone, Debug)]
struct Saved<B: Backend> {
    x: NodeId,
    weight_ih: NodeId,
    weight_hh: NodeId,
    has_bias: bool,
    state: Option<NodeId>,
    mask: OptionalMask<B>,
    /// What the forward pass recorded for it.
    record: FloatTensor<B>,
    options: RecurrentOptions,
}

impl<B: Backend, const N: usize> Backward<B, N> for RecurrentBackward {
    type State = Saved<B>;

    fn backward(self, ops: Ops<Saved<B>, N>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let output_grad = grads.consume::<B>(&ops.node);
        let saved = ops.state;
        let wanted = wanted(&ops.parents, saved.has_bias);
        let mut tensor = |node: NodeId| checkpointer.retrieve_node_output::<FloatTensor<B>>(node);
        let inputs = RecurrentInputs {
            x: tensor(saved.x),
            weight_ih: tensor(saved.weight_ih),
            weight_hh: tensor(saved.weight_hh),
            bias: OptionalTensor::Absent,
            state: saved.state.map(tensor).into(),
            mask: saved.mask,
        };

        let (x, weight_ih, weight_hh, bias, state) =
            B::recurrent_backward(inputs, saved.record, output_grad, saved.options, wanted);
        let optional = [(saved.has_bias, bias), (saved.state.is_some(), state)];
        let optional = optional.into_iter().filter_map(|(there, gradient)| there.then_some(gradient));
        let gradients = [x, weight_ih, weight_hh].into_iter().chain(optional);
        for (parent, gradient) in ops.parents.into_iter().zip(gradients) {
            if let (Some(node), Some(gradient)) = (parent, gradient) {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

/// The gradients of those parents that take part in one.
fn wanted<Node>(parents: &[Option<Node>], has_bias: bool) -> RecurrentGradients {
    let is_wanted = |index: usize| parents.get(index).is_some_and(Option::is_some);
    RecurrentGradients {
        x: is_wanted(0),
        weight_ih: is_wanted(1),
        weight_hh: is_wanted(2),
        bias: has_bias && is_wanted(3),
        state: is_wanted(if has_bias { 4 } else { 3 }),
    }
}

/// The forward pass on `Autodiff<B>`: the operation of `B`, recorded as one step when any input takes
/// part in a gradient.
pub(crate) fn forward<B: Backend, C: CheckpointStrategy>(
    inputs: RecurrentInputs<Autodiff<B, C>>,
    options: RecurrentOptions,
) -> FloatTensor<Autodiff<B, C>> {
    let [x, w, u] = [inputs.x.node(), inputs.weight_ih.node(), inputs.weight_hh.node()];
    match (&inputs.bias, &inputs.state) {
        (OptionalTensor::Absent, OptionalTensor::Absent) => record::<B, C, 3>([x, w, u], inputs, options),
        (OptionalTensor::Given(tensor), OptionalTensor::Absent)
        | (OptionalTensor::Absent, OptionalTensor::Given(tensor)) => {
            record::<B, C, 4>([x, w, u, tensor.node()], inputs, options)
        }
        (OptionalTensor::Given(bias), OptionalTensor::Given(state)) => {
            record::<B, C, 5>([x, w, u, bias.node(), state.node()], inputs, options)
        }
    }
}

fn record<B: Backend, C: CheckpointStrategy, const N: usize>(
    nodes: [NodeGuard; N],
    inputs: RecurrentInputs<Autodiff<B, C>>,
    options: RecurrentOptions,
) -> FloatTensor<Autodiff<B, C>> {
    let prepared = Backward::<B, N>::prepare::<C>(RecurrentBackward, nodes);
    match prepared.compute_bound().stateful() {
        OpsKind::Tracked(mut step) => {
            let [x, weight_ih, weight_hh] =
                [&inputs.x, &inputs.weight_ih, &inputs.weight_hh].map(|tensor| step.checkpoint(tensor));
            let state = match &inputs.state {
                OptionalTensor::Given(state) => Some(step.checkpoint(state)),
                OptionalTensor::Absent => None,
            };
            let has_bias = matches!(inputs.bias, OptionalTensor::Given(_));
            let inputs = without_autodiff(inputs);
            let mask = inputs.mask.clone();
            let (output, record) = B::recurrent_record(inputs, options);
            let saved = Saved { x, weight_ih, weight_hh, has_bias, state, mask, record, options };
            step.finish(saved, output)
        }
        OpsKind::UnTracked(step) => step.finish(B::recurrent_forward(without_autodiff(inputs), options)),
    }
}

fn without_autodiff<B: Backend, C: CheckpointStrategy>(inputs: RecurrentInputs<Autodiff<B, C>>) -> RecurrentInputs<B> {
    let inner = |tensor: OptionalTensor<Autodiff<B, C>>| match tensor {
        OptionalTensor::Given(tensor) => OptionalTensor::Given(tensor.into_primitive()),
        OptionalTensor::Absent => OptionalTensor::Absent,
    };
    RecurrentInputs {
        x: inputs.x.into_primitive(),
        weight_ih: inputs.weight_ih.into_primitive(),
        weight_hh: inputs.weight_hh.into_primitive(),
        bias: inner(inputs.bias),
        state: inner(inputs.state),
        mask: OptionalMask::from(inputs.mask.into_option()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_are_wanted_for_exactly_the_parents_that_take_part() {
        for mask in 0..32 {
            let [x, weight_ih, weight_hh, bias, state] = [1, 2, 4, 8, 16].map(|bit| mask & bit > 0);
            let node = |takes_part: bool| takes_part.then_some(());
            let parents = [x, weight_ih, weight_hh, bias, state].map(node);
            let all = RecurrentGradients { x, weight_ih, weight_hh, bias, state };
            assert_eq!(wanted(&parents, true), all);
            assert_eq!(wanted(&parents[..4], true), RecurrentGradients { state: false, ..all });
            let without_bias = [x, weight_ih, weight_hh, state].map(node);
            assert_eq!(wanted(&without_bias, false), RecurrentGradients { bias: false, ..all });
            assert_eq!(wanted(&parents[..3], false), RecurrentGradients { bias: false, state: false, ..all });
        }
    }
}
