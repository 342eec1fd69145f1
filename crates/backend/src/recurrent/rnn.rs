//! The simple recurrent layer (Elman, 1990, <https://doi.org/10.1207/s15516709cog1402_1>).
//!
//! ```text
//! h_t = φ(x_t·W + h_{t-1}·U + b)     [B, H]   hidden state, also the output; φ is tanh or max(·, 0)
//! ```

use burn::tensor::Tensor;

use super::{Cell, RecurrentOutput, RecurrentWeights, RnnActivation, Steps, hidden_only};

/// Runs a simple recurrent layer over the sequences `x` `[B, T, I]`, from `hidden` `[B, H]` on, or from
/// zeros.
///
/// The formula is that of this file's head. Everything else is as in [`lstm`](fn@super::lstm).
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_backend::{RecurrentWeights, RnnActivation, Steps, rnn};
///
/// let device = Device::flex();
/// let weights = RecurrentWeights {
///     input: Tensor::ones([3, 4], &device),
///     recurrent: Tensor::zeros([4, 4], &device),
///     bias: None,
///     recurrent_bias: None,
/// };
///
/// let x = Tensor::<3>::ones([2, 5, 3], &device);
/// let output = rnn(x, weights, None, Steps::default(), RnnActivation::Relu);
/// assert_eq!(output.sequence.sum().into_scalar::<f32>(), 3.0 * 2.0 * 5.0 * 4.0);
/// ```
///
/// # Panics
///
/// When the shapes do not fit each other; the message shows them and the rule.
pub fn rnn(
    x: Tensor<3>,
    weights: RecurrentWeights,
    hidden: Option<Tensor<2>>,
    steps: Steps,
    activation: RnnActivation,
) -> RecurrentOutput {
    hidden_only(Cell::Rnn(activation), x, weights, hidden, steps)
}
