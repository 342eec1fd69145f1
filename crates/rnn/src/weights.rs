//! The weights of a cell, its gates side by side.
//!
//! ```text
//! kernel            W   [I, G·H]    multiplies the input
//! recurrent_kernel  U   [H, G·H]    multiplies the state
//! bias              b   [G·H]       added to both products
//! recurrent_bias    b'  [G·H]       added to U's, where there is one
//! ```
//!
//! The layout and the first values are Keras's: the fans of W are I and G·H, and U is orthogonal as a whole.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use firebrick_backend::RecurrentWeights;
use firebrick_layers::Fan;

use crate::CellOptions;

/// The weights of a recurrent layer, for G gates side by side.
#[derive(Module, Debug)]
pub struct Weights {
    /// W `[I, G·H]`, which multiplies the input.
    pub kernel: Param<Tensor<2>>,
    /// U `[H, G·H]`, which multiplies the state.
    pub recurrent_kernel: Param<Tensor<2>>,
    /// b `[G·H]`.
    pub bias: Option<Param<Tensor<1>>>,
    /// A second bias `[G·H]`, of the product of the state.
    pub recurrent_bias: Option<Param<Tensor<1>>>,
}

impl Weights {
    /// Draws the weights of `gates` gates, with both biases if `two_biases`.
    pub(crate) fn init(options: &CellOptions, gates: usize, input_size: usize, device: &Device) -> Self {
        let hidden = options.hidden_size;
        let width = gates * hidden;
        let fan = |input| Fan { input, output: width };
        let bias = |there: bool| there.then(|| options.bias_initializer.init([width], fan(hidden), device));
        Self {
            kernel: options.kernel_initializer.init([input_size, width], fan(input_size), device),
            recurrent_kernel: options.recurrent_initializer.init([hidden, width], fan(hidden), device),
            bias: bias(options.bias),
            recurrent_bias: bias(options.bias && options.recurrent_bias),
        }
    }

    /// With ones in the bias of one gate.
    pub(crate) fn with_unit_bias(mut self, gate: usize) -> Self {
        let hidden = self.hidden_size();
        self.bias = self.bias.map(|bias| {
            bias.map(|bias| {
                let ones = Tensor::ones([hidden], &bias.device());
                bias.slice_assign([gate * hidden..(gate + 1) * hidden], ones)
            })
        });
        self
    }

    /// I.
    pub fn input_size(&self) -> usize {
        self.kernel.dims()[0]
    }

    /// H.
    pub fn hidden_size(&self) -> usize {
        self.recurrent_kernel.dims()[0]
    }

    /// The tensors, as the operations of the backend take them.
    pub fn values(&self) -> RecurrentWeights {
        RecurrentWeights {
            input: self.kernel.val(),
            recurrent: self.recurrent_kernel.val(),
            bias: self.bias.as_ref().map(Param::val),
            recurrent_bias: self.recurrent_bias.as_ref().map(Param::val),
        }
    }
}
