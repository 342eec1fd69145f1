//! One step of one sequence in a simple recurrent layer; the formula is that of
//! [`rnn`](mod@super::super::rnn).

use super::super::RnnActivation;
use super::layout::block;
use super::step::{BackwardStep, ForwardStep, relevant, sum_at};
use crate::cpu::{Simd, Work, tanh};

/// The forward step; saves the state after it.
pub(super) struct Forward<'a>(pub(super) RnnActivation, pub(super) ForwardStep<'a>);

impl Work for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (activation, step) = (self.0, self.1);
        let size = step.hidden.len();
        let parts = [step.projected, step.recurrent, step.bias].map(|values| block(values, 0, size));
        for j in (0..size).step_by(S::LANES) {
            let sum = sum_at(simd, parts, j);
            let hidden = match activation {
                RnnActivation::Tanh => tanh(simd, sum),
                RnnActivation::Relu => simd.max(simd.splat(0.0), sum),
            };
            simd.store(hidden, &mut step.hidden[j..]);
            simd.store(hidden, &mut step.gates[j..]);
        }
    }
}

/// The backward step.
pub(super) struct Backward<'a>(pub(super) RnnActivation, pub(super) BackwardStep<'a>);

impl Work for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (activation, step) = (self.0, self.1);
        for j in (0..step.hidden_grad.len()).step_by(S::LANES) {
            let hidden = simd.load(&step.gates[j..]);
            let grad = relevant(simd, simd.load(&step.hidden_grad[j..]));
            let grad = match activation {
                RnnActivation::Tanh => simd.mul(grad, simd.sub(simd.splat(1.0), simd.mul(hidden, hidden))),
                RnnActivation::Relu => simd.where_positive(hidden, grad),
            };
            simd.store(relevant(simd, grad), &mut step.gate_grads[j..]);
            simd.store(simd.splat(0.0), &mut step.hidden_grad[j..]);
        }
    }
}
