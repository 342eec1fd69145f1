//! Gated recurrent unit, GRU (Cho et al., 2014, <https://arxiv.org/abs/1406.1078>).
//!
//! ```text
//! [r z] = σ(x_t·W_rz + h_{t-1}·U_rz + b_rz)                [B, 2H]  reset and update gates
//! n     = tanh(x_t·W_n + b_n + r⊙(h_{t-1}·U_n + b'_n))     [B, H]   candidate; reset after the product
//! n     = tanh(x_t·W_n + b_n + (r⊙h_{t-1})·U_n)            [B, H]   candidate; reset before it
//! h_t   = z⊙h_{t-1} + (1 − z)⊙n                            [B, H]   hidden state, also the output
//! ```

use burn::tensor::Tensor;

use super::{Cell, GruReset, RecurrentOutput, RecurrentWeights, Steps, hidden_only};

/// Runs a GRU over the sequences `x` `[B, T, I]`, from `hidden` `[B, H]` on, or from zeros.
///
/// The formulas are those of this file's head. The gates lie side by side as r, z, n, which is PyTorch's
/// order; Keras's is z, r, n. With [`GruReset::After`] the recurrent bias has a part of its own in the
/// candidate, b'; otherwise it is added to the bias. Everything else is as in
/// [`lstm`](fn@super::lstm).
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_backend::{GruReset, RecurrentWeights, Steps, gru};
///
/// let device = Device::flex();
/// let x = Tensor::<3>::ones([2, 5, 3], &device);
/// let weights = RecurrentWeights {
///     input: Tensor::ones([3, 3 * 4], &device),
///     recurrent: Tensor::ones([4, 3 * 4], &device),
///     bias: Some(Tensor::zeros([3 * 4], &device)),
///     recurrent_bias: None,
/// };
///
/// let output = gru(x, weights, None, Steps::default(), GruReset::After);
/// assert_eq!(output.sequence.dims(), [2, 5, 4]);
/// assert_eq!(output.hidden.dims(), [2, 4]);
/// ```
///
/// # Panics
///
/// When the shapes do not fit each other; the message shows them and the rule.
pub fn gru(
    x: Tensor<3>,
    weights: RecurrentWeights,
    hidden: Option<Tensor<2>>,
    steps: Steps,
    reset: GruReset,
) -> RecurrentOutput {
    hidden_only(Cell::Gru(reset), x, weights, hidden, steps)
}
