//! The cell of an LSTM whose gates see the cell state (Gers & Schmidhuber, 2000,
//! <https://doi.org/10.1109/IJCNN.2000.861302>).
//!
//! ```text
//! [i f g o] = x_t·W + b + h_{t-1}·U                        [B, 4H]   sums of the gates
//! c_t       = σ(f + p_f⊙c_{t-1})⊙c_{t-1} + σ(i + p_i⊙c_{t-1})⊙φ(g)
//! h_t       = σ(o + p_o⊙c_t)⊙φ(c_t)                        [B, H]    hidden state, also the output
//! ```
//!
//! Input and forget gate look at the cell state before the step, the output gate at the one after it; each unit sees
//! its own cell alone, so the peepholes p are `[H]`.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use firebrick_backend::LstmState;
use firebrick_layers::{ActivationFn, Fan, Initializer, Rule};
use serde::{Deserialize, Serialize};

use super::gate_options::{
    GateOptions, sigmoid, with_gate_options, with_recurrent_activation, with_unit_forget_bias, yes,
};
use super::gates::{project, recur, split, zero_lstm_state};
use crate::flat::flat_serde;
use crate::{RecurrentCell, RecurrentCellConfig, Weights};

/// Configuration of [`PeepholeLstmCell`]. In TOML and JSON all settings stand in one table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct PeepholeLstmCellConfig {
    /// Sizes, first values, activation.
    #[serde(flatten)]
    pub gates: GateOptions,
    /// σ, the activation of the gates. Default sigmoid.
    #[serde(default = "sigmoid")]
    pub recurrent_activation: ActivationFn,
    /// Whether the bias of the forget gate starts at 1. Default true.
    #[serde(default = "yes")]
    pub unit_forget_bias: bool,
    /// Of the peepholes, with fans of H and H. Default glorot uniform, as TensorFlow's cell has it.
    #[serde(default)]
    pub peephole_initializer: Initializer,
}

flat_serde!(
    PeepholeLstmCellConfig,
    GateOptions::FIELDS,
    &["recurrent_activation", "unit_forget_bias", "peephole_initializer"]
);
with_gate_options!(PeepholeLstmCellConfig);
with_recurrent_activation!(PeepholeLstmCellConfig);
with_unit_forget_bias!(PeepholeLstmCellConfig);

impl PeepholeLstmCellConfig {
    /// The defaults, for a state of `hidden_size` numbers.
    pub fn new(hidden_size: usize) -> Self {
        Self {
            gates: GateOptions::new(hidden_size),
            recurrent_activation: sigmoid(),
            unit_forget_bias: true,
            peephole_initializer: Initializer::GlorotUniform,
        }
    }

    /// Sets the initialiser of the peepholes.
    #[must_use]
    pub fn with_peephole_initializer(mut self, initializer: Initializer) -> Self {
        self.peephole_initializer = initializer;
        self
    }
}

impl RecurrentCellConfig for PeepholeLstmCellConfig {
    type Cell = PeepholeLstmCell;

    fn output_size(&self) -> usize {
        self.gates.hidden_size
    }

    fn num_params(&self, input_size: usize) -> usize {
        let peepholes = self.gates.hidden_size.saturating_mul(3);
        self.gates.num_params(4, input_size, false).saturating_add(peepholes)
    }

    fn check(&self, input_size: usize) -> Result<(), Rule> {
        self.peephole_initializer.check()?;
        self.gates.check(4, input_size, self.recurrent_activation)
    }

    fn init(&self, input_size: usize, device: &Device) -> PeepholeLstmCell {
        if let Err(rule) = self.check(input_size) {
            panic!("peephole_lstm cell: {rule}");
        }
        let hidden = self.gates.hidden_size;
        let peephole = || self.peephole_initializer.init([hidden], Fan { input: hidden, output: hidden }, device);
        PeepholeLstmCell {
            weights: self.gates.lstm_weights(input_size, self.unit_forget_bias, device),
            input_peephole: peephole(),
            forget_peephole: peephole(),
            output_peephole: peephole(),
            activation: self.gates.activation,
            recurrent_activation: self.recurrent_activation,
        }
    }
}

/// The cell of an LSTM whose gates see the cell state.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_rnn::{PeepholeLstmCellConfig, RecurrentConfig, RecurrentLayer, RnnConfig};
///
/// let device = Device::flex();
/// let layer = RnnConfig::new(PeepholeLstmCellConfig::new(4)).init(3, &device);
/// let output = layer.forward(Tensor::<3>::ones([2, 5, 3], &device));
/// assert_eq!(output.state.cell.dims(), [2, 4]);
/// ```
#[derive(Module, Debug)]
pub struct PeepholeLstmCell {
    /// Gates i, f, g, o side by side.
    pub weights: Weights,
    /// p_i `[H]`.
    pub input_peephole: Param<Tensor<1>>,
    /// p_f `[H]`.
    pub forget_peephole: Param<Tensor<1>>,
    /// p_o `[H]`.
    pub output_peephole: Param<Tensor<1>>,
    #[module(skip)]
    activation: ActivationFn,
    #[module(skip)]
    recurrent_activation: ActivationFn,
}

impl RecurrentCell for PeepholeLstmCell {
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
        let before = state.cell;
        let gate = |sum: Tensor<2>, peephole: &Param<Tensor<1>>, cell: &Tensor<2>| {
            self.recurrent_activation.forward(sum + cell.clone() * peephole.val().unsqueeze())
        };

        let candidate = gate(i, &self.input_peephole, &before) * self.activation.forward(g);
        let cell = gate(f, &self.forget_peephole, &before) * before + candidate;
        let hidden = gate(o, &self.output_peephole, &cell) * self.activation.forward(cell.clone());
        (hidden.clone(), LstmState { hidden, cell })
    }

    fn initial_output(&self, state: &LstmState) -> Tensor<2> {
        state.hidden.clone()
    }
}
