//! What the configurations of cells share, and the methods that set it.

use burn::tensor::Device;
use firebrick_layers::{ActivationFn, Initializer, Rule};
use serde::{Deserialize, Serialize};

use crate::{CellOptions, Weights};

/// What a cell is made of: Keras's arguments of the same names. (Dropout shared by all steps is a matter of the layers:
/// [`SimpleRnn`](crate::SimpleRnn), [`Lstm`](crate::Lstm) and [`Gru`](crate::Gru) have it.)
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateOptions {
    /// Numbers H of the hidden state, Keras's units.
    pub hidden_size: usize,
    /// Whether a bias is added. Default true.
    #[serde(default = "yes")]
    pub bias: bool,
    /// Of the input's weights `[I, G·H]`. Default glorot uniform, as in Keras.
    #[serde(default)]
    pub kernel_initializer: Initializer,
    /// Of the state's weights `[H, G·H]`. Default orthogonal, as in Keras.
    #[serde(default = "orthogonal")]
    pub recurrent_initializer: Initializer,
    /// Default zeros, as in Keras.
    #[serde(default = "zeros")]
    pub bias_initializer: Initializer,
    /// φ, what makes the output and the candidate of the state. Default tanh, as in Keras.
    #[serde(default = "tanh")]
    pub activation: ActivationFn,
}

pub(super) fn yes() -> bool {
    true
}

fn orthogonal() -> Initializer {
    Initializer::Orthogonal { gain: 1.0 }
}

fn zeros() -> Initializer {
    Initializer::Zeros
}

fn tanh() -> ActivationFn {
    ActivationFn::Tanh
}

/// σ, the default of all gates.
pub(super) fn sigmoid() -> ActivationFn {
    ActivationFn::Sigmoid
}

impl GateOptions {
    pub(super) const FIELDS: &[&str] =
        &["hidden_size", "bias", "kernel_initializer", "recurrent_initializer", "bias_initializer", "activation"];

    /// Keras's defaults, for a state of `hidden_size` numbers.
    pub fn new(hidden_size: usize) -> Self {
        Self {
            hidden_size,
            bias: true,
            kernel_initializer: Initializer::GlorotUniform,
            recurrent_initializer: orthogonal(),
            bias_initializer: zeros(),
            activation: tanh(),
        }
    }

    /// Whether a cell with `gates` gates and these activations over `input_size` features can be made.
    pub(super) fn check(&self, gates: usize, input_size: usize, recurrent: ActivationFn) -> Result<(), Rule> {
        self.activation.check()?;
        recurrent.check()?;
        self.cell(false).check(gates, input_size)
    }

    /// Numbers in the weights of `gates` gates, with both biases if `two_biases`.
    pub(super) fn num_params(&self, gates: usize, input_size: usize, two_biases: bool) -> usize {
        self.cell(two_biases).num_params(gates, input_size)
    }

    /// Draws the weights of `gates` gates, with both biases if `two_biases`.
    pub(super) fn weights(&self, gates: usize, input_size: usize, two_biases: bool, device: &Device) -> Weights {
        Weights::init(&self.cell(two_biases), gates, None, input_size, device)
    }

    /// Draws the weights of the gates i, f, g, o; with ones in the bias of f if `unit_forget_bias`.
    pub(super) fn lstm_weights(&self, input_size: usize, unit_forget_bias: bool, device: &Device) -> Weights {
        Weights::init(&self.cell(false), 4, unit_forget_bias.then_some(1), input_size, device)
    }

    fn cell(&self, two_biases: bool) -> CellOptions {
        CellOptions {
            bias: self.bias,
            recurrent_bias: two_biases,
            kernel_initializer: self.kernel_initializer,
            recurrent_initializer: self.recurrent_initializer,
            bias_initializer: self.bias_initializer,
            ..CellOptions::new(self.hidden_size)
        }
    }
}

/// The methods that set [`GateOptions`] in a configuration with the field `gates`.
macro_rules! with_gate_options {
    ($config:ty) => {
        impl $config {
            /// Sets whether a bias is added.
            #[must_use]
            pub fn with_bias(mut self, bias: bool) -> Self {
                self.gates.bias = bias;
                self
            }

            /// Sets the initialiser of the input's weights.
            #[must_use]
            pub fn with_kernel_initializer(mut self, initializer: firebrick_layers::Initializer) -> Self {
                self.gates.kernel_initializer = initializer;
                self
            }

            /// Sets the initialiser of the state's weights.
            #[must_use]
            pub fn with_recurrent_initializer(mut self, initializer: firebrick_layers::Initializer) -> Self {
                self.gates.recurrent_initializer = initializer;
                self
            }

            /// Sets the initialiser of the bias.
            #[must_use]
            pub fn with_bias_initializer(mut self, initializer: firebrick_layers::Initializer) -> Self {
                self.gates.bias_initializer = initializer;
                self
            }

            /// Sets φ, which makes the output and the candidate.
            #[must_use]
            pub fn with_activation(mut self, activation: firebrick_layers::ActivationFn) -> Self {
                self.gates.activation = activation;
                self
            }
        }
    };
}
pub(super) use with_gate_options;

/// The method that sets σ in a configuration with the field `recurrent_activation`.
macro_rules! with_recurrent_activation {
    ($config:ty) => {
        impl $config {
            /// Sets σ, the activation of the gates.
            #[must_use]
            pub fn with_recurrent_activation(mut self, activation: firebrick_layers::ActivationFn) -> Self {
                self.recurrent_activation = activation;
                self
            }
        }
    };
}
pub(super) use with_recurrent_activation;

/// The method that sets the first bias of the forget gate in a configuration with the field `unit_forget_bias`.
macro_rules! with_unit_forget_bias {
    ($config:ty) => {
        impl $config {
            /// Sets whether the bias of the forget gate starts at 1.
            #[must_use]
            pub fn with_unit_forget_bias(mut self, unit_forget_bias: bool) -> Self {
                self.unit_forget_bias = unit_forget_bias;
                self
            }
        }
    };
}
pub(super) use with_unit_forget_bias;
