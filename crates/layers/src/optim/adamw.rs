//! AdamW: Adam with weight decay beside the step (Loshchilov & Hutter, 2019, <https://arxiv.org/abs/1711.05101>).
//!
//! ```text
//! m ← β₁·m + (1 − β₁)·g        v ← β₂·v + (1 − β₂)·g²
//! θ ← (1 − η·λ)·θ − η · m̂ / (√v̂ + ε),        m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)
//! ```

use burn::grad_clipping::GradientClippingConfig;

use burn::optim::{AdamWState, LearningRate, ModuleOptimizer, Optimizer};
use burn::tensor::{Device, Tensor};
use firebrick_backend::{AdamStep, Decay};
use serde::{Deserialize, Serialize};

use super::adam;

/// Configuration of [`AdamW`], with Burn's names and defaults.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamWConfig {
    /// β₁. Default 0.9.
    pub beta_1: f32,
    /// β₂. Default 0.999.
    pub beta_2: f32,
    /// ε. Default 1e-5, as in Burn; PyTorch takes 1e-8. (Keras's 1e-7 is added before the bias correction of v.)
    pub epsilon: f32,
    /// λ. Default 1e-4, as in Burn; PyTorch takes 1e-2, Keras 4e-3.
    pub weight_decay: f32,
    /// Whether weights decay only where the step goes the same way (<https://arxiv.org/abs/2510.12402>). Default false.
    pub cautious_weight_decay: bool,
    /// Whether the largest second moment so far divides instead of the current one. Default false.
    pub amsgrad: bool,
    /// Whether rows with a gradient of zeros are left alone; see [`optim`](crate::optim#lazy-steps). Default false.
    pub lazy: bool,
    /// Clipping of each parameter's gradient before the step. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grad_clipping: Option<GradientClippingConfig>,
}

impl Default for AdamWConfig {
    fn default() -> Self {
        Self {
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-5,
            weight_decay: 1e-4,
            cautious_weight_decay: false,
            amsgrad: false,
            lazy: false,
            grad_clipping: None,
        }
    }
}

impl AdamWConfig {
    /// Burn's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// PyTorch's ε and λ: 1e-8 and 1e-2.
    #[must_use]
    pub fn pytorch(self) -> Self {
        self.with_epsilon(1e-8).with_weight_decay(1e-2)
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

    /// Sets λ.
    #[must_use]
    pub fn with_weight_decay(self, weight_decay: f32) -> Self {
        Self { weight_decay, ..self }
    }

    /// Sets whether weights decay only where the step goes the same way.
    #[must_use]
    pub fn with_cautious_weight_decay(self, cautious_weight_decay: bool) -> Self {
        Self { cautious_weight_decay, ..self }
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

    /// Sets the clipping.
    #[must_use]
    pub fn with_grad_clipping(self, grad_clipping: Option<GradientClippingConfig>) -> Self {
        Self { grad_clipping, ..self }
    }

    /// The bare optimiser, for a group of parameters; it does not clip.
    pub fn build(&self) -> AdamW {
        let decay = match self.cautious_weight_decay {
            true => Decay::Cautious(self.weight_decay),
            false => Decay::Decoupled(self.weight_decay),
        };
        AdamW {
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

/// AdamW in one pass per parameter. Made by [`AdamWConfig`].
#[derive(Clone, Debug)]
pub struct AdamW {
    /// The step but for its learning rate and number.
    step: AdamStep,
    amsgrad: bool,
}

impl Optimizer for AdamW {
    type State<const D: usize> = AdamWState<D>;

    fn step<const D: usize>(
        &self,
        lr: LearningRate,
        tensor: Tensor<D>,
        grad: Tensor<D>,
        state: Option<Self::State<D>>,
    ) -> (Tensor<D>, Option<Self::State<D>>) {
        let momentum = state.map(|state| state.momentum);
        let (tensor, momentum) = adam::step(self.step, self.amsgrad, lr, [tensor, grad], momentum);
        (tensor, Some(AdamWState::new(momentum)))
    }

    fn to_device<const D: usize>(state: Self::State<D>, device: &Device) -> Self::State<D> {
        AdamWState::new(state.momentum.to_device(device))
    }
}
