//! The simple recurrent layer (Elman, 1990, <https://doi.org/10.1207/s15516709cog1402_1>).
//!
//! ```text
//! h_t = φ(x_t·W + h_{t-1}·U + b)     [B, H]   hidden state, also the output; φ is tanh or max(·, 0)
//! ```

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use firebrick_backend::{RnnActivation, Steps, rnn};
use firebrick_layers::Rule;
use serde::{Deserialize, Serialize};

use crate::flat::flat_serde;
use crate::memory::Memory;
use crate::options::{with_cell_options, with_sequence_options};
use crate::{CellOptions, RecurrentConfig, RecurrentLayer, RecurrentOutput, Sequence, SequenceOptions, Weights};

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
            weights: Weights::init(&self.cell, GATES, input_size, device),
            activation: self.activation.into(),
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
    #[module(skip)]
    activation: RnnActivation,
    #[module(skip)]
    options: SequenceOptions,
    #[module(skip)]
    memory: Memory<Tensor<2>>,
}

impl RecurrentLayer for SimpleRnn {
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
        let output = rnn(x.values, self.weights.values(), state, steps, self.activation);
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
