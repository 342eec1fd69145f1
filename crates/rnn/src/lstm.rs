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
use burn::tensor::activation::{sigmoid, tanh};
use burn::tensor::{Device, Tensor};
use firebrick_backend::{LstmGates, LstmState, RecurrentWeights, Steps, lstm};
use firebrick_layers::Rule;
use serde::{Deserialize, Serialize};

use crate::flat::flat_serde;
use crate::gated::{GateProducts, Gates, gated_layer};
use crate::memory::Memory;
use crate::options::{with_cell_options, with_sequence_options};
use crate::{CellOptions, RecurrentConfig, SequenceDropout, SequenceOptions, Weights};

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
        self.cell.num_params(self.gates().count(), input_size)
    }

    fn check(&self, input_size: usize) -> Result<(), Rule> {
        self.cell.check(self.gates().count(), input_size)
    }

    fn init(&self, input_size: usize, device: &Device) -> Lstm {
        if let Err(rule) = self.check(input_size) {
            panic!("lstm: {rule}");
        }
        let unit = self.unit_forget_bias.then(|| self.forget_gate());
        Lstm {
            weights: Weights::init(&self.cell, self.gates().count(), unit, input_size, device),
            gates: self.gates(),
            dropout: SequenceDropout::new(self.cell.dropout, self.cell.recurrent_dropout),
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
    /// Drops inputs and states while training.
    pub dropout: SequenceDropout,
    #[module(skip)]
    pub(crate) gates: LstmGates,
    #[module(skip)]
    pub(crate) options: SequenceOptions,
    #[module(skip)]
    pub(crate) memory: Memory<LstmState>,
}

gated_layer!(Lstm, gates, LstmState);

impl Gates for LstmGates {
    type State = LstmState;

    fn count(self) -> usize {
        match self {
            Self::Separate => 4,
            Self::Coupled => 3,
        }
    }

    fn zeros(self, size: [usize; 2], device: &Device) -> LstmState {
        let zeros = Tensor::zeros(size, device);
        LstmState { hidden: zeros.clone(), cell: zeros }
    }

    fn hidden(state: &LstmState) -> Tensor<2> {
        state.hidden.clone()
    }

    fn fused(
        self,
        x: Tensor<3>,
        weights: RecurrentWeights,
        state: Option<LstmState>,
        steps: Steps,
    ) -> (Tensor<3>, LstmState) {
        let output = lstm(x, weights, state, steps, self);
        (output.sequence, output.state)
    }

    fn step(self, inputs: Vec<Tensor<2>>, state: LstmState, seen: &GateProducts) -> LstmState {
        let gates = inputs.into_iter().zip(seen.all(state.hidden)).map(|(input, product)| input + product);
        let mut gates = gates.rev();
        let mut next = || gates.next().expect("a gate for each product");
        let (o, g, f) = (sigmoid(next()), tanh(next()), sigmoid(next()));
        let i = match self {
            Self::Separate => sigmoid(next()),
            Self::Coupled => f.clone().neg() + 1.0,
        };

        let cell = f * state.cell + i * g;
        LstmState { hidden: o * tanh(cell.clone()), cell }
    }
}
