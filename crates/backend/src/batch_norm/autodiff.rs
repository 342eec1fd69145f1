//! The autodiff node: one step with a hand-written backward, whatever the backend below.

use burn::backend::autodiff::{
    Autodiff, NodeId,
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::{AutodiffBackend, tensor::FloatTensor};

use super::{BatchNormGradients, BatchNormInputs, BatchNormOptions, Statistics};
use crate::{Backend, OptionalTensor};

/// The backward step; its parents are x, γ and β.
#[derive(Debug)]
struct BatchNormBackward;

/// What the backward pass needs from the forward pass.
#[derive(Clone, Debug)]
struct Saved<B: Backend> {
    x: NodeId,
    gamma: NodeId,
    output: OptionalTensor<B>,
    statistics: Statistics<B>,
    by_batch: bool,
    options: BatchNormOptions,
}

impl<B: Backend> Backward<B, 3> for BatchNormBackward {
    type State = Saved<B>;

    fn backward(self, ops: Ops<Saved<B>, 3>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let output_grad = grads.consume::<B>(&ops.node);
        let Saved { x, gamma, output, statistics, by_batch, options } = ops.state;
        let [x, gamma] = [x, gamma].map(|node| checkpointer.retrieve_node_output::<FloatTensor<B>>(node));
        let inputs = BatchNormInputs { x, output, gamma, statistics };
        let [x, gamma, beta] = ops.parents.each_ref().map(Option::is_some);
        let wanted = BatchNormGradients { x, gamma, beta, through_statistics: by_batch };

        let (x, gamma, beta) = B::batch_norm_backward(inputs, output_grad, options, wanted);
        for (parent, gradient) in ops.parents.into_iter().zip([x, gamma, beta]) {
            if let (Some(node), Some(gradient)) = (parent, gradient) {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

/// y, μ and σ².
type Normalised<B> = (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>);

/// y, μ and σ² on `Autodiff<B>`: the operation of `B`, recorded as one step when an input takes part in a gradient. μ and σ²
/// take part in none.
pub(crate) fn by_batch<B: Backend, C: CheckpointStrategy>(
    x: FloatTensor<Autodiff<B, C>>,
    gamma: FloatTensor<Autodiff<B, C>>,
    beta: FloatTensor<Autodiff<B, C>>,
    options: BatchNormOptions,
) -> Normalised<Autodiff<B, C>> {
    let mut given = None;
    let output = record::<B, C>([x, gamma, beta], options, true, |[x, gamma, beta]| {
        let (output, mean, variance) = B::batch_norm_by_batch(x, gamma, beta, options);
        let statistics = Statistics { mean, variance };
        given = Some(statistics.clone());
        (output, statistics)
    });
    let Statistics { mean, variance } = given.expect("the operation has run");
    let [mean, variance] = [mean, variance].map(<Autodiff<B, C> as AutodiffBackend>::from_inner);
    (output, mean, variance)
}

/// y by a given mean and variance, likewise.
pub(crate) fn given<B: Backend, C: CheckpointStrategy>(
    x: FloatTensor<Autodiff<B, C>>,
    gamma: FloatTensor<Autodiff<B, C>>,
    beta: FloatTensor<Autodiff<B, C>>,
    statistics: Statistics<Autodiff<B, C>>,
    options: BatchNormOptions,
) -> FloatTensor<Autodiff<B, C>> {
    let (mean, variance) = (statistics.mean.into_primitive(), statistics.variance.into_primitive());
    let statistics = Statistics { mean, variance };
    record::<B, C>([x, gamma, beta], options, false, |[x, gamma, beta]| {
        let output = B::batch_norm_given(x, gamma, beta, statistics.clone(), options);
        (output, statistics)
    })
}

fn record<B: Backend, C: CheckpointStrategy>(
    inputs: [FloatTensor<Autodiff<B, C>>; 3],
    options: BatchNormOptions,
    by_batch: bool,
    run: impl FnOnce([FloatTensor<B>; 3]) -> (FloatTensor<B>, Statistics<B>),
) -> FloatTensor<Autodiff<B, C>> {
    let nodes = inputs.each_ref().map(FloatTensor::<Autodiff<B, C>>::node);
    let prepared = Backward::<B, 3>::prepare::<C>(BatchNormBackward, nodes);
    match prepared.compute_bound().stateful() {
        OpsKind::Tracked(mut step) => {
            let (x, gamma) = (step.checkpoint(&inputs[0]), step.checkpoint(&inputs[1]));
            let (output, statistics) = run(inputs.map(FloatTensor::<Autodiff<B, C>>::into_primitive));
            let kept = options.activation.map(|_| output.clone()).into();
            step.finish(Saved { x, gamma, output: kept, statistics, by_batch, options }, output)
        }
        OpsKind::UnTracked(step) => step.finish(run(inputs.map(FloatTensor::<Autodiff<B, C>>::into_primitive)).0),
    }
}
