//! The products of a cell's weights, and the gates in them.

use burn::module::Param;
use burn::tensor::module::linear;
use burn::tensor::{Device, Tensor};
use firebrick_backend::LstmState;

use crate::Weights;

/// x·W + b, `[N, I]` to `[N, G·H]`.
pub(super) fn project(weights: &Weights, x: Tensor<2>) -> Tensor<2> {
    linear(x, weights.kernel.val(), weights.bias.as_ref().map(Param::val))
}

/// h·U + b', `[B, H]` to `[B, G·H]`.
pub(super) fn recur(weights: &Weights, hidden: Tensor<2>) -> Tensor<2> {
    linear(hidden, weights.recurrent_kernel.val(), weights.recurrent_bias.as_ref().map(Param::val))
}

/// The G gates that lie side by side, `[B, H]` each.
pub(super) fn split<const G: usize>(gates: Tensor<2>) -> [Tensor<2>; G] {
    let [_, width] = gates.dims();
    std::array::from_fn(|gate| gates.clone().narrow(1, gate * width / G, width / G))
}

/// # Panics
/// When the weights do not hold so many gates.
pub(super) fn assert_gates(cell: &str, weights: &Weights, gates: usize) {
    let (kernel, recurrent, hidden) = (weights.kernel.dims(), weights.recurrent_kernel.dims(), weights.hidden_size());
    let expected = gates * hidden;
    assert!(
        kernel[1] == expected && recurrent[1] == expected,
        "{cell} with a kernel {kernel:?} and a recurrent kernel {recurrent:?}: both must have {gates} gates of \
         {hidden} columns side by side, {expected}"
    );
}

/// h and c of zeros.
pub(super) fn zero_lstm_state(batch: usize, hidden: usize, device: &Device) -> LstmState {
    let zeros = Tensor::zeros([batch, hidden], device);
    LstmState { hidden: zeros.clone(), cell: zeros }
}
