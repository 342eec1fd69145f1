//! Any cell as a layer over sequences, Keras's RNN.
//!
//! ```text
//! y_t, s_t = step(x_t, s_{t-1})   for each step that counts        x [B, T, I]    y [B, T, O]
//! y_t, s_t = y_{t-1}, s_{t-1}     for each that does not
//! ```
//!
//! Masks, directions and states are those of every [`RecurrentLayer`]. The work is done step by step in Burn's own
//! operations, with Burn's own gradient: where [`SimpleRnn`](crate::SimpleRnn), [`Lstm`](crate::Lstm) or
//! [`Gru`](crate::Gru) compute the same, they are several times faster.

use burn::module::Module;
use burn::tensor::{Bool, Device, Tensor};
use firebrick_layers::Rule;
use serde::{Deserialize, Deserializer, Serialize};

use crate::cell::carry;
use crate::flat;
use crate::memory::Memory;
use crate::options::with_sequence_options;
use crate::walk::{Point, Recurrence, Walk, steps_first};
use crate::{
    ChangeWeights, ForeignWeights, RecurrentCell, RecurrentCellConfig, RecurrentConfig, RecurrentLayer,
    RecurrentOutput, Sequence, SequenceOptions, WeightsError,
};

/// Configuration of [`Rnn`]: that of its cell, and how the cell is run.
///
/// ```
/// use firebrick_rnn::{PeepholeLstmCellConfig, RnnConfig};
///
/// let config = RnnConfig::new(PeepholeLstmCellConfig::new(16)).with_go_backwards(true);
/// let json = serde_json::to_string(&config)?;
/// assert_eq!(serde_json::from_str::<RnnConfig<PeepholeLstmCellConfig>>(&json)?, config);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RnnConfig<C> {
    /// The cell.
    pub cell: C,
    /// How the layer goes through time. Default: as [`SequenceOptions::default`].
    #[serde(default, deserialize_with = "sequence_options")]
    pub sequence: SequenceOptions,
}

/// The table of options, with unknown ones refused.
fn sequence_options<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SequenceOptions, D::Error> {
    flat::value(flat::table(deserializer, &[SequenceOptions::FIELDS])?)
}

impl<C> RnnConfig<C> {
    /// Runs a cell forwards from zeros.
    pub fn new(cell: C) -> Self {
        Self { cell, sequence: SequenceOptions::default() }
    }
}

with_sequence_options!(RnnConfig<C>);

impl<C: RecurrentCellConfig> RecurrentConfig for RnnConfig<C> {
    type Layer = Rnn<C::Cell>;

    fn options(&self) -> &SequenceOptions {
        &self.sequence
    }

    fn options_mut(&mut self) -> &mut SequenceOptions {
        &mut self.sequence
    }

    fn output_size(&self) -> usize {
        self.cell.output_size()
    }

    fn num_params(&self, input_size: usize) -> usize {
        self.cell.num_params(input_size)
    }

    fn check(&self, input_size: usize) -> Result<(), Rule> {
        self.cell.check(input_size)
    }

    fn init(&self, input_size: usize, device: &Device) -> Rnn<C::Cell> {
        Rnn::with_options(self.cell.init(input_size, device), self.sequence.clone())
    }
}

/// Any cell as a layer over sequences. [`RecurrentCell`] has an example with a cell of one's own.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_layers::Mask;
/// use firebrick_rnn::{LayerNormLstmCellConfig, RecurrentConfig, RecurrentLayer, RnnConfig, Sequence};
///
/// let device = Device::flex();
/// let layer = RnnConfig::new(LayerNormLstmCellConfig::new(4)).init(3, &device);
/// let x = Tensor::<3>::ones([2, 5, 3], &device);
/// let output = layer.forward(Sequence::masked(x, Mask::from_lengths(&[5, 2], 5, &device)?));
/// assert_eq!(output.sequence.dims(), [2, 5, 4]);
/// assert_eq!(output.last.dims(), [2, 4]);
/// # Ok::<(), firebrick_layers::MaskError>(())
/// ```
#[derive(Module, Debug)]
pub struct Rnn<C: RecurrentCell> {
    /// The cell.
    pub cell: C,
    #[module(skip)]
    options: SequenceOptions,
    #[module(skip)]
    memory: Memory<C::State>,
}

impl<C: RecurrentCell> Rnn<C> {
    /// Runs a cell forwards from zeros.
    pub fn new(cell: C) -> Self {
        Self::with_options(cell, SequenceOptions::default())
    }

    /// Runs a cell as the options say.
    pub fn with_options(cell: C, options: SequenceOptions) -> Self {
        let memory = Memory::new(options.stateful);
        Self { cell, options, memory }
    }
}

impl<C: RecurrentCell> RecurrentLayer for Rnn<C> {
    type State = C::State;

    fn input_size(&self) -> usize {
        self.cell.input_size()
    }

    fn output_size(&self) -> usize {
        self.cell.output_size()
    }

    fn options(&self) -> &SequenceOptions {
        &self.options
    }

    fn zero_state(&self, batch: usize, device: &Device) -> C::State {
        self.cell.initial_state(batch, device)
    }

    fn sweep(&self, x: Sequence, state: Option<C::State>, zero_output_for_mask: bool) -> RecurrentOutput<C::State> {
        let ([batch, _, _], device) = (x.dims(), x.values.device());
        let state = self.memory.recall(state, &device);
        let state = state.unwrap_or_else(|| self.cell.initial_state(batch, &device));
        let start = Point { output: self.cell.initial_output(&state), state };

        let walk = Walk::new(x.mask.as_ref(), self.options.go_backwards, zero_output_for_mask);
        let (outputs, end) = walk.run(&Steps(&self.cell), projected(&self.cell, &x), start);
        self.memory.keep(&end.state);
        let sequence = Sequence { values: outputs.swap_dims(0, 1), mask: x.mask };
        RecurrentOutput { sequence, last: end.output, state: end.state }
    }

    fn kept_batch_size(&self) -> Option<usize> {
        self.memory.batch_size()
    }

    fn reset_state(&self) {
        self.memory.reset();
    }
}

impl<C: RecurrentCell + ForeignWeights> ForeignWeights for Rnn<C> {
    fn map_weights(self, change: &mut ChangeWeights<'_>) -> Result<Self, WeightsError> {
        let cell = self.cell.map_weights(change)?;
        Ok(Self { cell, ..self })
    }
}

/// What the cell's steps need of their input, the steps in front: `[T, B, P]`.
fn projected<C: RecurrentCell>(cell: &C, x: &Sequence) -> Tensor<3> {
    let x = steps_first(x.values.clone(), x.mask.as_ref());
    let [steps, batch, features] = x.dims();
    let projected = cell.project(x.reshape([steps * batch, features]));
    let [_, width] = projected.dims();
    projected.reshape([steps, batch, width])
}

/// The steps of a cell.
struct Steps<'a, C>(&'a C);

impl<C: RecurrentCell> Recurrence<2> for Steps<'_, C> {
    type State = C::State;

    fn advance(&self, x: Tensor<2>, state: C::State) -> (Tensor<2>, C::State) {
        self.0.step(x, state)
    }

    fn hold(&self, next: C::State, before: &C::State, masked: &Tensor<1, Bool>) -> C::State {
        carry(next, before, masked)
    }
}

#[cfg(test)]
mod tests;
