//! What one step of one sequence reads and writes.

use super::super::{Cell, GruReset};
use super::{gru, lstm, rnn};
use crate::cpu::{Simd, vectorised};

/// A forward step. Blocks of H values each; those of the gates in the order of the cell.
pub(super) struct ForwardStep<'a> {
    /// x·W
    pub(super) projected: &'a [f32],
    /// h·U
    pub(super) recurrent: &'a [f32],
    /// b, zeros if there is none; where the cell has a bias of the state, that follows.
    pub(super) bias: &'a [f32],
    /// What is saved of the step.
    pub(super) gates: &'a mut [f32],
    /// h before the step, and after it.
    pub(super) hidden: &'a mut [f32],
    /// c before the step, and after it; empty where the cell has none.
    pub(super) cell: &'a mut [f32],
}

impl ForwardStep<'_> {
    /// Computes the state after the step.
    pub(super) fn run(self, cell: Cell) {
        match cell {
            Cell::Lstm(gates) => vectorised(lstm::Forward(gates, self)),
            Cell::Gru(GruReset::After) => vectorised(gru::ForwardAfter(self)),
            Cell::Gru(GruReset::Before) => vectorised(gru::ForwardBefore(self)),
            Cell::Rnn(activation) => vectorised(rnn::Forward(activation, self)),
        }
    }
}

/// A backward step. Blocks of H values each.
pub(super) struct BackwardStep<'a> {
    /// What the forward step saved.
    pub(super) gates: &'a [f32],
    /// c after the step; empty where the cell has none.
    pub(super) cell: &'a [f32],
    /// c before it.
    pub(super) cell_before: &'a [f32],
    /// h before it.
    pub(super) hidden_before: &'a [f32],
    /// The gradient of h after the step; then what of it reaches h before the step other than through
    /// the product with U.
    pub(super) hidden_grad: &'a mut [f32],
    /// The gradient of c after the step, then of c before it.
    pub(super) cell_grad: &'a mut [f32],
    /// The gradients of the sums in the gates, in the order of [`Cell::grad_blocks`].
    pub(super) gate_grads: &'a mut [f32],
}

impl BackwardStep<'_> {
    /// Computes the gradients of the step.
    pub(super) fn run(self, cell: Cell) {
        match cell {
            Cell::Lstm(gates) => vectorised(lstm::Backward(gates, self)),
            Cell::Gru(reset) => vectorised(gru::Backward(reset, self)),
            Cell::Rnn(activation) => vectorised(rnn::Backward(activation, self)),
        }
    }
}

/// Gradients smaller than this count as zero. Going back in time they shrink without end, and below
/// 10⁻³⁸ the processor takes a hundred times as long for each operation.
const SMALLEST: f32 = 1e-30;

/// The gradient, or zero where it is below [`SMALLEST`].
#[inline(always)]
pub(super) fn relevant<S: Simd>(simd: S, grad: S::Vector) -> S::Vector {
    simd.zero_below(simd.splat(SMALLEST), grad)
}

/// The sum of the vectors at `at` in some blocks.
///
/// This and the like are functions and no closures: only functions can be made part of the code that is compiled for the
/// vector instructions for certain, and anywhere else each instruction is a call.
#[inline(always)]
pub(super) fn sum_at<S: Simd, const N: usize>(simd: S, blocks: [&[f32]; N], at: usize) -> S::Vector {
    let mut sum = simd.load(&blocks[0][at..]);
    for block in &blocks[1..] {
        sum = simd.add(sum, simd.load(&block[at..]));
    }
    sum
}

/// 1 − x
#[inline(always)]
pub(super) fn complement<S: Simd>(simd: S, x: S::Vector) -> S::Vector {
    simd.sub(simd.splat(1.0), x)
}

/// The gradient of x, given that of σ(x) and σ(x) itself.
#[inline(always)]
pub(super) fn through_sigmoid<S: Simd>(simd: S, grad: S::Vector, gate: S::Vector) -> S::Vector {
    simd.mul(simd.mul(grad, gate), complement(simd, gate))
}
