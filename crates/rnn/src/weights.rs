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

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor};
    use firebrick_layers::Initializer;

    use crate::{GruConfig, LstmConfig, RecurrentConfig, SimpleRnnConfig, Weights};

    const INPUT: usize = 23;
    const HIDDEN: usize = 17;

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    fn layers(device: &Device) -> [(Weights, usize); 5] {
        let lstm = LstmConfig::new(HIDDEN);
        [
            (SimpleRnnConfig::new(HIDDEN).init(INPUT, device).weights, 1),
            (GruConfig::new(HIDDEN).init(INPUT, device).weights, 3),
            (GruConfig::new(HIDDEN).with_reset_after(false).init(INPUT, device).weights, 3),
            (lstm.clone().with_coupled_gates(true).init(INPUT, device).weights, 3),
            (lstm.init(INPUT, device).weights, 4),
        ]
    }

    #[test]
    fn the_recurrent_weights_are_orthogonal() {
        for (weights, gates) in layers(&Device::flex()) {
            let u = weights.recurrent_kernel.val();
            assert_eq!(u.dims(), [HIDDEN, gates * HIDDEN]);
            let products = values(u.clone().matmul(u.transpose()));
            for (index, product) in products.into_iter().enumerate() {
                let expected = if index % (HIDDEN + 1) == 0 { 1.0 } else { 0.0 };
                assert!((product - expected).abs() <= 1e-5, "{gates} gates: {product} at {index}");
            }
        }
    }

    #[test]
    fn the_kernel_fills_the_bounds_of_glorot_over_all_gates() {
        for (weights, gates) in layers(&Device::flex()) {
            let limit = (6.0 / (INPUT + gates * HIDDEN) as f64).sqrt() as f32;
            let kernel = values(weights.kernel.val());
            assert_eq!(kernel.len(), INPUT * gates * HIDDEN);
            let largest = kernel.iter().fold(0f32, |largest, value| largest.max(value.abs()));
            assert!(largest <= limit && largest > 0.97 * limit, "{gates} gates: {largest} of {limit}");
        }
    }

    #[test]
    fn the_bias_of_the_forget_gate_is_one_and_the_others_are_zero() {
        let first = |config: LstmConfig| values(config.init(INPUT, &Device::flex()).weights.bias.unwrap().val());
        assert_eq!(first(LstmConfig::new(2)), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(first(LstmConfig::new(2).with_coupled_gates(true)), [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(first(LstmConfig::new(2).with_unit_forget_bias(false)), [0.0; 8]);
        assert_eq!(values(GruConfig::new(2).init(3, &Device::flex()).weights.bias.unwrap().val()), [0.0; 6]);
    }

    #[test]
    fn the_bias_of_the_forget_gate_is_trained() {
        let device = Device::flex().autodiff();
        let weights = LstmConfig::new(2).init(3, &device).weights;
        assert!(weights.bias.unwrap().val().is_require_grad());
    }

    #[test]
    fn two_biases_where_keras_or_pytorch_have_two() {
        let device = Device::flex();
        let two = |weights: Weights| weights.recurrent_bias.is_some();
        assert!(two(GruConfig::new(2).init(3, &device).weights));
        assert!(!two(GruConfig::new(2).with_reset_after(false).init(3, &device).weights));
        assert!(!two(GruConfig::new(2).with_bias(false).init(3, &device).weights));
        assert!(!two(LstmConfig::new(2).init(3, &device).weights));
        assert!(two(LstmConfig::new(2).pytorch().init(3, &device).weights));
    }

    #[test]
    fn the_first_values_of_pytorch_lie_within_one_by_the_root_of_the_hidden_size() {
        let weights = LstmConfig::new(HIDDEN).pytorch().init(INPUT, &Device::flex()).weights;
        let limit = 1.0 / (HIDDEN as f32).sqrt();
        let tensors = [
            values(weights.kernel.val()),
            values(weights.recurrent_kernel.val()),
            values(weights.bias.unwrap().val()),
            values(weights.recurrent_bias.unwrap().val()),
        ];
        for values in tensors {
            let largest = values.iter().fold(0f32, |largest, value| largest.max(value.abs()));
            assert!(largest <= limit && largest > 0.9 * limit, "{largest} of {limit}");
        }
    }

    #[test]
    fn initialisers_of_ones_own_are_used_where_they_belong() {
        let constant = |value| Initializer::Constant { value };
        let config = GruConfig::new(2)
            .with_kernel_initializer(constant(1.0))
            .with_recurrent_initializer(constant(2.0))
            .with_bias_initializer(constant(3.0));
        let weights = config.init(3, &Device::flex()).weights;
        assert_eq!(values(weights.kernel.val()), [1.0; 18]);
        assert_eq!(values(weights.recurrent_kernel.val()), [2.0; 12]);
        assert_eq!(values(weights.recurrent_bias.unwrap().val()), [3.0; 6]);
    }
}
