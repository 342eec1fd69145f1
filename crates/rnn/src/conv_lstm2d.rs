//! LSTM over sequences of pictures, its products convolutions (Shi et al., 2015, <https://arxiv.org/abs/1506.04214>,
//! without the peepholes), Keras's ConvLSTM2D.
//!
//! ```text
//! [i f g o] = W∗x_t + b + U∗h_{t-1}            [B, 4F, H', W']   gates; ∗ is a convolution
//! c_t       = σ(f)⊙c_{t-1} + σ(i)⊙φ(g)         [B, F, H', W']    cell state
//! h_t       = σ(o)⊙φ(c_t)                      [B, F, H', W']    hidden state, also the output
//!
//! x  [B, T, C, H, W]     W  [4F, C, kh, kw]     U  [4F, F, kh, kw]
//! ```
//!
//! B is the batch, T the time steps, C the channels that come in, F the filters. Stride, padding and dilation are those
//! of W alone, which is applied to all steps at once; U keeps the size of the maps: stride 1, padding `same`.

use burn::module::{Module, Param};
use burn::tensor::{Bool, Device, Tensor};
use firebrick_backend::{Conv2dOptions, conv2d};
use firebrick_layers::{ActivationFn, AxisPadding, Conv2d, Mask, Window};

use crate::SequenceDropout;
use crate::cell::select;
use crate::memory::{Kept, Memory, moved};
use crate::walk::{Point, Recurrence, Walk, without_padding};

mod config;
mod error;
mod foreign;
#[cfg(test)]
mod tests;

pub use config::ConvLstm2dConfig;
pub use error::ConvLstm2dError;

/// The state of a [`ConvLstm2d`] between two steps.
#[derive(Clone, Debug)]
pub struct ConvLstm2dState {
    /// h `[B, F, H', W']`.
    pub hidden: Tensor<4>,
    /// c `[B, F, H', W']`.
    pub cell: Tensor<4>,
}

/// What a [`ConvLstm2d`] gives: every output, the last one, and the state in the end.
#[derive(Clone, Debug)]
pub struct ConvLstm2dOutput {
    /// The output of each step, `[B, T, F, H', W']`: Keras's output with `return_sequences`. After `go_backwards` the
    /// last step comes first.
    pub sequence: Tensor<5>,
    /// Which of the steps count, `[B, T]`, in the order of the outputs.
    pub mask: Option<Mask>,
    /// The output of the last step that counts, `[B, F, H', W']`: Keras's output without `return_sequences`.
    pub last: Tensor<4>,
    /// The state after the last step that counts: Keras's `return_state`.
    pub state: ConvLstm2dState,
}

/// LSTM over sequences of pictures.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_layers::Mask;
/// use firebrick_rnn::ConvLstm2dConfig;
///
/// let device = Device::flex();
/// let layer = ConvLstm2dConfig::new(8, 3).same().init(1, &device);
/// let films = Tensor::<5>::ones([2, 6, 1, 10, 12], &device);
/// let mask = Mask::from_lengths(&[6, 4], 6, &device)?;
/// let output = layer.forward(films, Some(mask), None);
/// assert_eq!(output.sequence.dims(), [2, 6, 8, 10, 12]);
/// assert_eq!(output.last.dims(), [2, 8, 10, 12]);
/// # Ok::<(), firebrick_layers::MaskError>(())
/// ```
#[derive(Module, Debug)]
pub struct ConvLstm2d {
    /// W and b: gates i, f, g, o one after the other along the output channels.
    pub input: Conv2d,
    /// U `[4F, F, kh, kw]`.
    pub recurrent_kernel: Param<Tensor<4>>,
    /// What is dropped while training.
    pub dropout: SequenceDropout,
    #[module(skip)]
    memory: Memory<ConvLstm2dState>,
    #[module(skip)]
    config: ConvLstm2dConfig,
}

impl ConvLstm2d {
    /// Runs over films `[B, T, C, H, W]` from `state` on, else from zeros, or from where the last call ended if the layer is stateful.
    ///
    /// # Panics
    /// When the films, the mask or the state do not fit; [`check`](Self::check) says so before.
    pub fn forward(&self, x: Tensor<5>, mask: Option<Mask>, state: Option<ConvLstm2dState>) -> ConvLstm2dOutput {
        let map = match self.fit(x.dims(), mask.as_ref(), state.as_ref()) {
            Ok(map) => map,
            Err(error) => panic!("{error}"),
        };
        let device = x.device();
        let state = self.memory.recall(state, &device).unwrap_or_else(|| ConvLstm2dState::zeros(map, &device));
        let start = Point { output: state.hidden.clone(), state };
        let config = &self.config;
        let walk = Walk::new(mask.as_ref(), config.go_backwards, config.zero_output_for_mask);
        let kind = (&device, x.dtype());
        let seen = self.dropout.drops_states(&device).then(|| self.dropout.state_masks(map, kind));
        let (outputs, end) = walk.run(&Steps { layer: self, seen }, self.projected(x, mask.as_ref()), start);
        self.memory.keep(&end.state);

        let sequence = outputs.swap_dims(0, 1);
        let (sequence, mask) = match config.go_backwards {
            true => (sequence.flip([1]), mask.map(|mask| mask.reversed())),
            false => (sequence, mask),
        };
        ConvLstm2dOutput { sequence, mask, last: end.output, state: end.state }
    }

    /// Whether the layer can run over films of the shape `x`, `[B, T, C, H, W]`.
    ///
    /// # Errors
    /// When there is no film or no step, the channels are others than the layer's, the pictures are smaller than a filter,
    /// the mask or the state has another shape, or a stateful layer keeps
    /// the state of another number of films.
    pub fn check(
        &self,
        x: [usize; 5],
        mask: Option<&Mask>,
        state: Option<&ConvLstm2dState>,
    ) -> Result<(), ConvLstm2dError> {
        self.fit(x, mask, state).map(|_| ())
    }

    /// Shape of a state, `[B, F, H', W']`.
    fn fit(
        &self,
        x: [usize; 5],
        mask: Option<&Mask>,
        state: Option<&ConvLstm2dState>,
    ) -> Result<[usize; 4], ConvLstm2dError> {
        let [batch, steps, channels, height, width] = x;
        if x.contains(&0) {
            return Err(ConvLstm2dError::Empty { shape: x });
        }
        let [_, expected, _, _] = self.input.weight.dims();
        if channels != expected {
            return Err(ConvLstm2dError::Channels { shape: x, expected });
        }
        if let Some(mask) = mask {
            mask.check("films", batch, steps)?;
        }
        let [filters, height, width] = self.config.output_shape([channels, height, width])?;
        let expected = [batch, filters, height, width];
        if let (None, Some(kept)) = (state, self.kept_batch_size())
            && kept != batch
        {
            return Err(ConvLstm2dError::Stateful { kept, found: batch });
        }
        for found in state.iter().flat_map(|state| [state.hidden.dims(), state.cell.dims()]) {
            if found != expected {
                return Err(ConvLstm2dError::State { found, expected });
            }
        }
        Ok(expected)
    }

    /// Films in the state that a stateful layer keeps from the call before.
    pub fn kept_batch_size(&self) -> Option<usize> {
        self.memory.batch_size()
    }

    /// Forgets the state that a stateful layer keeps.
    pub fn reset_state(&self) {
        self.memory.reset();
    }

    /// W∗x_t + b of all steps, `[T, B, 4F, H', W']`.
    fn projected(&self, x: Tensor<5>, mask: Option<&Mask>) -> Tensor<5> {
        let x = self.dropout.drop_inputs(without_padding(x, mask)).swap_dims(0, 1);
        let [steps, batch, channels, height, width] = x.dims();
        let maps = self.input.forward(x.reshape([steps * batch, channels, height, width]));
        let [_, gates, height, width] = maps.dims();
        maps.reshape([steps, batch, gates, height, width])
    }

    /// U∗h, of the size of h.
    fn recur(&self, hidden: Tensor<4>) -> Tensor<4> {
        let [_, _, height, width] = hidden.dims();
        let kernel = self.recurrent_kernel.val();
        let [_, _, rows, columns] = kernel.dims();
        let padding = [same(rows, height), same(columns, width)];
        conv2d(hidden, kernel, None, Conv2dOptions::default().with_padding(padding))
    }
}

/// Zeros before and after an axis, of which a kernel with stride 1 keeps the size.
fn same(kernel: usize, size: usize) -> [usize; 2] {
    let (before, after) = Window::new(kernel).padding(size, AxisPadding::Same).expect("kernel sizes have been checked");
    [before, after]
}

/// The steps of a layer.
struct Steps<'a> {
    layer: &'a ConvLstm2d,
    /// What of the state the gates see, `[B, F, H', W']`, while some of it is dropped.
    seen: Option<Tensor<4>>,
}

impl Recurrence<4> for Steps<'_> {
    type State = ConvLstm2dState;

    fn advance(&self, x: Tensor<4>, state: ConvLstm2dState) -> (Tensor<4>, ConvLstm2dState) {
        let hidden = match &self.seen {
            Some(seen) => state.hidden * seen.clone(),
            None => state.hidden,
        };
        let sums = x + self.layer.recur(hidden);
        let filters = sums.dims()[1] / 4;
        let [i, f, g, o] = [0, 1, 2, 3].map(|gate| sums.clone().narrow(1, gate * filters, filters));
        let config = &self.layer.config;
        let (activation, recurrent) = (config.activation, config.recurrent_activation);
        let gate = |x| ActivationFn::forward(&recurrent, x);

        let cell = gate(f) * state.cell + gate(i) * activation.forward(g);
        let hidden = gate(o) * activation.forward(cell.clone());
        (hidden.clone(), ConvLstm2dState { hidden, cell })
    }

    fn hold(&self, next: ConvLstm2dState, before: &ConvLstm2dState, masked: &Tensor<1, Bool>) -> ConvLstm2dState {
        ConvLstm2dState {
            hidden: select(next.hidden, before.hidden.clone(), masked),
            cell: select(next.cell, before.cell.clone(), masked),
        }
    }
}

impl Kept for ConvLstm2dState {
    fn detached(self) -> Self {
        Self { hidden: self.hidden.detach(), cell: self.cell.detach() }
    }

    fn moved(self, device: &Device) -> Self {
        Self { hidden: moved(self.hidden, device), cell: moved(self.cell, device) }
    }

    fn rows(&self) -> usize {
        self.hidden.dims()[0]
    }
}

impl ConvLstm2dState {
    /// Zeros of a shape `[B, F, H', W']`.
    fn zeros(shape: [usize; 4], device: &Device) -> Self {
        let zeros = Tensor::zeros(shape, device);
        Self { hidden: zeros.clone(), cell: zeros }
    }
}
