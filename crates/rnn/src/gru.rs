//! Gated recurrent unit, GRU (Cho et al., 2014, <https://arxiv.org/abs/1406.1078>).
//!
//! ```text
//! [r z] = σ(x_t·W_rz + h_{t-1}·U_rz + b_rz + b'_rz)        [B, 2H]  reset and update gates
//! n     = tanh(x_t·W_n + b_n + r⊙(h_{t-1}·U_n + b'_n))     [B, H]   candidate, with reset_after
//! n     = tanh(x_t·W_n + b_n + (r⊙h_{t-1})·U_n)            [B, H]   candidate, without it
//! h_t   = z⊙h_{t-1} + (1 − z)⊙n                            [B, H]   hidden state, also the output
//! ```

use burn::module::Module;
use burn::tensor::activation::{sigmoid, tanh};
use burn::tensor::{Device, Tensor};
use firebrick_backend::{GruReset, RecurrentWeights, Steps, gru};
use firebrick_layers::Rule;
use serde::{Deserialize, Serialize};

use crate::flat::flat_serde;
use crate::gated::{GateProducts, Gates, gated_layer};
use crate::memory::Memory;
use crate::options::{with_cell_options, with_sequence_options};
use crate::{CellOptions, RecurrentConfig, SequenceDropout, SequenceOptions, Weights};

/// Configuration of [`Gru`]. In TOML and JSON all settings stand in one table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct GruConfig {
    /// Sizes, first values, dropout.
    #[serde(flatten)]
    pub cell: CellOptions,
    /// How it goes through time.
    #[serde(flatten)]
    pub sequence: SequenceOptions,
    /// Whether the reset gate acts on the product of the state and its weights, as PyTorch has it, or on the state, as in
    /// the paper. Default true, as in Keras.
    #[serde(default = "yes")]
    pub reset_after: bool,
}

fn yes() -> bool {
    true
}

/// r, z, n.
const GATES: usize = 3;

flat_serde!(GruConfig, CellOptions::FIELDS, SequenceOptions::FIELDS, &["reset_after"]);
with_cell_options!(GruConfig);
with_sequence_options!(GruConfig);

impl GruConfig {
    /// Keras's defaults, for a state of `hidden_size` numbers.
    pub fn new(hidden_size: usize) -> Self {
        Self { cell: CellOptions::new(hidden_size), sequence: SequenceOptions::default(), reset_after: true }
    }

    /// PyTorch's first values instead of Keras's: all uniform in ±1/√H, two biases.
    #[must_use]
    pub fn pytorch(self) -> Self {
        Self { cell: self.cell.pytorch(), ..self }
    }

    /// Sets where the reset gate acts.
    #[must_use]
    pub fn with_reset_after(self, reset_after: bool) -> Self {
        Self { reset_after, ..self }
    }

    /// The cell's options, with the second bias that `reset_after` brings.
    fn cell(&self) -> CellOptions {
        CellOptions { recurrent_bias: self.cell.recurrent_bias || self.reset_after, ..self.cell.clone() }
    }
}

impl RecurrentConfig for GruConfig {
    type Layer = Gru;

    fn options(&self) -> &SequenceOptions {
        &self.sequence
    }

    fn options_mut(&mut self) -> &mut SequenceOptions {
        &mut self.sequence
    }

    fn output_size(&self) -> usize {
        self.cell.hidden_size
    }

    fn num_params(&self, input_size: usize) -> usize {
        self.cell().num_params(GATES, input_size)
    }

    fn check(&self, input_size: usize) -> Result<(), Rule> {
        self.cell().check(GATES, input_size)
    }

    fn init(&self, input_size: usize, device: &Device) -> Gru {
        if let Err(rule) = self.check(input_size) {
            panic!("gru: {rule}");
        }
        Gru {
            weights: Weights::init(&self.cell(), GATES, None, input_size, device),
            reset: if self.reset_after { GruReset::After } else { GruReset::Before },
            dropout: SequenceDropout::new(self.cell.dropout, self.cell.recurrent_dropout),
            options: self.sequence.clone(),
            memory: Memory::new(self.sequence.stateful),
        }
    }
}

/// Gated recurrent unit over sequences.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_rnn::{GruConfig, RecurrentConfig, RecurrentLayer};
///
/// let device = Device::flex();
/// let gru = GruConfig::new(4).init(3, &device);
/// let output = gru.forward(Tensor::<3>::ones([2, 5, 3], &device));
/// assert_eq!(output.sequence.dims(), [2, 5, 4]);
/// assert_eq!(output.state.dims(), [2, 4]);
/// ```
#[derive(Module, Debug)]
pub struct Gru {
    /// Gates r, z, n side by side, as in PyTorch.
    pub weights: Weights,
    /// Drops inputs and states while training.
    pub dropout: SequenceDropout,
    #[module(skip)]
    pub(crate) reset: GruReset,
    #[module(skip)]
    pub(crate) options: SequenceOptions,
    #[module(skip)]
    pub(crate) memory: Memory<Tensor<2>>,
}

gated_layer!(Gru, reset, Tensor<2>);

impl Gates for GruReset {
    type State = Tensor<2>;

    fn count(self) -> usize {
        GATES
    }

    fn zeros(self, size: [usize; 2], device: &Device) -> Tensor<2> {
        Tensor::zeros(size, device)
    }

    fn hidden(state: &Tensor<2>) -> Tensor<2> {
        state.clone()
    }

    fn fused(
        self,
        x: Tensor<3>,
        weights: RecurrentWeights,
        state: Option<Tensor<2>>,
        steps: Steps,
    ) -> (Tensor<3>, Tensor<2>) {
        let output = gru(x, weights, state, steps, self);
        (output.sequence, output.hidden)
    }

    fn step(self, inputs: Vec<Tensor<2>>, hidden: Tensor<2>, seen: &GateProducts) -> Tensor<2> {
        let [x_r, x_z, x_n] = inputs.try_into().expect("three gates");
        let r = sigmoid(x_r + seen.of(0, hidden.clone()));
        let z = sigmoid(x_z + seen.of(1, hidden.clone()));
        let n = match self {
            Self::After => tanh(x_n + r * seen.of(2, hidden.clone())),
            Self::Before => tanh(x_n + seen.of(2, r * hidden.clone())),
        };
        z.clone() * hidden + (z.neg() + 1.0) * n
    }
}
