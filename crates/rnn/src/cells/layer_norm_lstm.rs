//! The cell of a layer-normalised LSTM (Ba et al., 2016, <https://arxiv.org/abs/1607.06450>, equations 20 to 22).
//!
//! ```text
//! [i f g o] = LN(x_t·W) + LN(h_{t-1}·U) + b        [B, 4H]   gates
//! c_t       = σ(f)⊙c_{t-1} + σ(i)⊙φ(g)             [B, H]    cell state
//! h_t       = σ(o)⊙φ(LN(c_t))                      [B, H]    hidden state, also the output
//! LN(v)     = (v − mean(v)) / √(var(v) + ε) ⊙ γ + β          over the numbers of one row, each LN with its own γ, β
//! ```
//!
//! The cell state goes on to the next step as it is; normalised is what the output sees of it. (TensorFlow's cell of the
//! same name carries the normalised one on.)

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig};
use burn::tensor::{Device, Tensor};
use firebrick_backend::LstmState;
use firebrick_layers::{ActivationFn, Rule};
use serde::{Deserialize, Serialize};

use super::gate_options::{
    GateOptions, sigmoid, with_gate_options, with_recurrent_activation, with_unit_forget_bias, yes,
};
use super::gates::{split, zero_lstm_state};
use crate::flat::flat_serde;
use crate::{RecurrentCell, RecurrentCellConfig, Weights};

/// Configuration of [`LayerNormLstmCell`]. In TOML and JSON all settings stand in one table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct LayerNormLstmCellConfig {
    /// Sizes, first values, activation.
    #[serde(flatten)]
    pub gates: GateOptions,
    /// σ, the activation of the gates. Default sigmoid.
    #[serde(default = "sigmoid")]
    pub recurrent_activation: ActivationFn,
    /// Whether the bias of the forget gate starts at 1. Default true.
    #[serde(default = "yes")]
    pub unit_forget_bias: bool,
    /// ε, added to each variance. Default 10⁻³, Keras's for layer normalisation.
    #[serde(default = "keras_epsilon")]
    pub epsilon: f64,
}

fn keras_epsilon() -> f64 {
    1e-3
}

flat_serde!(LayerNormLstmCellConfig, GateOptions::FIELDS, &["recurrent_activation", "unit_forget_bias", "epsilon"]);
with_gate_options!(LayerNormLstmCellConfig);
with_recurrent_activation!(LayerNormLstmCellConfig);
with_unit_forget_bias!(LayerNormLstmCellConfig);

impl LayerNormLstmCellConfig {
    /// The defaults, for a state of `hidden_size` numbers.
    pub fn new(hidden_size: usize) -> Self {
        Self {
            gates: GateOptions::new(hidden_size),
            recurrent_activation: sigmoid(),
            unit_forget_bias: true,
            epsilon: keras_epsilon(),
        }
    }

    /// Sets ε.
    #[must_use]
    pub fn with_epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    fn check_epsilon(&self) -> Result<(), Rule> {
        match self.epsilon.is_finite() && self.epsilon > 0.0 {
            true => Ok(()),
            false => Err(Rule::OutOfRange { what: "epsilon", value: self.epsilon, range: "a finite number above 0" }),
        }
    }
}

impl RecurrentCellConfig for LayerNormLstmCellConfig {
    type Cell = LayerNormLstmCell;

    fn output_size(&self) -> usize {
        self.gates.hidden_size
    }

    fn num_params(&self, input_size: usize) -> usize {
        // γ and β of two normalisations of 4H numbers and one of H.
        let norms = self.gates.hidden_size.saturating_mul(2 * (4 + 4 + 1));
        self.gates.num_params(4, input_size, false).saturating_add(norms)
    }

    fn check(&self, input_size: usize) -> Result<(), Rule> {
        self.check_epsilon()?;
        self.gates.check(4, input_size, self.recurrent_activation)
    }

    fn init(&self, input_size: usize, device: &Device) -> LayerNormLstmCell {
        if let Err(rule) = self.check(input_size) {
            panic!("layer_norm_lstm cell: {rule}");
        }
        let hidden = self.gates.hidden_size;
        let norm = |size| LayerNormConfig::new(size).with_epsilon(self.epsilon).init(device);
        LayerNormLstmCell {
            weights: self.gates.lstm_weights(input_size, self.unit_forget_bias, device),
            input_norm: norm(4 * hidden),
            recurrent_norm: norm(4 * hidden),
            cell_norm: norm(hidden),
            activation: self.gates.activation,
            recurrent_activation: self.recurrent_activation,
        }
    }
}

/// The cell of a layer-normalised LSTM.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_rnn::{LayerNormLstmCellConfig, RecurrentConfig, RecurrentLayer, RnnConfig};
///
/// let device = Device::flex();
/// let layer = RnnConfig::new(LayerNormLstmCellConfig::new(4)).init(3, &device);
/// let output = layer.forward(Tensor::<3>::ones([2, 5, 3], &device));
/// assert_eq!(output.state.cell.dims(), [2, 4]);
/// ```
#[derive(Module, Debug)]
pub struct LayerNormLstmCell {
    /// Gates i, f, g, o side by side.
    pub weights: Weights,
    /// Of x·W, over the 4H numbers of the gates.
    pub input_norm: LayerNorm,
    /// Of h·U, over the 4H numbers of the gates.
    pub recurrent_norm: LayerNorm,
    /// Of the cell state that the output sees, over its H numbers.
    pub cell_norm: LayerNorm,
    #[module(skip)]
    activation: ActivationFn,
    #[module(skip)]
    recurrent_activation: ActivationFn,
}

impl RecurrentCell for LayerNormLstmCell {
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
        let sums = self.input_norm.forward(x.matmul(self.weights.kernel.val()));
        match &self.weights.bias {
            Some(bias) => sums + bias.val().unsqueeze(),
            None => sums,
        }
    }

    fn step(&self, x: Tensor<2>, state: LstmState) -> (Tensor<2>, LstmState) {
        let recurrent = state.hidden.matmul(self.weights.recurrent_kernel.val());
        let [i, f, g, o] = split(x + self.recurrent_norm.forward(recurrent));
        let gate = |x| self.recurrent_activation.forward(x);

        let cell = gate(f) * state.cell + gate(i) * self.activation.forward(g);
        let hidden = gate(o) * self.activation.forward(self.cell_norm.forward(cell.clone()));
        (hidden.clone(), LstmState { hidden, cell })
    }

    fn initial_output(&self, state: &LstmState) -> Tensor<2> {
        state.hidden.clone()
    }
}
