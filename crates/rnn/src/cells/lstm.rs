//! The cell of long short-term memory, LSTM (Hochreiter & Schmidhuber, 1997,
//! <https://doi.org/10.1162/neco.1997.9.8.1735>), Keras's LSTMCell.
//!
//! ```text
//! [i f g o] = x_t·W + b + h_{t-1}·U            [B, 4H]   gates
//! c_t       = σ(f)⊙c_{t-1} + σ(i)⊙φ(g)         [B, H]    cell state
//! h_t       = σ(o)⊙φ(c_t)                      [B, H]    hidden state, also the output
//! ```

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use firebrick_backend::LstmState;
use firebrick_layers::{ActivationFn, Rule};
use serde::{Deserialize, Serialize};

use super::gate_options::{
    GateOptions, sigmoid, with_gate_options, with_recurrent_activation, with_unit_forget_bias, yes,
};
use super::gates::{assert_gates, project, recur, split, zero_lstm_state};
use crate::flat::flat_serde;
use crate::{RecurrentCell, RecurrentCellConfig, Weights};

/// Configuration of [`LstmCell`]. In TOML and JSON all settings stand in one table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct LstmCellConfig {
    /// Sizes, first values, activation.
    #[serde(flatten)]
    pub gates: GateOptions,
    /// σ, the activation of the gates. Default sigmoid, as in Keras.
    #[serde(default = "sigmoid")]
    pub recurrent_activation: ActivationFn,
    /// Whether the bias of the forget gate starts at 1 (Jozefowicz et al., 2015). Default true, as in Keras.
    #[serde(default = "yes")]
    pub unit_forget_bias: bool,
}

flat_serde!(LstmCellConfig, GateOptions::FIELDS, &["recurrent_activation", "unit_forget_bias"]);
with_gate_options!(LstmCellConfig);
with_recurrent_activation!(LstmCellConfig);
with_unit_forget_bias!(LstmCellConfig);

impl LstmCellConfig {
    /// Keras's defaults, for a state of `hidden_size` numbers.
    pub fn new(hidden_size: usize) -> Self {
        Self { gates: GateOptions::new(hidden_size), recurrent_activation: sigmoid(), unit_forget_bias: true }
    }
}

impl RecurrentCellConfig for LstmCellConfig {
    type Cell = LstmCell;

    fn output_size(&self) -> usize {
        self.gates.hidden_size
    }

    fn num_params(&self, input_size: usize) -> usize {
        self.gates.num_params(4, input_size, false)
    }

    fn check(&self, input_size: usize) -> Result<(), Rule> {
        self.gates.check(4, input_size, self.recurrent_activation)
    }

    fn init(&self, input_size: usize, device: &Device) -> LstmCell {
        if let Err(rule) = self.check(input_size) {
            panic!("lstm cell: {rule}");
        }
        LstmCell {
            weights: self.gates.lstm_weights(input_size, self.unit_forget_bias, device),
            activation: self.gates.activation,
            recurrent_activation: self.recurrent_activation,
        }
    }
}

/// The cell of long short-term memory.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_layers::ActivationFn;
/// use firebrick_rnn::{LstmCellConfig, RecurrentConfig, RecurrentLayer, RnnConfig};
///
/// let device = Device::flex();
/// let cell = LstmCellConfig::new(4).with_recurrent_activation(ActivationFn::HardSigmoid);
/// let output = RnnConfig::new(cell).init(3, &device).forward(Tensor::<3>::ones([2, 5, 3], &device));
/// assert_eq!(output.state.cell.dims(), [2, 4]);
/// ```
#[derive(Module, Debug)]
pub struct LstmCell {
    /// Gates i, f, g, o side by side.
    pub weights: Weights,
    #[module(skip)]
    activation: ActivationFn,
    #[module(skip)]
    recurrent_activation: ActivationFn,
}

impl LstmCell {
    /// The cell with these weights, tanh and sigmoid: that of an [`Lstm`](crate::Lstm) with separate gates.
    ///
    /// # Panics
    /// When the weights hold another number of gates than four.
    pub fn new(weights: Weights) -> Self {
        assert_gates("an lstm cell", &weights, 4);
        Self { weights, activation: ActivationFn::Tanh, recurrent_activation: ActivationFn::Sigmoid }
    }
}

impl RecurrentCell for LstmCell {
    type State = LstmState;

    fn input_size(&self) -> usize {
        self.weights.input_size()
    }

    fn state_sizes(&self) -> Vec<usize> {
        vec![self.weights.hidden_size(); 2]
    }

    fn initial_state(&self, batch: usize, device: &Device) -> LstmState {
        zero_lstm_state(batch, self.weights.hidden_size(), device)
    }

    fn project(&self, x: Tensor<2>) -> Tensor<2> {
        project(&self.weights, x)
    }

    fn step(&self, x: Tensor<2>, state: LstmState) -> (Tensor<2>, LstmState) {
        let [i, f, g, o] = split(x + recur(&self.weights, state.hidden));
        let gate = |x| self.recurrent_activation.forward(x);

        let cell = gate(f) * state.cell + gate(i) * self.activation.forward(g);
        let hidden = gate(o) * self.activation.forward(cell.clone());
        (hidden.clone(), LstmState { hidden, cell })
    }

    fn initial_output(&self, state: &LstmState) -> Tensor<2> {
        state.hidden.clone()
    }
}
