//! The cell of the gated recurrent unit, GRU (Cho et al., 2014, <https://arxiv.org/abs/1406.1078>), Keras's GRUCell.
//!
//! ```text
//! [r z] = σ(x_t·W_rz + b_rz + h_{t-1}·U_rz + b'_rz)        [B, 2H]  reset and update gates
//! n     = φ(x_t·W_n + b_n + r⊙(h_{t-1}·U_n + b'_n))        [B, H]   candidate, with reset_after
//! n     = φ(x_t·W_n + b_n + (r⊙h_{t-1})·U_n)               [B, H]   candidate, without it
//! h_t   = z⊙h_{t-1} + (1 − z)⊙n                            [B, H]   hidden state, also the output
//! ```
//!
//! The gates lie side by side as r, z, n, as in [`Gru`](crate::Gru) and PyTorch; Keras's order is z, r, n.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use firebrick_layers::{ActivationFn, Rule};
use serde::{Deserialize, Serialize};

use super::gate_options::{GateOptions, sigmoid, with_gate_options, with_recurrent_activation, yes};
use super::gates::{assert_gates, project, recur, split};
use crate::flat::flat_serde;
use crate::{RecurrentCell, RecurrentCellConfig, Weights};

/// Configuration of [`GruCell`]. In TOML and JSON all settings stand in one table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct GruCellConfig {
    /// Sizes, first values, activation.
    #[serde(flatten)]
    pub gates: GateOptions,
    /// σ, the activation of the gates. Default sigmoid, as in Keras.
    #[serde(default = "sigmoid")]
    pub recurrent_activation: ActivationFn,
    /// Whether the reset gate acts on the product of the state and its weights, or on the state, as in the paper.
    /// Default true, as in Keras.
    #[serde(default = "yes")]
    pub reset_after: bool,
}

flat_serde!(GruCellConfig, GateOptions::FIELDS, &["recurrent_activation", "reset_after"]);
with_gate_options!(GruCellConfig);
with_recurrent_activation!(GruCellConfig);

impl GruCellConfig {
    /// Keras's defaults, for a state of `hidden_size` numbers.
    pub fn new(hidden_size: usize) -> Self {
        Self { gates: GateOptions::new(hidden_size), recurrent_activation: sigmoid(), reset_after: true }
    }

    /// Sets where the reset gate acts.
    #[must_use]
    pub fn with_reset_after(mut self, reset_after: bool) -> Self {
        self.reset_after = reset_after;
        self
    }
}

impl RecurrentCellConfig for GruCellConfig {
    type Cell = GruCell;

    fn output_size(&self) -> usize {
        self.gates.hidden_size
    }

    fn num_params(&self, input_size: usize) -> usize {
        self.gates.num_params(3, input_size, self.reset_after)
    }

    fn check(&self, input_size: usize) -> Result<(), Rule> {
        self.gates.check(3, input_size, self.recurrent_activation)
    }

    fn init(&self, input_size: usize, device: &Device) -> GruCell {
        if let Err(rule) = self.check(input_size) {
            panic!("gru cell: {rule}");
        }
        GruCell {
            weights: self.gates.weights(3, input_size, self.reset_after, device),
            activation: self.gates.activation,
            recurrent_activation: self.recurrent_activation,
            reset_after: self.reset_after,
        }
    }
}

/// The cell of the gated recurrent unit.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_rnn::{GruCellConfig, RecurrentConfig, RecurrentLayer, RnnConfig};
///
/// let device = Device::flex();
/// let cell = GruCellConfig::new(4).with_reset_after(false);
/// let output = RnnConfig::new(cell).init(3, &device).forward(Tensor::<3>::ones([2, 5, 3], &device));
/// assert_eq!(output.state.dims(), [2, 4]);
/// ```
#[derive(Module, Debug)]
pub struct GruCell {
    /// Gates r, z, n side by side.
    pub weights: Weights,
    #[module(skip)]
    activation: ActivationFn,
    #[module(skip)]
    recurrent_activation: ActivationFn,
    pub(super) reset_after: bool,
}

impl GruCell {
    /// The cell with these weights, tanh and sigmoid: that of a [`Gru`](crate::Gru).
    ///
    /// # Panics
    /// When the weights hold another number of gates than three.
    pub fn new(weights: Weights, reset_after: bool) -> Self {
        assert_gates("a gru cell", &weights, 3);
        let (activation, recurrent_activation) = (ActivationFn::Tanh, ActivationFn::Sigmoid);
        Self { weights, activation, recurrent_activation, reset_after }
    }

    /// r and z, and the sum within the candidate's activation.
    fn gates(&self, x: Tensor<2>, hidden: Tensor<2>) -> [Tensor<2>; 3] {
        let gate = |x| self.recurrent_activation.forward(x);
        let [x_r, x_z, x_n] = split(x);
        if self.reset_after {
            let [h_r, h_z, h_n] = split(recur(&self.weights, hidden));
            let r = gate(x_r + h_r);
            return [r.clone(), gate(x_z + h_z), x_n + r * h_n];
        }
        let size = self.weights.hidden_size();
        let recurrent = self.weights.recurrent_kernel.val();
        let [h_r, h_z] = split(hidden.clone().matmul(recurrent.clone().narrow(1, 0, 2 * size)));
        let [b_r, b_z, b_n] = self.recurrent_bias();
        let r = gate(add(x_r + h_r, b_r));
        let n = (r.clone() * hidden).matmul(recurrent.narrow(1, 2 * size, size));
        [r, gate(add(x_z + h_z, b_z)), add(x_n + n, b_n)]
    }

    /// b' of each gate, `[1, H]`, where there is one.
    fn recurrent_bias(&self) -> [Option<Tensor<2>>; 3] {
        match &self.weights.recurrent_bias {
            Some(bias) => split(bias.val().unsqueeze()).map(Some),
            None => [None, None, None],
        }
    }
}

fn add(sum: Tensor<2>, bias: Option<Tensor<2>>) -> Tensor<2> {
    match bias {
        Some(bias) => sum + bias,
        None => sum,
    }
}

impl RecurrentCell for GruCell {
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
        let [_, z, n] = self.gates(x, hidden.clone());
        let n = self.activation.forward(n);
        let hidden = z.clone() * hidden + (z.neg() + 1.0) * n;
        (hidden.clone(), hidden)
    }

    fn initial_output(&self, hidden: &Tensor<2>) -> Tensor<2> {
        hidden.clone()
    }
}
