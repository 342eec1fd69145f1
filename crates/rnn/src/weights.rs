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

use std::ops::Range;

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
    /// Draws the weights of `gates` gates, with ones in the bias of the gate `unit`, if there is one.
    pub(crate) fn init(
        options: &CellOptions,
        gates: usize,
        unit: Option<usize>,
        input_size: usize,
        device: &Device,
    ) -> Self {
        let hidden = options.hidden_size;
        let width = gates * hidden;
        let fan = |input| Fan { input, output: width };
        let bias = || options.bias_initializer.init([width], fan(hidden), device);
        Self {
            kernel: options.kernel_initializer.init([input_size, width], fan(input_size), device),
            recurrent_kernel: options.recurrent_initializer.init([hidden, width], fan(hidden), device),
            bias: options.bias.then(|| match unit {
                Some(gate) => with_ones(bias(), gate * hidden..(gate + 1) * hidden),
                None => bias(),
            }),
            recurrent_bias: (options.bias && options.recurrent_bias).then(bias),
        }
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

    /// x·W_g + b_g for one gate, `[B, T, I]` to `[B, T, H]`.
    pub(crate) fn gate_inputs(&self, gate: usize, x: Tensor<3>) -> Tensor<3> {
        let ([batch, steps, features], hidden) = (x.dims(), self.hidden_size());
        let kernel = self.kernel.val().narrow(1, gate * hidden, hidden);
        let product = x.reshape([batch * steps, features]).matmul(kernel);
        let product = match &self.bias {
            Some(bias) => product + bias.val().narrow(0, gate * hidden, hidden).unsqueeze_dim(0),
            None => product,
        };
        product.reshape([batch, steps, hidden])
    }

    /// U and b' with the gates in front: `[G, H, H]` and `[G, 1, H]`.
    pub(crate) fn gate_products(&self) -> (Tensor<3>, Option<Tensor<3>>) {
        let hidden = self.hidden_size();
        let gates = self.recurrent_kernel.dims()[1] / hidden;
        let kernel = self.recurrent_kernel.val().reshape([hidden, gates, hidden]).swap_dims(0, 1);
        (kernel, self.recurrent_bias.as_ref().map(|bias| bias.val().reshape([gates, 1, hidden])))
    }
}

/// A bias with ones in some places.
pub(crate) fn with_ones(bias: Param<Tensor<1>>, place: Range<usize>) -> Param<Tensor<1>> {
    let bias = bias.val().set_require_grad(false);
    let ones = Tensor::ones([place.len()], &bias.device());
    Param::from_tensor(bias.slice_assign([place], ones))
}
