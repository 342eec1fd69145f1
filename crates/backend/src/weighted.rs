//! Operations on an input x, a weight and perhaps a bias: which gradients they have, and their autodiff node, one step with a
//! hand-written backward, whatever the backend below.

use std::fmt::Debug;
use std::marker::PhantomData;

use burn::backend::autodiff::{
    Autodiff, NodeId,
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, NodeGuard, Ops, OpsKind},
};
use burn::backend::tensor::FloatTensor;

use crate::{Backend, OptionalTensor};

/// Which gradients a backward pass is to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightedGradients {
    /// That of the input.
    pub x: bool,
    /// That of the weight.
    pub weight: bool,
    /// That of the bias.
    pub bias: bool,
}

impl WeightedGradients {
    /// Those of the parents that take part in one; there is no third without a bias.
    fn of<Node>(parents: &[Option<Node>]) -> Self {
        let is_wanted = |index: usize| parents.get(index).is_some_and(Option::is_some);
        Self { x: is_wanted(0), weight: is_wanted(1), bias: is_wanted(2) }
    }
}

/// The gradients of x, the weight and the bias, as far as they are wanted.
pub(crate) type GradientsOf<B> = (Option<FloatTensor<B>>, Option<FloatTensor<B>>, Option<FloatTensor<B>>);

/// The options of an operation, which stand for it.
pub(crate) trait Weighted: Clone + Debug + Send + 'static {
    /// What the backward pass needs beside x and the weight.
    type Kept<B: Backend>: Clone + Debug + Send;

    /// The output.
    fn forward<B: Backend>(self, x: FloatTensor<B>, weight: FloatTensor<B>, bias: OptionalTensor<B>) -> FloatTensor<B>;

    /// The output, and what the backward pass needs.
    fn record<B: Backend>(
        self,
        x: FloatTensor<B>,
        weight: FloatTensor<B>,
        bias: OptionalTensor<B>,
    ) -> (FloatTensor<B>, Self::Kept<B>);

    /// The gradients that `wanted` names, given that of the output.
    fn backward<B: Backend>(
        self,
        inputs: [FloatTensor<B>; 2],
        kept: Self::Kept<B>,
        output_grad: FloatTensor<B>,
        wanted: WeightedGradients,
    ) -> GradientsOf<B>;
}

/// The backward step; `N` is 3 with a bias (x, weight, bias), 2 without.
#[derive(Debug)]
struct WeightedBackward<O>(PhantomData<fn() -> O>);

/// What the backward pass needs from the forward pass.
#[derive(Clone, Debug)]
struct Saved<O: Weighted, B: Backend> {
    /// x and the weight.
    inputs: [NodeId; 2],
    kept: O::Kept<B>,
    options: O,
}

impl<O: Weighted, B: Backend, const N: usize> Backward<B, N> for WeightedBackward<O> {
    type State = Saved<O, B>;

    fn backward(self, ops: Ops<Saved<O, B>, N>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let output_grad = grads.consume::<B>(&ops.node);
        let Saved { inputs, kept, options } = ops.state;
        let inputs = inputs.map(|node| checkpointer.retrieve_node_output::<FloatTensor<B>>(node));
        let wanted = WeightedGradients::of(&ops.parents);

        let (x, weight, bias) = options.backward::<B>(inputs, kept, output_grad, wanted);
        for (parent, gradient) in ops.parents.into_iter().zip([x, weight, bias]) {
            if let (Some(node), Some(gradient)) = (parent, gradient) {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

/// The forward pass on `Autodiff<B>`: the operation of `B`, recorded as one step when any input takes part in a gradient.
pub(crate) fn forward<B: Backend, C: CheckpointStrategy, O: Weighted>(
    x: FloatTensor<Autodiff<B, C>>,
    weight: FloatTensor<Autodiff<B, C>>,
    bias: OptionalTensor<Autodiff<B, C>>,
    options: O,
) -> FloatTensor<Autodiff<B, C>> {
    match bias {
        OptionalTensor::Given(bias) => {
            let nodes = [x.node(), weight.node(), bias.node()];
            record::<B, C, O, 3>(nodes, [x, weight], OptionalTensor::Given(bias.into_primitive()), options)
        }
        OptionalTensor::Absent => {
            record::<B, C, O, 2>([x.node(), weight.node()], [x, weight], OptionalTensor::Absent, options)
        }
    }
}

fn record<B: Backend, C: CheckpointStrategy, O: Weighted, const N: usize>(
    nodes: [NodeGuard; N],
    inputs: [FloatTensor<Autodiff<B, C>>; 2],
    bias: OptionalTensor<B>,
    options: O,
) -> FloatTensor<Autodiff<B, C>> {
    let step = WeightedBackward::<O>(PhantomData);
    match Backward::<B, N>::prepare::<C>(step, nodes).compute_bound().stateful() {
        OpsKind::Tracked(mut step) => {
            let nodes = inputs.each_ref().map(|tensor| step.checkpoint(tensor));
            let [x, weight] = inputs.map(FloatTensor::<Autodiff<B, C>>::into_primitive);
            let (output, kept) = options.clone().record::<B>(x, weight, bias);
            step.finish(Saved { inputs: nodes, kept, options }, output)
        }
        OpsKind::UnTracked(step) => {
            let [x, weight] = inputs.map(FloatTensor::<Autodiff<B, C>>::into_primitive);
            step.finish(options.forward::<B>(x, weight, bias))
        }
    }
}

/// An operation that needs nothing for its backward pass but x and the weight: its forward and backward method of [`Backend`].
macro_rules! weighted {
    ($options:ty, |$this:ident| $forward:ident($($argument:expr)?), $backward:ident) => {
        impl $crate::weighted::Weighted for $options {
            type Kept<B: $crate::Backend> = ();

            fn forward<B: $crate::Backend>(
                self,
                x: burn::backend::tensor::FloatTensor<B>,
                weight: burn::backend::tensor::FloatTensor<B>,
                bias: $crate::OptionalTensor<B>,
            ) -> burn::backend::tensor::FloatTensor<B> {
                let $this = self;
                B::$forward(x, weight, bias $(, $argument)?)
            }

            fn record<B: $crate::Backend>(
                self,
                x: burn::backend::tensor::FloatTensor<B>,
                weight: burn::backend::tensor::FloatTensor<B>,
                bias: $crate::OptionalTensor<B>,
            ) -> (burn::backend::tensor::FloatTensor<B>, ()) {
                (self.forward::<B>(x, weight, bias), ())
            }

            fn backward<B: $crate::Backend>(
                self,
                [x, weight]: [burn::backend::tensor::FloatTensor<B>; 2],
                (): (),
                output_grad: burn::backend::tensor::FloatTensor<B>,
                wanted: $crate::WeightedGradients,
            ) -> $crate::weighted::GradientsOf<B> {
                let $this = self;
                B::$backward(x, weight, output_grad $(, $argument)?, wanted)
            }
        }
    };
}

pub(crate) use weighted;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_are_wanted_for_exactly_the_parents_that_take_part() {
        for mask in 0..8 {
            let [x, weight, bias] = [mask & 1 > 0, mask & 2 > 0, mask & 4 > 0];
            let parents = [x, weight, bias].map(|takes_part| takes_part.then_some(()));
            assert_eq!(WeightedGradients::of(&parents), WeightedGradients { x, weight, bias });
            assert_eq!(WeightedGradients::of(&parents[..2]), WeightedGradients { x, weight, bias: false });
        }
    }
}
