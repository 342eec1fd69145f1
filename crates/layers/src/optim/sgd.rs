//! Stochastic gradient descent, with momentum (Polyak, 1964) or Nesterov's (Sutskever et al., 2013,
//! <https://proceedings.mlr.press/v28/sutskever13.html>).
//!
//! ```text
//! g ← g + λ·θ        u ← μ·u + (1 − τ)·g,  at first u ← g
//! θ ← θ − η·u,       with Nesterov's momentum θ ← θ − η·(g + μ·u)
//! ```

use burn::grad_clipping::GradientClippingConfig;

use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{LearningRate, ModuleOptimizer, Optimizer, RecordState, StateSink, StateSource};
use burn::tensor::{Device, Tensor};
use firebrick_backend::{SgdStep, sgd_update};
use serde::{Deserialize, Serialize};

/// Configuration of [`Sgd`], with Burn's names and defaults.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SgdConfig {
    /// L2 penalty, added to the gradient. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_decay: Option<WeightDecayConfig>,
    /// Momentum. Default none. Burn's default dampening is 0.1; Keras has none, and PyTorch's default is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub momentum: Option<MomentumConfig>,
    /// Clipping of each parameter's gradient before the step. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gradient_clipping: Option<GradientClippingConfig>,
    /// Whether rows with a gradient of zeros are left alone; see [`optim`](crate::optim#lazy-steps). Default false.
    pub lazy: bool,
}

impl SgdConfig {
    /// Burn's defaults: no momentum, no penalty.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the L2 penalty.
    #[must_use]
    pub fn with_weight_decay(self, weight_decay: Option<WeightDecayConfig>) -> Self {
        Self { weight_decay, ..self }
    }

    /// Sets the momentum.
    #[must_use]
    pub fn with_momentum(self, momentum: Option<MomentumConfig>) -> Self {
        Self { momentum, ..self }
    }

    /// Sets the clipping.
    #[must_use]
    pub fn with_gradient_clipping(self, gradient_clipping: Option<GradientClippingConfig>) -> Self {
        Self { gradient_clipping, ..self }
    }

    /// Sets whether rows with a gradient of zeros are left alone.
    #[must_use]
    pub fn with_lazy(self, lazy: bool) -> Self {
        Self { lazy, ..self }
    }

    /// The bare optimiser, for a group of parameters; it does not clip.
    pub fn build(&self) -> Sgd {
        let mut step = SgdStep::new(0.0).with_lazy(self.lazy);
        if let Some(decay) = &self.weight_decay {
            step = step.with_penalty(decay.penalty);
        }
        if let Some(config) = &self.momentum {
            step = step
                .with_momentum(config.momentum as f32)
                .with_dampening(config.dampening)
                .with_nesterov(config.nesterov);
        }
        Sgd { step }
    }

    /// The optimiser of a whole model.
    pub fn init(&self) -> ModuleOptimizer {
        super::module_optimizer(self.build(), self.gradient_clipping.as_ref())
    }
}

/// Stochastic gradient descent in one pass per parameter. Made by [`SgdConfig`].
#[derive(Clone, Debug)]
pub struct Sgd {
    /// The step but for its learning rate.
    step: SgdStep,
}

/// What [`Sgd`] remembers of a parameter. Its records are those of Burn's own state.
#[derive(Clone, Debug)]
pub struct SgdState<const D: usize> {
    /// u, where there is momentum.
    pub velocity: Option<Tensor<D>>,
}

impl Optimizer for Sgd {
    type State<const D: usize> = SgdState<D>;

    fn step<const D: usize>(
        &self,
        lr: LearningRate,
        tensor: Tensor<D>,
        grad: Tensor<D>,
        state: Option<Self::State<D>>,
    ) -> (Tensor<D>, Option<Self::State<D>>) {
        let velocity = state.and_then(|state| state.velocity);
        let step = SgdStep { learning_rate: lr, ..self.step };
        let (tensor, velocity) = sgd_update(tensor, grad, velocity, step);
        (tensor, Some(SgdState { velocity }))
    }

    fn to_device<const D: usize>(state: Self::State<D>, device: &Device) -> Self::State<D> {
        SgdState { velocity: state.velocity.map(|velocity| velocity.to_device(device)) }
    }
}

/// The path of the velocity in Burn's state.
const VELOCITY: &str = "momentum.velocity";

impl<const D: usize> RecordState for SgdState<D> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        if let Some(velocity) = &self.velocity {
            out.push_tensor(prefix, VELOCITY, velocity.to_data());
        }
    }

    fn state_unflatten(prefix: &str, src: &mut StateSource, device: &Device) -> Option<Self> {
        let velocity = src.take_tensor(prefix, VELOCITY).map(|data| Tensor::from_data(data, device));
        Some(Self { velocity })
    }
}
