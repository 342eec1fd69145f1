//! Long short-term memory, LSTM (Hochreiter & Schmidhuber, 1997, <https://doi.org/10.1162/neco.1997.9.8.1735>).
//!
//! ```text
//! [i f g o] = x_t·W + h_{t-1}·U + b            [B, 4H]   gates
//! c_t       = σ(f)⊙c_{t-1} + σ(i)⊙tanh(g)      [B, H]    cell state
//! h_t       = σ(o)⊙tanh(c_t)                   [B, H]    hidden state, also the output
//! ```
//!
//! With coupled gates there is no i, and 1 − σ(f) takes its place: `[f g o]`, `[B, 3H]`.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use firebrick_backend::{LstmGates, LstmState, Steps, lstm};
use firebrick_layers::Rule;
use serde::{Deserialize, Serialize};

use crate::flat::flat_serde;
use crate::memory::Memory;
use crate::options::{with_cell_options, with_sequence_options};
use crate::{CellOptions, RecurrentConfig, RecurrentLayer, RecurrentOutput, Sequence, SequenceOptions, Weights};

/// Configuration of [`Lstm`]. In TOML and JSON all settings stand in one table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct LstmConfig {
    /// Sizes, first values, dropout.
    #[serde(flatten)]
    pub cell: CellOptions,
    /// How it goes through time.
    #[serde(flatten)]
    pub sequence: SequenceOptions,
    /// Whether the bias of the forget gate starts at 1 (Jozefowicz et al., 2015). Default true, as in Keras.
    #[serde(default = "yes")]
    pub unit_forget_bias: bool,
    /// Whether the input gate is one minus the forget gate. Default false.
    #[serde(default)]
    pub coupled_gates: bool,
}

fn yes() -> bool {
    true
}

flat_serde!(LstmConfig, CellOptions::FIELDS, SequenceOptions::FIELDS, &["unit_forget_bias", "coupled_gates"]);
with_cell_options!(LstmConfig);
with_sequence_options!(LstmConfig);

impl LstmConfig {
    /// Keras's defaults, for a state of `hidden_size` numbers.
    pub fn new(hidden_size: usize) -> Self {
        Self {
            cell: CellOptions::new(hidden_size),
            sequence: SequenceOptions::default(),
            unit_forget_bias: true,
            coupled_gates: false,
        }
    }

    /// PyTorch's first values instead of Keras's: all uniform in ±1/√H, two biases, nothing added for the forget gate.
    #[must_use]
    pub fn pytorch(self) -> Self {
        Self { cell: self.cell.pytorch(), unit_forget_bias: false, ..self }
    }

    /// Sets whether the bias of the forget gate starts at 1.
    #[must_use]
    pub fn with_unit_forget_bias(self, unit_forget_bias: bool) -> Self {
        Self { unit_forget_bias, ..self }
    }

    /// Sets whether the input gate is one minus the forget gate.
    #[must_use]
    pub fn with_coupled_gates(self, coupled_gates: bool) -> Self {
        Self { coupled_gates, ..self }
    }

    fn gates(&self) -> LstmGates {
        if self.coupled_gates { LstmGates::Coupled } else { LstmGates::Separate }
    }

    fn gate_count(&self) -> usize {
        if self.coupled_gates { 3 } else { 4 }
    }

    /// Place of the forget gate.
    fn forget_gate(&self) -> usize {
        if self.coupled_gates { 0 } else { 1 }
    }
}

impl RecurrentConfig for LstmConfig {
    type Layer = Lstm;

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
        self.cell.num_params(self.gate_count(), input_size)
    }

    fn check(&self, input_size: usize) -> Result<(), Rule> {
        self.cell.check(self.gate_count(), input_size)
    }

    fn init(&self, input_size: usize, device: &Device) -> Lstm {
        if let Err(rule) = self.check(input_size) {
            panic!("lstm: {rule}");
        }
        let weights = Weights::init(&self.cell, self.gate_count(), input_size, device);
        let weights = if self.unit_forget_bias { weights.with_unit_bias(self.forget_gate()) } else { weights };
        Lstm {
            weights,
            gates: self.gates(),
            options: self.sequence.clone(),
            memory: Memory::new(self.sequence.stateful),
        }
    }
}

/// Long short-term memory over sequences.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_rnn::{LstmConfig, RecurrentConfig, RecurrentLayer};
///
/// let device = Device::flex();
/// let lstm = LstmConfig::new(4).init(3, &device);
/// let output = lstm.forward(Tensor::<3>::ones([2, 5, 3], &device));
/// assert_eq!(output.sequence.dims(), [2, 5, 4]);
/// let next = lstm.forward_with(Tensor::<3>::ones([2, 1, 3], &device), Some(output.state));
/// assert_eq!(next.last.dims(), [2, 4]);
/// ```
#[derive(Module, Debug)]
pub struct Lstm {
    /// Gates i, f, g, o side by side; coupled: f, g, o.
    pub weights: Weights,
    #[module(skip)]
    gates: LstmGates,
    #[module(skip)]
    options: SequenceOptions,
    #[module(skip)]
    memory: Memory<LstmState>,
}

impl RecurrentLayer for Lstm {
    type State = LstmState;

    fn input_size(&self) -> usize {
        self.weights.input_size()
    }

    fn output_size(&self) -> usize {
        self.weights.hidden_size()
    }

    fn options(&self) -> &SequenceOptions {
        &self.options
    }

    fn zero_state(&self, batch: usize, device: &Device) -> LstmState {
        let zeros = Tensor::zeros([batch, self.output_size()], device);
        LstmState { hidden: zeros.clone(), cell: zeros }
    }

    fn sweep(&self, x: Sequence, state: Option<LstmState>, zero_output_for_mask: bool) -> RecurrentOutput<LstmState> {
        let state = self.memory.recall(state, &x.values.device());
        let steps = Steps {
            mask: x.mask.as_ref().map(firebrick_layers::Mask::steps),
            reverse: self.options.go_backwards,
            zero_output_for_mask,
        };
        let output = lstm(x.values, self.weights.values(), state, steps, self.gates);
        self.memory.keep(&output.state);
        RecurrentOutput {
            sequence: Sequence { values: output.sequence, mask: x.mask },
            last: output.state.hidden.clone(),
            state: output.state,
        }
    }

    fn kept_batch_size(&self) -> Option<usize> {
        self.memory.batch_size()
    }

    fn reset_state(&self) {
        self.memory.reset();
    }
}
