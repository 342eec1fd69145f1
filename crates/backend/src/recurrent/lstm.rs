//! Long short-term memory, LSTM (Hochreiter & Schmidhuber, 1997, <https://doi.org/10.1162/neco.1997.9.8.1735>;
//! with forget gate: Gers et al., 2000, <https://doi.org/10.1162/089976600300015015>).
//!
//! ```text
//! [i f g o] = x_t·W + h_{t-1}·U + b            [B, 4H]   gates
//! c_t       = σ(f)⊙c_{t-1} + σ(i)⊙tanh(g)      [B, H]    cell state
//! h_t       = σ(o)⊙tanh(c_t)                   [B, H]    hidden state, also the output
//! ```
//!
//! With coupled gates (Greff et al., 2015, <https://arxiv.org/abs/1503.04069>):
//!
//! ```text
//! [f g o]   = x_t·W + h_{t-1}·U + b            [B, 3H]
//! c_t       = σ(f)⊙c_{t-1} + (1 − σ(f))⊙tanh(g)
//! ```

use burn::tensor::Tensor;

use super::{Call, Cell, LstmGates, RecurrentWeights, Steps, shape, unpack};

/// The state of an LSTM between two steps.
#[derive(Clone, Debug)]
pub struct LstmState {
    /// h `[B, H]`.
    pub hidden: Tensor<2>,
    /// c `[B, H]`.
    pub cell: Tensor<2>,
}

/// What an [`lstm`](fn@lstm) gives.
#[derive(Clone, Debug)]
pub struct LstmOutput {
    /// The hidden state after each step, `[B, T, H]`.
    pub sequence: Tensor<3>,
    /// The state after the last step that counts.
    pub state: LstmState,
}

/// Runs an LSTM over the sequences `x` `[B, T, I]`, from `state` on, or from zeros.
///
/// The formulas are those of this file's head and of [`LstmGates`]; the order of the gates is that of
/// PyTorch and Keras. What masks and reversed steps mean is told in [the module](super). Runs on any
/// device, and differentiates with respect to x, the weights, the bias and the initial state on an
/// autodiff device. On Flex with 32-bit floats a kernel of this crate does the work, whose cost is
/// proportional to the number of steps that count; elsewhere Burn's own operations. Equal input gives
/// equal bytes, whatever the number of threads.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_backend::{LstmGates, RecurrentWeights, Steps, lstm};
///
/// let device = Device::flex();
/// let (batch, steps, features, hidden) = (2, 5, 3, 4);
/// let x = Tensor::<3>::ones([batch, steps, features], &device);
/// let weights = RecurrentWeights {
///     input: Tensor::ones([features, 4 * hidden], &device),
///     recurrent: Tensor::ones([hidden, 4 * hidden], &device),
///     bias: None,
///     recurrent_bias: None,
/// };
///
/// // The first sequence has five steps, the second one three.
/// let mask = Steps::with_lengths(&[5, 3], steps, &device);
/// let output = lstm(x, weights, None, mask, LstmGates::Separate);
/// assert_eq!(output.sequence.dims(), [batch, steps, hidden]);
/// assert_eq!(output.state.cell.dims(), [batch, hidden]);
/// ```
///
/// # Panics
///
/// When the shapes do not fit each other; the message shows them and the rule.
pub fn lstm(
    x: Tensor<3>,
    weights: RecurrentWeights,
    state: Option<LstmState>,
    steps: Steps,
    gates: LstmGates,
) -> LstmOutput {
    let (cell, dims) = (Cell::Lstm(gates), x.dims());
    let state = state.map(|state| {
        let recurrent = weights.recurrent.dims();
        shape::check_state(cell, "hidden", state.hidden.dims(), dims, recurrent);
        shape::check_state(cell, "cell", state.cell.dims(), dims, recurrent);
        Tensor::cat(vec![state.hidden, state.cell], 1)
    });
    let call = Call { cell, x, weights, state, steps };
    call.check();
    let (sequence, [hidden, cell]) = unpack(call.run(), [dims[0], dims[1]]);
    LstmOutput { sequence, state: LstmState { hidden, cell } }
}
