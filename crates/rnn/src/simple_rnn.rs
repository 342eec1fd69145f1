//! The simple recurrent layer (Elman, 1990, <https://doi.org/10.1207/s15516709cog1402_1>).
//!
//! ```text
//! h_t = φ(x_t·W + h_{t-1}·U + b)     [B, H]   hidden state, also the output; φ is tanh or max(·, 0)
//! ```

use burn::module::Module;
use burn::tensor::activation::{relu, tanh};
use burn::tensor::{Device, Tensor};
use firebrick_backend::{RecurrentWeights, RnnActivation, Steps, rnn};
use firebrick_layers::Rule;
use serde::{Deserialize, Serialize};

use crate::flat::flat_serde;
use crate::gated::{GateProducts, Gates, gated_layer};
use crate::memory::Memory;
use crate::options::{with_cell_options, with_sequence_options};
use crate::{CellOptions, RecurrentConfig, SequenceDropout, SequenceOptions, Weights};

/// Configuration of [`SimpleRnn`]. In TOML and JSON all settings stand in one table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct SimpleRnnConfig {
    /// Sizes, first values, dropout.
    #[serde(flatten)]
    pub cell: CellOptions,
    /// How it goes through time.
    #[serde(flatten)]
    pub sequence: SequenceOptions,
    /// φ. Default tanh.
    #[serde(default)]
    pub activation: SimpleRnnActivation,
}

/// The activation of a [`SimpleRnn`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SimpleRnnActivation {
    /// Hyperbolic tangent.
    #[default]
    Tanh,
    /// max(x, 0).
    Relu,
}

const GATES: usize = 1;

impl From<SimpleRnnActivation> for RnnActivation {
    fn from(activation: SimpleRnnActivation) -> Self {
        match activation {
            SimpleRnnActivation::Tanh => Self::Tanh,
            SimpleRnnActivation::Relu => Self::Relu,
        }
    }
}

flat_serde!(SimpleRnnConfig, CellOptions::FIELDS, SequenceOptions::FIELDS, &["activation"]);
with_cell_options!(SimpleRnnConfig);
with_sequence_options!(SimpleRnnConfig);

impl SimpleRnnConfig {
    /// Keras's defaults, for a state of `hidden_size` numbers.
    pub fn new(hidden_size: usize) -> Self {
        Self {
            cell: CellOptions::new(hidden_size),
            sequence: SequenceOptions::default(),
            activation: SimpleRnnActivation::Tanh,
        }
    }

    /// PyTorch's first values instead of Keras's: all uniform in ±1/√H, two biases.
    #[must_use]
    pub fn pytorch(self) -> Self {
        Self { cell: self.cell.pytorch(), ..self }
    }

    /// Sets the activation.
    #[must_use]
    pub fn with_activation(self, activation: SimpleRnnActivation) -> Self {
        Self { activation, ..self }
    }
}

impl RecurrentConfig for SimpleRnnConfig {
    type Layer = SimpleRnn;

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
        self.cell.num_params(GATES, input_size)
    }

    fn check(&self, input_size: usize) -> Result<(), Rule> {
        self.cell.check(GATES, input_size)
    }

    fn init(&self, input_size: usize, device: &Device) -> SimpleRnn {
        if let Err(rule) = self.check(input_size) {
            panic!("simple_rnn: {rule}");
        }
        SimpleRnn {
            weights: Weights::init(&self.cell, GATES, None, input_size, device),
            activation: self.activation.into(),
            dropout: SequenceDropout::new(self.cell.dropout, self.cell.recurrent_dropout),
            options: self.sequence.clone(),
            memory: Memory::new(self.sequence.stateful),
        }
    }
}

/// The simple recurrent layer over sequences.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_rnn::{SimpleRnnConfig, RecurrentConfig, RecurrentLayer};
///
/// let device = Device::flex();
/// let rnn = SimpleRnnConfig::new(4).init(3, &device);
/// let output = rnn.forward(Tensor::<3>::ones([2, 5, 3], &device));
/// assert_eq!(output.sequence.dims(), [2, 5, 4]);
/// assert_eq!(output.state.dims(), [2, 4]);
/// ```
#[derive(Module, Debug)]
pub struct SimpleRnn {
    /// One gate.
    pub weights: Weights,
    /// Drops inputs and states while training.
    pub dropout: SequenceDropout,
    #[module(skip)]
    pub(crate) activation: RnnActivation,
    #[module(skip)]
    pub(crate) options: SequenceOptions,
    #[module(skip)]
    pub(crate) memory: Memory<Tensor<2>>,
}

gated_layer!(SimpleRnn, activation, Tensor<2>);

impl Gates for RnnActivation {
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
        let output = rnn(x, weights, state, steps, self);
        (output.sequence, output.hidden)
    }

    fn step(self, inputs: Vec<Tensor<2>>, hidden: Tensor<2>, seen: &GateProducts) -> Tensor<2> {
        let [x] = inputs.try_into().expect("one gate");
        let sum = x + seen.of(0, hidden);
        match self {
            Self::Tanh => tanh(sum),
            Self::Relu => relu(sum),
        }
    }
}
