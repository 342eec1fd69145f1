//! The cell of the simple recurrent layer (Elman, 1990, <https://doi.org/10.1207/s15516709cog1402_1>), Keras's
//! SimpleRNNCell.
//!
//! ```text
//! h_t = φ(x_t·W + b + h_{t-1}·U)     [B, H]   hidden state, also the output
//! ```

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use firebrick_layers::{ActivationFn, Rule};
use serde::{Deserialize, Serialize};

use super::gate_options::{GateOptions, with_gate_options};
use super::gates::{assert_gates, project, recur};
use crate::flat::flat_serde;
use crate::{RecurrentCell, RecurrentCellConfig, Weights};

/// Configuration of [`SimpleRnnCell`]. In TOML and JSON all settings stand in one table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct SimpleRnnCellConfig {
    /// Sizes, first values, activation.
    #[serde(flatten)]
    pub gates: GateOptions,
}

flat_serde!(SimpleRnnCellConfig, GateOptions::FIELDS);
with_gate_options!(SimpleRnnCellConfig);

impl SimpleRnnCellConfig {
    /// Keras's defaults, for a state of `hidden_size` numbers.
    pub fn new(hidden_size: usize) -> Self {
        Self { gates: GateOptions::new(hidden_size) }
    }
}

impl RecurrentCellConfig for SimpleRnnCellConfig {
    type Cell = SimpleRnnCell;

    fn output_size(&self) -> usize {
        self.gates.hidden_size
    }

    fn num_params(&self, input_size: usize) -> usize {
        self.gates.num_params(1, input_size, false)
    }

    fn check(&self, input_size: usize) -> Result<(), Rule> {
        self.gates.check(1, input_size, ActivationFn::Linear)
    }

    fn init(&self, input_size: usize, device: &Device) -> SimpleRnnCell {
        if let Err(rule) = self.check(input_size) {
            panic!("simple_rnn cell: {rule}");
        }
        let weights = self.gates.weights(1, input_size, false, device);
        SimpleRnnCell { weights, activation: self.gates.activation }
    }
}

/// The cell of the simple recurrent layer.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_layers::ActivationFn;
/// use firebrick_rnn::{RecurrentConfig, RecurrentLayer, RnnConfig, SimpleRnnCellConfig};
///
/// let device = Device::flex();
/// let cell = SimpleRnnCellConfig::new(4).with_activation(ActivationFn::Softsign);
/// let output = RnnConfig::new(cell).init(3, &device).forward(Tensor::<3>::ones([2, 5, 3], &device));
/// assert_eq!(output.state.dims(), [2, 4]);
/// ```
#[derive(Module, Debug)]
pub struct SimpleRnnCell {
    /// One gate.
    pub weights: Weights,
    #[module(skip)]
    activation: ActivationFn,
}

impl SimpleRnnCell {
    /// The cell with these weights and tanh: that of a [`SimpleRnn`](crate::SimpleRnn).
    ///
    /// # Panics
    /// When the weights hold another number of gates than one.
    pub fn new(weights: Weights) -> Self {
        assert_gates("a simple_rnn cell", &weights, 1);
        Self { weights, activation: ActivationFn::Tanh }
    }
}

impl RecurrentCell for SimpleRnnCell {
    type State = Tensor<2>;

    fn input_size(&self) -> usize {
        self.weights.input_size()
    }

    fn state_sizes(&self) -> Vec<usize> {
        vec![self.weights.hidden_size()]
    }

    fn initial_state(&self, batch: usize, device: &Device) -> Tensor<2> {
        Tensor::zeros([batch, self.weights.hidden_size()], device)
    }

    fn project(&self, x: Tensor<2>) -> Tensor<2> {
        project(&self.weights, x)
    }

    fn step(&self, x: Tensor<2>, hidden: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let hidden = self.activation.forward(x + recur(&self.weights, hidden));
        (hidden.clone(), hidden)
    }

    fn initial_output(&self, hidden: &Tensor<2>) -> Tensor<2> {
        hidden.clone()
    }
}
