//! Gated recurrent unit, GRU (Cho et al., 2014, <https://arxiv.org/abs/1406.1078>).
//!
//! ```text
//! [r z] = σ(x_t·W_rz + h_{t-1}·U_rz + b_rz + b'_rz)        [B, 2H]  reset and update gates
//! n     = tanh(x_t·W_n + b_n + r⊙(h_{t-1}·U_n + b'_n))     [B, H]   candidate, with reset_after
//! n     = tanh(x_t·W_n + b_n + (r⊙h_{t-1})·U_n)            [B, H]   candidate, without it
//! h_t   = z⊙h_{t-1} + (1 − z)⊙n                            [B, H]   hidden state, also the output
//! ```

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use firebrick_backend::{GruReset, Steps, gru};
use firebrick_layers::Rule;
use serde::{Deserialize, Serialize};

use crate::flat::flat_serde;
use crate::memory::Memory;
use crate::options::{with_cell_options, with_sequence_options};
use crate::{CellOptions, RecurrentConfig, RecurrentLayer, RecurrentOutput, Sequence, SequenceOptions, Weights};

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
            weights: Weights::init(&self.cell(), GATES, input_size, device),
            reset: if self.reset_after { GruReset::After } else { GruReset::Before },
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
    #[module(skip)]
    reset: GruReset,
    #[module(skip)]
    options: SequenceOptions,
    #[module(skip)]
    memory: Memory<Tensor<2>>,
}

impl RecurrentLayer for Gru {
    type State = Tensor<2>;

    fn input_size(&self) -> usize {
        self.weights.input_size()
    }

    fn output_size(&self) -> usize {
        self.weights.hidden_size()
    }

    fn options(&self) -> &SequenceOptions {
        &self.options
    }

    fn zero_state(&self, batch: usize, device: &Device) -> Tensor<2> {
        Tensor::zeros([batch, self.output_size()], device)
    }

    fn sweep(&self, x: Sequence, state: Option<Tensor<2>>, zero_output_for_mask: bool) -> RecurrentOutput<Tensor<2>> {
        let state = self.memory.recall(state, &x.values.device());
        let steps = Steps {
            mask: x.mask.as_ref().map(firebrick_layers::Mask::steps),
            reverse: self.options.go_backwards,
            zero_output_for_mask,
        };
        let output = gru(x.values, self.weights.values(), state, steps, self.reset);
        self.memory.keep(&output.hidden);
        RecurrentOutput {
            sequence: Sequence { values: output.sequence, mask: x.mask },
            last: output.hidden.clone(),
            state: output.hidden,
        }
    }

    fn kept_batch_size(&self) -> Option<usize> {
        self.memory.batch_size()
    }

    fn reset_state(&self) {
        self.memory.reset();
    }
}
