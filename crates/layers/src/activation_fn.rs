//! Activation functions, with the names and constants of Keras.
//!
//! ```text
//! relu(x) = max(x, 0)            elu(x)  = x if x > 0 else α·(exp(x) − 1)
//! silu(x) = x·σ(x)               selu(x) = λ·elu(x), α = 1.6733, λ = 1.0507   (Klambauer et al., 2017)
//! gelu(x) = x·Φ(x)               mish(x) = x·tanh(softplus(x))
//! ```

use burn::module::Module;
use burn::tensor::{Device, Tensor, activation as f};
use firebrick_backend::{Activation as Operation, activation};
use serde::{Deserialize, Serialize};

use crate::activation::each_rank;
use crate::layer::{Apply, Leaf};
use crate::named::named_serde;
use crate::{Activation, Rule};

/// A function applied to every number; `softmax` and `log_softmax` to the features or channels (axis 1) of each sample.
///
/// In TOML and JSON: the name, `"relu"`, or a table with the constants, `{ name = "elu", alpha = 0.5 }`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ActivationFn {
    /// x: no activation.
    #[default]
    Linear,
    /// max(x, 0).
    Relu,
    /// min(max(x, 0), 6).
    Relu6,
    /// x where positive, else slope · x.
    LeakyRelu {
        /// Slope below zero. Default 0.2 as `keras.activations.leaky_relu` (PyTorch: 0.01).
        #[serde(default = "keras_slope")]
        negative_slope: f64,
    },
    /// x where positive, else α · (exp(x) − 1).
    Elu {
        /// Default 1.
        #[serde(default = "one")]
        alpha: f64,
    },
    /// Self-normalising elu.
    Selu,
    /// x · Φ(x), exact.
    Gelu,
    /// x · Φ(x) by the tanh formula (Keras: `approximate=True`).
    GeluTanh,
    /// 1 / (1 + exp(−x)).
    Sigmoid,
    /// relu6(x + 3) / 6.
    HardSigmoid,
    /// Hyperbolic tangent.
    Tanh,
    /// x · σ(x), also known as swish.
    #[serde(alias = "swish")]
    Silu,
    /// x · relu6(x + 3) / 6.
    #[serde(alias = "hard_swish")]
    HardSilu,
    /// x · tanh(softplus(x)).
    Mish,
    /// log(1 + exp(x)).
    Softplus,
    /// x / (1 + |x|).
    Softsign,
    /// exp(x).
    Exponential,
    /// exp(x) / Σ exp(x) over the features or channels.
    Softmax,
    /// log of softmax.
    LogSoftmax,
}

named_serde!(ActivationFn);

fn keras_slope() -> f64 {
    0.2
}

fn one() -> f64 {
    1.0
}

impl ActivationFn {
    /// Applies the function; the shape stays.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        if let Some(operation) = self.operation() {
            return activation(x, operation);
        }
        match *self {
            Self::Relu6 => f::relu6(x),
            Self::Selu => f::selu(x),
            Self::HardSigmoid => f::hard_sigmoid(x, 1.0 / 6.0, 0.5),
            Self::HardSilu => f::hard_swish(x),
            Self::Mish => f::mish(x),
            Self::Softplus => f::softplus(x, 1.0),
            Self::Softsign => f::softsign(x),
            Self::Exponential => x.exp(),
            Self::Softmax => f::softmax(x, 1),
            Self::LogSoftmax => f::log_softmax(x, 1),
            // Without an operation of the backend, `Linear` alone is left.
            _ => x,
        }
    }

    /// The operation of the backend, where it has one.
    fn operation(&self) -> Option<Operation> {
        Some(match *self {
            Self::Relu => Operation::Relu,
            Self::LeakyRelu { negative_slope } => Operation::LeakyRelu { slope: negative_slope },
            Self::Elu { alpha } => Operation::Elu { alpha },
            Self::Sigmoid => Operation::Sigmoid,
            Self::Tanh => Operation::Tanh,
            Self::Silu => Operation::Silu,
            Self::Gelu => Operation::Gelu,
            Self::GeluTanh => Operation::GeluTanh,
            _ => return None,
        })
    }

    /// What an operation before it may apply along with its own work, because the gradient follows from the output; and what is left
    /// to apply to its result.
    pub(crate) fn along(self) -> (Option<Operation>, Self) {
        match self.operation().filter(|operation| !operation.needs_input()) {
            Some(operation) => (Some(operation), Self::Linear),
            None => (None, self),
        }
    }

    /// As [`forward`](Self::forward), whatever the rank.
    pub fn apply(&self, x: Activation) -> Activation {
        each_rank!(x, |x| self.forward(x))
    }

    /// Whether the constants are numbers.
    ///
    /// # Errors
    /// The constant that is none.
    pub fn check(&self) -> Result<(), Rule> {
        let (what, value) = match *self {
            Self::LeakyRelu { negative_slope } => ("negative_slope", negative_slope),
            Self::Elu { alpha } => ("alpha", alpha),
            _ => return Ok(()),
        };
        match value.is_finite() {
            true => Ok(()),
            false => Err(Rule::OutOfRange { what, value, range: "a finite number" }),
        }
    }
}

/// An activation as a layer of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivationConfig {
    /// The function.
    pub function: ActivationFn,
}

impl ActivationConfig {
    /// A layer that applies `function`.
    pub fn new(function: ActivationFn) -> Self {
        Self { function }
    }

    /// Makes the layer.
    pub fn init(&self) -> ActivationLayer {
        ActivationLayer { function: self.function }
    }
}

impl Leaf for ActivationConfig {
    type Layer = ActivationLayer;

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Rule> {
        self.function.check()?;
        Ok(input.to_vec())
    }

    fn init_for(&self, _input: &[usize], _device: &Device) -> ActivationLayer {
        self.init()
    }
}

/// An activation as a layer of its own.
#[derive(Module, Debug)]
pub struct ActivationLayer {
    #[module(skip)]
    function: ActivationFn,
}

impl ActivationLayer {
    /// The function.
    pub fn function(&self) -> ActivationFn {
        self.function
    }

    /// Applies the function; the shape stays.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.function.forward(x)
    }
}

impl Apply for ActivationLayer {
    fn apply(&self, x: Activation) -> Activation {
        each_rank!(x, |x| self.forward(x))
    }
}

/// Methods that set the activation at the end of a layer: `conv2d(32, 3).relu()`.
pub trait WithActivation: Sized {
    /// Sets the activation.
    #[must_use]
    fn activation(self, function: ActivationFn) -> Self;

    /// [`ActivationFn::Relu`].
    #[must_use]
    fn relu(self) -> Self {
        self.activation(ActivationFn::Relu)
    }

    /// [`ActivationFn::LeakyRelu`].
    #[must_use]
    fn leaky_relu(self, negative_slope: f64) -> Self {
        self.activation(ActivationFn::LeakyRelu { negative_slope })
    }

    /// [`ActivationFn::Tanh`].
    #[must_use]
    fn tanh(self) -> Self {
        self.activation(ActivationFn::Tanh)
    }

    /// [`ActivationFn::Sigmoid`].
    #[must_use]
    fn sigmoid(self) -> Self {
        self.activation(ActivationFn::Sigmoid)
    }

    /// [`ActivationFn::Softmax`].
    #[must_use]
    fn softmax(self) -> Self {
        self.activation(ActivationFn::Softmax)
    }

    /// [`ActivationFn::Gelu`].
    #[must_use]
    fn gelu(self) -> Self {
        self.activation(ActivationFn::Gelu)
    }

    /// [`ActivationFn::Elu`] with α = 1.
    #[must_use]
    fn elu(self) -> Self {
        self.activation(ActivationFn::Elu { alpha: 1.0 })
    }

    /// [`ActivationFn::Selu`].
    #[must_use]
    fn selu(self) -> Self {
        self.activation(ActivationFn::Selu)
    }

    /// [`ActivationFn::Silu`].
    #[must_use]
    fn silu(self) -> Self {
        self.activation(ActivationFn::Silu)
    }
}
