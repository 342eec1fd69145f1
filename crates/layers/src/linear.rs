//! Fully connected layer, Keras's Dense.
//!
//! ```text
//! y = f(x·W + b)        x [B, I]    W [I, O]    b [O]    y [B, O]
//! ```

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use firebrick_backend::linear;
use serde::{Deserialize, Serialize};

use crate::activation_fn::WithActivation;
use crate::layer::{Apply, Cost, Leaf};
use crate::named::is_default;
use crate::shape::count;
use crate::{Activation, ActivationFn, Fan, Initializer, Rule};

/// Configuration of [`Linear`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearConfig {
    /// Features that come in. Inferred in a network's list; where it is given, it must be right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_features: Option<usize>,
    /// Features that go out, Keras's units.
    pub out_features: usize,
    /// Whether a bias is added. Default true.
    #[serde(default = "yes")]
    pub bias: bool,
    /// Default glorot uniform, as in Keras.
    #[serde(default)]
    pub kernel_initializer: Initializer,
    /// Default zeros, as in Keras.
    #[serde(default = "zeros")]
    pub bias_initializer: Initializer,
    /// Applied to the output. Default none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub activation: ActivationFn,
}

fn yes() -> bool {
    true
}

fn zeros() -> Initializer {
    Initializer::Zeros
}

impl LinearConfig {
    /// From `in_features` to `out_features`.
    pub fn new(in_features: usize, out_features: usize) -> Self {
        Self { in_features: Some(in_features), ..Self::inferred(out_features) }
    }

    /// A layer in a network's list: what comes in is inferred.
    pub(crate) fn inferred(out_features: usize) -> Self {
        Self {
            in_features: None,
            out_features,
            bias: true,
            kernel_initializer: Initializer::GlorotUniform,
            bias_initializer: Initializer::Zeros,
            activation: ActivationFn::Linear,
        }
    }

    /// Sets whether a bias is added.
    #[must_use]
    pub fn with_bias(mut self, bias: bool) -> Self {
        self.bias = bias;
        self
    }

    /// Sets the initialiser of the weights.
    #[must_use]
    pub fn with_kernel_initializer(mut self, initializer: Initializer) -> Self {
        self.kernel_initializer = initializer;
        self
    }

    /// Sets the initialiser of the bias.
    #[must_use]
    pub fn with_bias_initializer(mut self, initializer: Initializer) -> Self {
        self.bias_initializer = initializer;
        self
    }

    /// PyTorch's initialisers instead of Keras's.
    #[must_use]
    pub fn pytorch(self) -> Self {
        self.with_kernel_initializer(Initializer::pytorch_weight()).with_bias_initializer(Initializer::FanInUniform)
    }

    /// Makes the layer.
    ///
    /// # Panics
    /// When `in_features` is not given, or a size is 0.
    pub fn init(&self, device: &Device) -> Linear {
        let Some(features) = self.in_features else {
            panic!("LinearConfig::in_features is needed for a layer outside a network's list");
        };
        if let Err(rule) = self.check(features) {
            panic!("linear of {features} features: {rule}");
        }
        self.init_for(&[features], device)
    }

    fn check(&self, features: usize) -> Result<(), Rule> {
        for (value, what) in [(features, "in_features"), (self.out_features, "out_features")] {
            if value == 0 {
                return Err(Rule::Zero { what });
            }
        }
        self.kernel_initializer.check().and(self.bias_initializer.check()).and(self.activation.check())
    }
}

impl WithActivation for LinearConfig {
    fn activation(mut self, function: ActivationFn) -> Self {
        self.activation = function;
        self
    }
}

impl Leaf for LinearConfig {
    type Layer = Linear;

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Rule> {
        let &[features] = input else {
            return Err(Rule::Axes {
                expected: "features, [features]",
                hint: "; put flatten or a global pooling before it",
            });
        };
        if let Some(expected) = self.in_features.filter(|&told| told != features) {
            return Err(Rule::Incoming { told: "in_features", expected, found: features });
        }
        self.check(features)?;
        Ok(vec![self.out_features])
    }

    fn cost(&self, input: &[usize], _output: &[usize]) -> Result<Cost, Rule> {
        let weights = count(&[input[0], self.out_features])?;
        let bias = if self.bias { self.out_features as u64 } else { 0 };
        Ok(Cost {
            trainable: weights.checked_add(bias).ok_or(Rule::Overflow)?,
            multiply_adds: weights,
            ..Cost::default()
        })
    }

    fn init_for(&self, input: &[usize], device: &Device) -> Linear {
        let shape = [input[0], self.out_features];
        let fan = Fan { input: shape[0], output: shape[1] };
        Linear {
            weight: self.kernel_initializer.init(shape, fan, device),
            bias: self.bias.then(|| self.bias_initializer.init([self.out_features], fan, device)),
            activation: self.activation,
        }
    }
}

/// Fully connected layer, with an activation.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[I, O]`, as in Keras (PyTorch has the transpose).
    pub weight: Param<Tensor<2>>,
    /// `[O]`.
    pub bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    activation: ActivationFn,
}

impl Linear {
    /// `[B, I]` to `[B, O]`.
    ///
    /// # Panics
    /// When the features are not those of the weights.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.forward_with(x, self.activation)
    }

    /// The same with another activation.
    pub(crate) fn forward_with(&self, x: Tensor<2>, activation: ActivationFn) -> Tensor<2> {
        activation.forward(linear(x, self.weight.val(), self.bias.as_ref().map(Param::val)))
    }

    /// The function applied to the output.
    pub(crate) fn activation(&self) -> ActivationFn {
        self.activation
    }
}

impl Apply for Linear {
    fn apply(&self, x: Activation) -> Activation {
        self.forward(x.into_tensor()).into()
    }
}
