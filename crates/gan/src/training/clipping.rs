//! Adam, with each weight clipped after the step where a bound is set: what keeps the slope of a Wasserstein discriminator finite.

use burn::optim::{LearningRate, Optimizer};
use burn::tensor::{Device, Tensor};
use firebrick_layers::optim::Adam;

/// θ ← clamp(Adam(θ), −c, c) (Arjovsky et al., 2017, <https://arxiv.org/abs/1701.07875>).
#[derive(Clone, Debug)]
pub(super) struct ClippedAdam {
    pub(super) adam: Adam,
    /// c; none: no bound.
    pub(super) bound: Option<f64>,
}

impl Optimizer for ClippedAdam {
    type State<const D: usize> = <Adam as Optimizer>::State<D>;

    fn step<const D: usize>(
        &self,
        rate: LearningRate,
        tensor: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<Self::State<D>>,
    ) -> (Tensor<D>, Option<Self::State<D>>) {
        let (tensor, state) = self.adam.step(rate, tensor, gradient, state);
        (self.bound.map_or(tensor.clone(), |bound| tensor.clamp(-bound, bound)), state)
    }

    fn to_device<const D: usize>(state: Self::State<D>, device: &Device) -> Self::State<D> {
        Adam::to_device(state, device)
    }
}
