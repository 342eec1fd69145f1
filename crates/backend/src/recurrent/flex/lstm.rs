//! One step of one sequence in an LSTM; the formulas are those of [`lstm`](mod@super::super::lstm).

use super::super::LstmGates;
use super::layout::{blocks, blocks_mut};
use super::step::{BackwardStep, ForwardStep, complement, relevant, sum_at, through_sigmoid};
use crate::cpu::{Simd, Work, sigmoid, tanh};

/// The forward step; saves the gates.
pub(super) struct Forward<'a>(pub(super) LstmGates, pub(super) ForwardStep<'a>);

impl Work for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        match self.0 {
            LstmGates::Separate => forward::<S, 4>(simd, self.1),
            LstmGates::Coupled => forward::<S, 3>(simd, self.1),
        }
    }
}

/// With four gates i, f, g, o, or with the last three.
#[inline(always)]
fn forward<S: Simd, const G: usize>(simd: S, step: ForwardStep<'_>) {
    let size = step.hidden.len();
    let gates = blocks_mut::<G>(step.gates, size);
    let [xs, hs, bs] = [step.projected, step.recurrent, step.bias].map(|values| blocks::<G>(values, size));
    for j in (0..size).step_by(S::LANES) {
        let f = sigmoid(simd, sum_at(simd, [xs[G - 3], hs[G - 3], bs[G - 3]], j));
        let g = tanh(simd, sum_at(simd, [xs[G - 2], hs[G - 2], bs[G - 2]], j));
        let o = sigmoid(simd, sum_at(simd, [xs[G - 1], hs[G - 1], bs[G - 1]], j));
        let i = if G == 4 { sigmoid(simd, sum_at(simd, [xs[0], hs[0], bs[0]], j)) } else { complement(simd, f) };

        let kept = simd.mul(f, simd.load(&step.cell[j..]));
        let cell = simd.mul_add(i, g, kept);
        simd.store(cell, &mut step.cell[j..]);
        simd.store(simd.mul(o, tanh(simd, cell)), &mut step.hidden[j..]);

        if G == 4 {
            simd.store(i, &mut gates[0][j..]);
        }
        simd.store(f, &mut gates[G - 3][j..]);
        simd.store(g, &mut gates[G - 2][j..]);
        simd.store(o, &mut gates[G - 1][j..]);
    }
}

/// The backward step.
pub(super) struct Backward<'a>(pub(super) LstmGates, pub(super) BackwardStep<'a>);

impl Work for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        match self.0 {
            LstmGates::Separate => backward::<S, 4>(simd, self.1),
            LstmGates::Coupled => backward::<S, 3>(simd, self.1),
        }
    }
}

#[inline(always)]
fn backward<S: Simd, const G: usize>(simd: S, step: BackwardStep<'_>) {
    let size = step.hidden_grad.len();
    let grads = blocks_mut::<G>(step.gate_grads, size);
    let gates = blocks::<G>(step.gates, size);
    for j in (0..size).step_by(S::LANES) {
        let f = simd.load(&gates[G - 3][j..]);
        let g = simd.load(&gates[G - 2][j..]);
        let o = simd.load(&gates[G - 1][j..]);
        let i = if G == 4 { simd.load(&gates[0][j..]) } else { complement(simd, f) };
        let tanh_cell = tanh(simd, simd.load(&step.cell[j..]));
        let grad_hidden = relevant(simd, simd.load(&step.hidden_grad[j..]));

        let slope = complement(simd, simd.mul(tanh_cell, tanh_cell));
        let grad_cell = simd.load(&step.cell_grad[j..]);
        let grad_cell = relevant(simd, simd.mul_add(simd.mul(grad_hidden, o), slope, grad_cell));
        let grad_i = simd.mul(grad_cell, g);
        let grad_f = simd.mul(grad_cell, simd.load(&step.cell_before[j..]));
        let grad_f = if G == 4 { grad_f } else { simd.sub(grad_f, grad_i) };
        let grad_g = simd.mul(simd.mul(grad_cell, i), complement(simd, simd.mul(g, g)));
        let grad_o = simd.mul(grad_hidden, tanh_cell);

        if G == 4 {
            simd.store(relevant(simd, through_sigmoid(simd, grad_i, i)), &mut grads[0][j..]);
        }
        simd.store(relevant(simd, through_sigmoid(simd, grad_f, f)), &mut grads[G - 3][j..]);
        simd.store(relevant(simd, grad_g), &mut grads[G - 2][j..]);
        simd.store(relevant(simd, through_sigmoid(simd, grad_o, o)), &mut grads[G - 1][j..]);
        simd.store(simd.mul(grad_cell, f), &mut step.cell_grad[j..]);
        simd.store(simd.splat(0.0), &mut step.hidden_grad[j..]);
    }
}
