//! Adam (Kingma & Ba, 2015, <https://arxiv.org/abs/1412.6980>), with an L2 penalty and AMSGrad where wanted.
//!
//! ```text
//! g ← g + λ·θ        m ← β₁·m + (1 − β₁)·g        v ← β₂·v + (1 − β₂)·g²
//! θ ← θ − η · m̂ / (√v̂ + ε),        m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)
//! ```

use burn::grad_clipping::GradientClippingConfig;

use burn::optim::decay::WeightDecayConfig;
use burn::optim::{AdamState, AdaptiveMomentumState, LearningRate, ModuleOptimizer, Optimizer};
use burn::tensor::{Device, Tensor};
use firebrick_backend::{AdamStep, Decay, Moments, adam_update};
use serde::{Deserialize, Serialize};

/// Configuration of [`Adam`], with Burn's names and defaults.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamConfig {
    /// β₁. Default 0.9.
    pub beta_1: f32,
    /// β₂. Default 0.999.
    pub beta_2: f32,
    /// ε. Default 1e-5, as in Burn; PyTorch takes 1e-8. (Keras's 1e-7 is added before the bias correction of v.)
    pub epsilon: f32,
    /// Whether the largest second moment so far divides instead of the current one (Reddi et al., 2018,
    /// <https://openreview.net/forum?id=ryQu7f-RZ>). Default false.
    pub amsgrad: bool,
    /// Whether rows with a gradient of zeros are left alone; see [`optim`](crate::optim#lazy-steps). Default false.
    pub lazy: bool,
    /// L2 penalty, added to the gradient. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_decay: Option<WeightDecayConfig>,
    /// Clipping of each parameter's gradient before the step. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grad_clipping: Option<GradientClippingConfig>,
}

impl Default for AdamConfig {
    fn default() -> Self {
        Self {
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-5,
            amsgrad: false,
            lazy: false,
            weight_decay: None,
            grad_clipping: None,
        }
    }
}

impl AdamConfig {
    /// Burn's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// PyTorch's ε, 1e-8.
    #[must_use]
    pub fn pytorch(self) -> Self {
        self.with_epsilon(1e-8)
    }

    /// Sets β₁.
    #[must_use]
    pub fn with_beta_1(self, beta_1: f32) -> Self {
        Self { beta_1, ..self }
    }

    /// Sets β₂.
    #[must_use]
    pub fn with_beta_2(self, beta_2: f32) -> Self {
        Self { beta_2, ..self }
    }

    /// Sets ε.
    #[must_use]
    pub fn with_epsilon(self, epsilon: f32) -> Self {
        Self { epsilon, ..self }
    }

    /// Sets whether it is AMSGrad.
    #[must_use]
    pub fn with_amsgrad(self, amsgrad: bool) -> Self {
        Self { amsgrad, ..self }
    }

    /// Sets whether rows with a gradient of zeros are left alone.
    #[must_use]
    pub fn with_lazy(self, lazy: bool) -> Self {
        Self { lazy, ..self }
    }

    /// Sets the L2 penalty.
    #[must_use]
    pub fn with_weight_decay(self, weight_decay: Option<WeightDecayConfig>) -> Self {
        Self { weight_decay, ..self }
    }

    /// Sets the clipping.
    #[must_use]
    pub fn with_grad_clipping(self, grad_clipping: Option<GradientClippingConfig>) -> Self {
        Self { grad_clipping, ..self }
    }

    /// The bare optimiser, for a group of parameters; it does not clip.
    pub fn build(&self) -> Adam {
        let decay = self.weight_decay.as_ref().map_or(Decay::None, |decay| Decay::Penalty(decay.penalty));
        Adam {
            step: AdamStep::new(0.0, 1)
                .with_betas([self.beta_1, self.beta_2])
                .with_epsilon(self.epsilon)
                .with_decay(decay)
                .with_lazy(self.lazy),
            amsgrad: self.amsgrad,
        }
    }

    /// The optimiser of a whole model.
    pub fn init(&self) -> ModuleOptimizer {
        super::module_optimizer(self.build(), self.grad_clipping.as_ref())
    }
}

/// Adam in one pass per parameter. Made by [`AdamConfig`].
#[derive(Clone, Debug)]
pub struct Adam {
    /// The step but for its learning rate and number.
    step: AdamStep,
    amsgrad: bool,
}

impl Optimizer for Adam {
    type State<const D: usize> = AdamState<D>;

    fn step<const D: usize>(
        &self,
        lr: LearningRate,
        tensor: Tensor<D>,
        grad: Tensor<D>,
        state: Option<Self::State<D>>,
    ) -> (Tensor<D>, Option<Self::State<D>>) {
        let momentum = state.map(|state| state.momentum);
        let (tensor, momentum) = step(self.step, self.amsgrad, lr, [tensor, grad], momentum);
        (tensor, Some(AdamState::new(momentum)))
    }

    fn to_device<const D: usize>(state: Self::State<D>, device: &Device) -> Self::State<D> {
        AdamState::new(state.momentum.to_device(device))
    }
}

/// One step of Adam or AdamW on a parameter and its gradient.
pub(super) fn step<const D: usize>(
    step: AdamStep,
    amsgrad: bool,
    learning_rate: LearningRate,
    [parameter, gradient]: [Tensor<D>; 2],
    state: Option<AdaptiveMomentumState<D>>,
) -> (Tensor<D>, AdaptiveMomentumState<D>) {
    let (time, moments) = match state {
        None => (1, Moments::zeros_like(&parameter, amsgrad)),
        Some(state) => {
            // A state from before AMSGrad was turned on has no largest moment yet.
            let largest = state.max_moment_2.or_else(|| amsgrad.then(|| state.moment_2.clone()));
            let largest = largest.filter(|_| amsgrad);
            (state.time + 1, Moments { first: state.moment_1, second: state.moment_2, largest })
        }
    };
    let step = AdamStep { learning_rate, time, ..step };
    let (parameter, moments) = adam_update(parameter, gradient, moments, step);
    let mut state = AdaptiveMomentumState::new(time, moments.first, moments.second);
    state.max_moment_2 = moments.largest;
    (parameter, state)
}
