//! Layer normalisation (Ba et al., 2016, <https://arxiv.org/abs/1607.06450>).
//!
//! ```text
//! y = γ·(x − μ)/√(σ² + ε) + β        μ, σ² over the features, or the channels of a pixel, of one sample; γ, β [C]
//! ```
//!
//! Keras's defaults: the axis of the features alone, ε 1e-3 (PyTorch: 1e-5). Training and prediction do the same.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::activation::each_rank;
use crate::activation_fn::WithActivation;
use crate::layer::{Apply, Cost, Leaf};
use crate::named::is_default;
use crate::{Activation, ActivationFn, Rule};

/// Configuration of [`LayerNorm`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerNormConfig {
    /// Channels or features that come in. Inferred in a network's list; where it is given, it must be right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num_features: Option<usize>,
    /// ε. Default 1e-3.
    #[serde(default = "keras_epsilon")]
    pub epsilon: f64,
    /// Applied to the output. Default none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub activation: ActivationFn,
}

fn keras_epsilon() -> f64 {
    1e-3
}

impl Default for LayerNormConfig {
    fn default() -> Self {
        Self { num_features: None, epsilon: keras_epsilon(), activation: ActivationFn::Linear }
    }
}

impl LayerNormConfig {
    /// Normalises so many channels or features.
    pub fn new(num_features: usize) -> Self {
        Self { num_features: Some(num_features), ..Self::default() }
    }

    /// PyTorch's ε instead of Keras's.
    #[must_use]
    pub fn pytorch(self) -> Self {
        self.with_epsilon(1e-5)
    }

    /// Sets ε.
    #[must_use]
    pub fn with_epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }

    /// Makes the layer.
    ///
    /// # Panics
    /// When `num_features` is not given or 0, or ε lies outside its range.
    pub fn init(&self, device: &Device) -> LayerNorm {
        let Some(features) = self.num_features else {
            panic!("LayerNormConfig::num_features is needed for a layer outside a network's list");
        };
        if let Err(rule) = self.check(features) {
            panic!("layer normalisation of {features} features: {rule}");
        }
        self.init_for(&[features], device)
    }

    fn check(&self, features: usize) -> Result<(), Rule> {
        if features == 0 {
            return Err(Rule::Zero { what: "num_features" });
        }
        if !(self.epsilon.is_finite() && self.epsilon > 0.0) {
            return Err(Rule::OutOfRange { what: "epsilon", value: self.epsilon, range: "a finite number above 0" });
        }
        self.activation.check()
    }
}

impl WithActivation for LayerNormConfig {
    fn activation(mut self, function: ActivationFn) -> Self {
        self.activation = function;
        self
    }
}

impl Leaf for LayerNormConfig {
    type Layer = LayerNorm;

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Rule> {
        let found = input[0];
        if let Some(expected) = self.num_features.filter(|&told| told != found) {
            return Err(Rule::Incoming { told: "num_features", expected, found });
        }
        self.check(found)?;
        Ok(input.to_vec())
    }

    fn cost(&self, input: &[usize], _output: &[usize]) -> Result<Cost, Rule> {
        let trainable = (input[0] as u64).checked_mul(2).ok_or(Rule::Overflow)?;
        Ok(Cost { trainable, ..Cost::default() })
    }

    fn init_for(&self, input: &[usize], device: &Device) -> LayerNorm {
        LayerNorm {
            gamma: Param::from_tensor(Tensor::ones([input[0]], device)),
            beta: Param::from_tensor(Tensor::zeros([input[0]], device)),
            epsilon: self.epsilon,
            activation: self.activation,
        }
    }
}

/// Layer normalisation, with an activation.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_layers::LayerNormConfig;
///
/// let device = Device::flex();
/// let y = LayerNormConfig::new(2).init(&device).forward(Tensor::<2>::from_floats([[1.0, 5.0]], &device));
/// let y: Vec<f32> = y.into_data().try_to_vec().unwrap();
/// assert!((y[0] + 1.0).abs() < 1e-3 && (y[1] - 1.0).abs() < 1e-3);
/// ```
#[derive(Module, Debug)]
pub struct LayerNorm {
    /// γ, `[C]`.
    pub gamma: Param<Tensor<1>>,
    /// β, `[C]`.
    pub beta: Param<Tensor<1>>,
    epsilon: f64,
    #[module(skip)]
    activation: ActivationFn,
}

impl LayerNorm {
    /// `[B, C, ...]` to the same shape.
    ///
    /// # Panics
    /// When the input has another number of channels, or fewer than two axes.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let mut channels = [1; D];
        channels[1] = self.gamma.dims()[0];
        let centred = x.clone() - x.mean_dim(1);
        let variance = centred.clone().square().mean_dim(1);
        let normal = centred / (variance + self.epsilon).sqrt();
        let y = normal * self.gamma.val().reshape(channels) + self.beta.val().reshape(channels);
        self.activation.forward(y)
    }
}

impl Apply for LayerNorm {
    fn apply(&self, x: Activation) -> Activation {
        each_rank!(x, |x| self.forward(x))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f32> {
        x.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn each_sample_and_each_pixel_has_mean_zero_and_variance_one() {
        let device = Device::flex();
        let layer = LayerNormConfig::new(4).with_epsilon(1e-9).init(&device);
        let x = Tensor::<1, burn::tensor::Int>::arange(0..2 * 4 * 3, &device).float();
        let y = layer.forward((x * 0.7).sin().reshape([2, 4, 3, 1]));
        let variance = y.clone().square().mean_dim(1);
        assert!(numbers(y.mean_dim(1)).iter().all(|mean| mean.abs() < 1e-6));
        assert!(numbers(variance).iter().all(|variance| (variance - 1.0).abs() < 1e-5));
    }

    #[test]
    fn the_formula_holds_with_epsilon_gamma_and_beta() {
        let device = Device::flex();
        let mut layer = LayerNormConfig::new(3).with_epsilon(0.5).init(&device);
        layer.gamma = Param::from_tensor(Tensor::from_floats([2.0, 1.0, -1.0], &device));
        layer.beta = Param::from_tensor(Tensor::from_floats([0.0, 3.0, 0.5], &device));
        let y = numbers(layer.forward(Tensor::<2>::from_floats([[1.0, 2.0, 6.0]], &device)));
        let deviation = (14.0f32 / 3.0 + 0.5).sqrt();
        for (found, expected) in y.iter().zip([-4.0 / deviation, 3.0 - 1.0 / deviation, 0.5 - 3.0 / deviation]) {
            assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
        }
    }
}
