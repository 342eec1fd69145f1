//! Batch normalisation (Ioffe & Szegedy, 2015, <https://arxiv.org/abs/1502.03167>).
//!
//! ```text
//! y = γ·(x − μ)/√(σ² + ε) + β        x [B, C, ...]; μ, σ², γ, β [C]
//! ```
//!
//! In training μ and σ² are the batch's and the running statistics follow them; otherwise the running statistics are used.
//! The two conventions differ in numbers, not in what is computed:
//!
//! | | Keras (the default) | PyTorch |
//! |---|---|---|
//! | ε | 1e-3 | 1e-5 |
//! | momentum m | 0.99: running ← m·running + (1 − m)·batch | 0.1: running ← (1 − m)·running + m·batch |
//! | variance that the running one follows | of the batch, over n | unbiased, over n − 1 |
//!
//! Keras's momentum forgets over some hundred batches, PyTorch's over ten: a training of few steps wants PyTorch's.

use burn::module::{Flag, Module, Param, RunningState};
use burn::tensor::{Device, Tensor};
use firebrick_backend::{BatchNormOptions, batch_norm, batch_norm_train};
use serde::{Deserialize, Serialize};

use crate::activation::each_rank;
use crate::activation_fn::WithActivation;
use crate::layer::{Apply, Cost, Leaf};
use crate::named::is_default;
use crate::{Activation, ActivationFn, Rule};

/// Whose defaults and whose running variance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BatchNormConvention {
    /// Keras's. The default.
    #[default]
    Keras,
    /// PyTorch's.
    PyTorch,
}

/// Configuration of [`BatchNorm`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchNormConfig {
    /// Channels or features that come in. Inferred in a network's list; where it is given, it must be right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num_features: Option<usize>,
    /// Whose defaults. Default Keras's.
    #[serde(default)]
    pub convention: BatchNormConvention,
    /// Momentum in the convention's own sense. Default 0.99 (Keras) or 0.1 (PyTorch).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub momentum: Option<f64>,
    /// ε. Default 1e-3 (Keras) or 1e-5 (PyTorch).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epsilon: Option<f64>,
    /// Applied to the output. Default none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub activation: ActivationFn,
}

impl BatchNormConfig {
    /// Normalises so many channels or features, as Keras does.
    pub fn new(num_features: usize) -> Self {
        Self { num_features: Some(num_features), ..Self::default() }
    }

    /// PyTorch's momentum, ε and running variance instead of Keras's.
    #[must_use]
    pub fn pytorch(mut self) -> Self {
        self.convention = BatchNormConvention::PyTorch;
        self
    }

    /// Sets the momentum, in the convention's own sense.
    #[must_use]
    pub fn with_momentum(mut self, momentum: f64) -> Self {
        self.momentum = Some(momentum);
        self
    }

    /// Sets ε.
    #[must_use]
    pub fn with_epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = Some(epsilon);
        self
    }

    /// Makes the layer.
    ///
    /// # Panics
    /// When `num_features` is not given or 0, or momentum or ε lie outside their range.
    pub fn init(&self, device: &Device) -> BatchNorm {
        let Some(features) = self.num_features else {
            panic!("BatchNormConfig::num_features is needed for a layer outside a network's list");
        };
        if let Err(rule) = self.check(features) {
            panic!("batch normalisation of {features} features: {rule}");
        }
        self.init_for(&[features], device)
    }

    /// Share of the batch in the new running statistics.
    fn update_rate(&self) -> f64 {
        match self.convention {
            BatchNormConvention::Keras => 1.0 - self.momentum.unwrap_or(0.99),
            BatchNormConvention::PyTorch => self.momentum.unwrap_or(0.1),
        }
    }

    fn epsilon(&self) -> f64 {
        self.epsilon.unwrap_or(match self.convention {
            BatchNormConvention::Keras => 1e-3,
            BatchNormConvention::PyTorch => 1e-5,
        })
    }

    fn check(&self, features: usize) -> Result<(), Rule> {
        if features == 0 {
            return Err(Rule::Zero { what: "num_features" });
        }
        let epsilon = self.epsilon();
        if !(epsilon.is_finite() && epsilon > 0.0) {
            return Err(Rule::OutOfRange { what: "epsilon", value: epsilon, range: "a finite number above 0" });
        }
        if let Some(value) = self.momentum.filter(|m| !(0.0..=1.0).contains(m)) {
            return Err(Rule::OutOfRange { what: "momentum", value, range: "from 0 to 1" });
        }
        self.activation.check()
    }
}

impl WithActivation for BatchNormConfig {
    fn activation(mut self, function: ActivationFn) -> Self {
        self.activation = function;
        self
    }
}

impl Leaf for BatchNormConfig {
    type Layer = BatchNorm;

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Rule> {
        let found = input[0];
        if let Some(expected) = self.num_features.filter(|&told| told != found) {
            return Err(Rule::Incoming { told: "num_features", expected, found });
        }
        self.check(found)?;
        Ok(input.to_vec())
    }

    fn cost(&self, input: &[usize], _output: &[usize]) -> Result<Cost, Rule> {
        let each = (input[0] as u64).checked_mul(2).ok_or(Rule::Overflow)?;
        Ok(Cost { trainable: each, non_trainable: each, multiply_adds: 0 })
    }

    fn init_for(&self, input: &[usize], device: &Device) -> BatchNorm {
        let features = [input[0]];
        BatchNorm {
            gamma: Param::from_tensor(Tensor::ones(features, device)),
            beta: Param::from_tensor(Tensor::zeros(features, device)),
            running_mean: RunningState::new(Tensor::zeros(features, device)),
            running_var: RunningState::new(Tensor::ones(features, device)),
            training: Param::from_bool(true),
            update_rate: self.update_rate(),
            unbiased: self.convention == BatchNormConvention::PyTorch,
            epsilon: self.epsilon(),
            activation: self.activation,
        }
    }
}

/// Batch normalisation, with an activation.
///
/// It trains on an autodiff device, unless it is frozen. A clone shares the running statistics, as Burn's own layer's
/// does, so that several devices can train one model; [`valid`](Module::valid) and a record copy them.
#[derive(Module, Debug)]
pub struct BatchNorm {
    /// γ, `[C]`.
    pub gamma: Param<Tensor<1>>,
    /// β, `[C]`.
    pub beta: Param<Tensor<1>>,
    /// Running mean, `[C]`.
    pub running_mean: RunningState<Tensor<1>>,
    /// Running variance, `[C]`.
    pub running_var: RunningState<Tensor<1>>,
    /// Whether the batch's statistics are used on an autodiff device.
    pub training: Param<Flag>,
    update_rate: f64,
    unbiased: bool,
    epsilon: f64,
    #[module(skip)]
    activation: ActivationFn,
}

impl BatchNorm {
    /// `[B, C, ...]` to the same shape.
    ///
    /// # Panics
    /// When the input has no such number of channels, or fewer than two axes.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.forward_with(x, self.activation)
    }

    /// The function applied to the output.
    pub(crate) fn activation(&self) -> ActivationFn {
        self.activation
    }

    /// Whatever the rank, with another activation.
    pub(crate) fn apply_with(&self, x: Activation, activation: ActivationFn) -> Activation {
        each_rank!(x, |x| self.forward_with(x, activation))
    }

    fn forward_with<const D: usize>(&self, x: Tensor<D>, activation: ActivationFn) -> Tensor<D> {
        let (along, after) = activation.along();
        let options = BatchNormOptions::new(self.epsilon).with_activation(along);
        let y = match x.device().is_autodiff() && self.training.is_enabled() {
            true => self.normalise_by_batch(x, options),
            false => {
                let running = [self.running_mean.value(), self.running_var.value()];
                batch_norm(x, [self.gamma.val(), self.beta.val()], running, options)
            }
        };
        after.forward(y)
    }

    fn normalise_by_batch<const D: usize>(&self, x: Tensor<D>, options: BatchNormOptions) -> Tensor<D> {
        let shape = x.dims();
        let n = (shape.iter().product::<usize>() / shape[1].max(1)) as f64;
        let correction = if self.unbiased && n > 1.0 { n / (n - 1.0) } else { 1.0 };
        let batch = batch_norm_train(x, self.gamma.val(), self.beta.val(), options);

        self.follow(&self.running_mean, batch.mean.detach());
        self.follow(&self.running_var, batch.variance.detach() * correction);
        batch.output
    }

    /// running ← running + rate·(batch − running), visible to records at once.
    fn follow(&self, running: &RunningState<Tensor<1>>, batch: Tensor<1>) {
        let old = running.value_sync().to_device(&batch.device());
        let new = old * (1.0 - self.update_rate) + batch * self.update_rate;
        running.update(new.detach());
        running.value_sync();
    }
}

impl Apply for BatchNorm {
    fn apply(&self, x: Activation) -> Activation {
        each_rank!(x, |x| self.forward(x))
    }
}
