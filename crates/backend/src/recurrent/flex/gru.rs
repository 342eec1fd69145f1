//! One step of one sequence in a GRU; the formulas are those of [`gru`](mod@super::super::gru).
//!
//! A GRU that resets before the product takes two steps: the gates, then, when the reset state has
//! been multiplied, the candidate.

use super::super::GruReset;
use super::layout::{block, blocks, blocks_mut};
use super::step::{BackwardStep, ForwardStep, complement, relevant, sum_at, through_sigmoid};
use crate::cpu::{Simd, Work, sigmoid, tanh};

/// The forward step with the reset after the product; saves r, z, n and that product.
pub(super) struct ForwardAfter<'a>(pub(super) ForwardStep<'a>);

impl Work for ForwardAfter<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let step = self.0;
        let size = step.hidden.len();
        let (bias, recurrent_bias) = step.bias.split_at(3 * size);
        let [r_out, z_out, n_out, product_out] = blocks_mut::<4>(step.gates, size);
        let [x_r, x_z, x_n] = blocks(step.projected, size);
        let [h_r, h_z, h_n] = blocks(step.recurrent, size);
        let [b_r, b_z, b_n] = blocks(bias, size);
        let [c_r, c_z, c_n] = blocks(recurrent_bias, size);
        for j in (0..size).step_by(S::LANES) {
            let r = sigmoid(simd, sum_at(simd, [x_r, b_r, h_r, c_r], j));
            let z = sigmoid(simd, sum_at(simd, [x_z, b_z, h_z, c_z], j));
            let product = sum_at(simd, [h_n, c_n], j);
            let n = tanh(simd, simd.mul_add(r, product, sum_at(simd, [x_n, b_n], j)));
            let hidden = mix(simd, z, simd.load(&step.hidden[j..]), n);
            simd.store(hidden, &mut step.hidden[j..]);

            simd.store(r, &mut r_out[j..]);
            simd.store(z, &mut z_out[j..]);
            simd.store(n, &mut n_out[j..]);
            simd.store(product, &mut product_out[j..]);
        }
    }
}

/// z⊙h + (1 − z)⊙n = n + z⊙(h − n)
#[inline(always)]
fn mix<S: Simd>(simd: S, z: S::Vector, hidden: S::Vector, n: S::Vector) -> S::Vector {
    simd.mul_add(z, simd.sub(hidden, n), n)
}

/// The gates of a GRU that resets before the product, and the reset state; saves r, z and r⊙h.
pub(super) struct Gates<'a>(pub(super) ForwardStep<'a>);

impl Work for Gates<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let step = self.0;
        let size = step.hidden.len();
        let [r_out, z_out, _, reset] = blocks_mut::<4>(step.gates, size);
        let [rs, zs] =
            [0, 1].map(|gate| [step.projected, step.recurrent, step.bias].map(|values| block(values, gate, size)));
        for j in (0..size).step_by(S::LANES) {
            let r = sigmoid(simd, sum_at(simd, rs, j));
            simd.store(simd.mul(r, simd.load(&step.hidden[j..])), &mut reset[j..]);
            simd.store(r, &mut r_out[j..]);
            simd.store(sigmoid(simd, sum_at(simd, zs, j)), &mut z_out[j..]);
        }
    }
}

/// The candidate and the state of a GRU that resets before the product; saves n.
pub(super) struct ForwardBefore<'a>(pub(super) ForwardStep<'a>);

impl Work for ForwardBefore<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let step = self.0;
        let size = step.hidden.len();
        let [_, z, n_out, _] = blocks_mut::<4>(step.gates, size);
        let parts = [step.projected, step.recurrent, step.bias].map(|values| block(values, 2, size));
        for j in (0..size).step_by(S::LANES) {
            let n = tanh(simd, sum_at(simd, parts, j));
            let hidden = mix(simd, simd.load(&z[j..]), simd.load(&step.hidden[j..]), n);
            simd.store(hidden, &mut step.hidden[j..]);
            simd.store(n, &mut n_out[j..]);
        }
    }
}

/// The backward step. With the reset before the product it leaves out the gradient of r, which
/// [`ResetGradient`] adds.
pub(super) struct Backward<'a>(pub(super) GruReset, pub(super) BackwardStep<'a>);

impl Work for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (after, step) = (self.0 == GruReset::After, self.1);
        let size = step.hidden_grad.len();
        let [r, z, n, product] = blocks::<4>(step.gates, size);
        for j in (0..size).step_by(S::LANES) {
            let (r, z, n) = (simd.load(&r[j..]), simd.load(&z[j..]), simd.load(&n[j..]));
            let grad = relevant(simd, simd.load(&step.hidden_grad[j..]));
            let slope = complement(simd, simd.mul(n, n));
            let grad_n = relevant(simd, simd.mul(simd.mul(grad, complement(simd, z)), slope));
            let change = simd.sub(simd.load(&step.hidden_before[j..]), n);
            let grad_z = relevant(simd, through_sigmoid(simd, simd.mul(grad, change), z));
            simd.store(simd.mul(grad, z), &mut step.hidden_grad[j..]);

            if after {
                let [n_input, r_grad, z_grad, n_state] = blocks_mut::<4>(step.gate_grads, size);
                let grad_r = through_sigmoid(simd, simd.mul(grad_n, simd.load(&product[j..])), r);
                simd.store(grad_n, &mut n_input[j..]);
                simd.store(relevant(simd, grad_r), &mut r_grad[j..]);
                simd.store(grad_z, &mut z_grad[j..]);
                simd.store(relevant(simd, simd.mul(grad_n, r)), &mut n_state[j..]);
            } else {
                let [_, z_grad, n_grad] = blocks_mut::<3>(step.gate_grads, size);
                simd.store(grad_z, &mut z_grad[j..]);
                simd.store(grad_n, &mut n_grad[j..]);
            }
        }
    }
}

/// The gradient of r in a GRU that resets before the product, given that of the reset state.
pub(super) struct ResetGradient<'a> {
    /// The gradient of r⊙h.
    pub(super) grad: &'a [f32],
    pub(super) step: BackwardStep<'a>,
}

impl Work for ResetGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let step = self.step;
        let size = step.hidden_grad.len();
        let [r_grad] = blocks_mut::<1>(step.gate_grads, size);
        for j in (0..size).step_by(S::LANES) {
            let grad = relevant(simd, simd.load(&self.grad[j..]));
            let r = simd.load(&block(step.gates, 0, size)[j..]);
            let grad_r = through_sigmoid(simd, simd.mul(grad, simd.load(&step.hidden_before[j..])), r);
            simd.store(relevant(simd, grad_r), &mut r_grad[j..]);
            let hidden_grad = simd.mul_add(grad, r, simd.load(&step.hidden_grad[j..]));
            simd.store(hidden_grad, &mut step.hidden_grad[j..]);
        }
    }
}
