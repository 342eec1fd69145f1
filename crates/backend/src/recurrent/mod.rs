//! Recurrent layers over whole sequences: [`lstm`](fn@lstm), [`gru`](fn@gru) and [`rnn`](fn@rnn).
//!
//! ```text
//! x          [B, T, I]     the sequences
//! mask       [B, T]        true where a step counts
//! W, U       [I, G·H], [H, G·H]   the weights of input and state, G gates side by side
//! b          [G·H]
//! h₀, c₀     [B, H]        the initial state, zeros when absent
//! sequence   [B, T, H]     the hidden state after each step
//! ```
//!
//! B is the batch, T the time steps, I the input features, H the hidden size, G the gates of the cell.
//!
//! What [`Steps`] says about time holds for every cell, and is what Keras does:
//!
//! - A masked step leaves the state as it is; its output is that of the step before, or the initial
//!   hidden state when there was none, or zeros if the steps ask for that. Masks may have holes, begin
//!   late, or leave out a whole sequence, whose state then stays the initial one.
//! - What a masked step of x holds is never used, not even multiplied by zero: NaN there reaches neither
//!   an output nor a gradient. The gradient of a masked step of x is zero.
//! - Reversed steps are processed from the last to the first. The outputs stay with the steps that
//!   they belong to: `sequence[:, t]` has read x from T − 1 down to t. (Keras's `go_backwards` returns
//!   the same outputs in reversed order.)
//!
//! The backward pass through time is written by hand and one step of autodiff for the whole sequence. The
//! CPU kernel takes gradients within a sequence that have become smaller than 10⁻³⁰ for zero.

pub(crate) mod autodiff;
mod cell;
#[cfg(feature = "flex")]
pub(crate) mod flex;
mod gru;
mod inputs;
mod lstm;
pub(crate) mod reference;
mod rnn;
mod shape;
mod steps;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::{Bool, Tensor};

use crate::{Backend, route};

pub use cell::{Cell, GruReset, LstmGates, RnnActivation};
pub use gru::gru;
pub use inputs::{OptionalMask, RecurrentGradients, RecurrentInputs, RecurrentOptions};
pub use lstm::{LstmOutput, LstmState, lstm};
pub use rnn::rnn;
pub use steps::Steps;

/// The weights of a recurrent layer, for G gates side by side.
#[derive(Clone, Debug)]
pub struct RecurrentWeights {
    /// W `[I, G·H]`, which multiplies the input.
    pub input: Tensor<2>,
    /// U `[H, G·H]`, which multiplies the state.
    pub recurrent: Tensor<2>,
    /// b `[G·H]`, added to both products.
    pub bias: Option<Tensor<1>>,
    /// A second bias `[G·H]`, added to the product of the state, as PyTorch and Keras's
    /// `reset_after` have it. It differs from the first only in the candidate of a
    /// [`gru`](fn@gru) that resets after the product.
    pub recurrent_bias: Option<Tensor<1>>,
}

/// What a [`gru`](fn@gru) or an [`rnn`](fn@rnn) gives.
#[derive(Clone, Debug)]
pub struct RecurrentOutput {
    /// The hidden state after each step, `[B, T, H]`.
    pub sequence: Tensor<3>,
    /// The hidden state in the end, `[B, H]`: that after the last step that counts.
    pub hidden: Tensor<2>,
}

/// The tensors of a call, as the public functions hand them on.
struct Call {
    cell: Cell,
    x: Tensor<3>,
    weights: RecurrentWeights,
    /// The initial states side by side: `[B, H]`, or `[B, 2H]` with cells.
    state: Option<Tensor<2>>,
    steps: Steps,
}

impl Call {
    /// The rows of the sequence, of the final hidden state and, if there is one, of the final cell
    /// state, in one tensor: `[B·T + B, H]` or `[B·T + 2B, H]`.
    fn run(self) -> Tensor<2> {
        let (inputs, options) = self.into_inputs();
        let packed = if route::is_listed(&inputs.x) {
            <Dispatch as Backend>::recurrent_forward(inputs, options)
        } else {
            reference::forward::<Dispatch>(inputs, options)
        };
        Tensor::from_dispatch(packed)
    }

    /// What the operation of the backend trait takes.
    fn into_inputs(self) -> (RecurrentInputs<Dispatch>, RecurrentOptions) {
        let options = RecurrentOptions {
            cell: self.cell,
            reverse: self.steps.reverse,
            zero_output_for_mask: self.steps.zero_output_for_mask,
        };
        let bias = self.cell.bias(self.weights.bias, self.weights.recurrent_bias);
        let inputs = RecurrentInputs {
            x: route::into_float(self.x),
            weight_ih: route::into_float(self.weights.input),
            weight_hh: route::into_float(self.weights.recurrent),
            bias: bias.map(route::into_float).into(),
            state: self.state.map(route::into_float).into(),
            mask: self.steps.mask.map(Tensor::<2, Bool>::into_dispatch).into(),
        };
        (inputs, options)
    }
}

/// The parts of what [`Call::run`] gives: the sequence `[B, T, H]` and the final states `[B, H]`.
fn unpack<const STATES: usize>(packed: Tensor<2>, [batch, steps]: [usize; 2]) -> (Tensor<3>, [Tensor<2>; STATES]) {
    let hidden = packed.dims()[1];
    let rows = batch * steps;
    let sequence = packed.clone().narrow(0, 0, rows).reshape([batch, steps, hidden]);
    let state = |index: usize| packed.clone().narrow(0, rows + index * batch, batch);
    (sequence, std::array::from_fn(state))
}

/// Runs a cell whose state is the hidden state alone.
fn hidden_only(
    cell: Cell,
    x: Tensor<3>,
    weights: RecurrentWeights,
    state: Option<Tensor<2>>,
    steps: Steps,
) -> RecurrentOutput {
    let dims = x.dims();
    if let Some(state) = &state {
        shape::check_state(cell, "hidden", state.dims(), dims, weights.recurrent.dims());
    }
    let call = Call { cell, x, weights, state, steps };
    call.check();
    let (sequence, [hidden]) = unpack(call.run(), [dims[0], dims[1]]);
    RecurrentOutput { sequence, hidden }
}
