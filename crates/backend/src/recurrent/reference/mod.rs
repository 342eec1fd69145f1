//! The reference: the recurrences in Burn's own operations, for any backend and, forward, for Burn's
//! `Dispatch`. What a kernel computes must agree with it.
//!
//! Masked steps of x are replaced by zeros before anything else, and what the cell makes of them is
//! replaced by the state before: by selection, so that no NaN there is ever multiplied.

mod cells;

use burn::backend::{Backend, tensor::BoolTensor, tensor::FloatTensor};
use burn::tensor::{Shape, Slice};

use super::{RecurrentGradients, RecurrentInputs, RecurrentOptions};
use crate::values::Values;
use cells::Weights;

/// The gradients of x, W, U, the bias and the initial state; `None` where none was wanted.
pub(crate) type Gradients<B> = (
    Option<FloatTensor<B>>,
    Option<FloatTensor<B>>,
    Option<FloatTensor<B>>,
    Option<FloatTensor<B>>,
    Option<FloatTensor<B>>,
);

/// The rows of the sequence and of the final states, `[B·T + S·B, H]`.
///
/// On an autodiff backend, and on `Dispatch` with autodiff tensors, Burn's own gradient applies.
pub(crate) fn forward<B: Backend>(inputs: RecurrentInputs<B>, options: RecurrentOptions) -> FloatTensor<B> {
    run(inputs, options).0
}

/// The same, and what the backward pass needs: per step the activations and the state before it,
/// `[B, T, K]`.
pub(crate) fn record<B: Backend>(
    inputs: RecurrentInputs<B>,
    options: RecurrentOptions,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let (packed, saved) = run(inputs, options);
    (packed, Values::stack(saved).0)
}

/// The packed output, and what is saved of each step in the order of time.
fn run<B: Backend>(inputs: RecurrentInputs<B>, options: RecurrentOptions) -> (FloatTensor<B>, Vec<Values<B>>) {
    let call = Call::new(inputs, options);
    let [batch, steps, features] = call.x.dims();
    let projected = call.x.clone().reshape([batch * steps, features]).matmul(&call.weights.input);
    let projected = match call.weights.bias.clone() {
        Some(bias) => projected.add_to_rows(bias),
        None => projected,
    };
    let projected = projected.reshape([batch, steps, options.cell.gates() * call.weights.hidden]);

    let (mut outputs, mut saved) = (vec![], vec![]);
    let mut state = call.state.clone();
    for step in call.order() {
        let (next, activations) = options.cell.step(projected.step(step), &state, &call.weights);
        saved.push(Values::cat([activations, state.clone()].concat(), 1));
        state = call.carry(step, next, state);
        outputs.push(call.output(step, state[0].clone()));
    }
    if options.reverse {
        outputs.reverse();
        saved.reverse();
    }
    let sequence = Values::stack(outputs).reshape([batch * steps, call.weights.hidden]);
    (Values::cat([vec![sequence], state].concat(), 0).0, saved)
}

/// The gradients that `wanted` names, given the gradient of the packed output.
pub(crate) fn backward<B: Backend>(
    inputs: RecurrentInputs<B>,
    saved: FloatTensor<B>,
    output_grad: FloatTensor<B>,
    options: RecurrentOptions,
    wanted: RecurrentGradients,
) -> Gradients<B> {
    let call = Call::new(inputs, options);
    let (saved, output_grad) = (Values::<B>(saved), Values::<B>(output_grad));
    let [batch, steps, features] = call.x.dims();
    let hidden = call.weights.hidden;
    let rows = batch * steps;
    let sequence_grad = output_grad.clone().slice(0, 0..rows).reshape([batch, steps, hidden]);

    let final_grad = |index: usize| output_grad.clone().slice(0, rows + index * batch..rows + (index + 1) * batch);
    let mut state_grad: Vec<_> = (0..options.cell.states()).map(final_grad).collect();
    let mut grad_recurrent = call.weights.zeros();
    let mut gate_grads = vec![];
    for step in call.order().into_iter().rev() {
        state_grad[0] = state_grad[0].clone() + call.output(step, sequence_grad.step(step));
        let parts = saved.step(step).blocks(hidden);
        let back = options.cell.step_backward(&parts, &state_grad, &call.weights);
        // Without NaN in the masked steps of x there is none in `back`.
        grad_recurrent.add(back.recurrent.map(|grad| call.zero_masked(step, grad)));
        gate_grads.push(call.zero_masked(step, back.gates));
        state_grad = call.carry(step, back.state, state_grad);
    }
    if !options.reverse {
        gate_grads.reverse();
    }
    let gates = Values::stack(gate_grads).reshape([rows, options.cell.gates() * hidden]);
    let grad_x = || gates.matmul(&call.weights.input.transpose()).reshape([batch, steps, features]);
    let x = call.x.clone().reshape([rows, features]);
    let (grad_hh, grad_recurrent_bias) = grad_recurrent.finish();
    let grad_bias = || match options.cell.has_recurrent_bias() {
        true => Values::cat(vec![gates.sum_rows(), grad_recurrent_bias], 0),
        false => gates.sum_rows(),
    };
    (
        wanted.x.then(|| grad_x().0),
        wanted.weight_ih.then(|| x.transpose().matmul(&gates).0),
        wanted.weight_hh.then_some(grad_hh.0),
        wanted.bias.then(|| grad_bias().0),
        wanted.state.then(|| Values::cat(state_grad, 1).0),
    )
}

/// The tensors of a call, with masked steps of x replaced by zeros.
struct Call<B: Backend> {
    x: Values<B>,
    weights: Weights<B>,
    /// The initial state: hidden, and the cell where there is one.
    state: Vec<Values<B>>,
    /// `[B, T]`, true where a step does not count.
    masked: Option<BoolTensor<B>>,
    options: RecurrentOptions,
}

impl<B: Backend> Call<B> {
    fn new(inputs: RecurrentInputs<B>, options: RecurrentOptions) -> Self {
        let x = Values::<B>(inputs.x);
        let [batch, steps, features] = x.dims();
        let masked = inputs.mask.into_option().map(B::bool_not);
        let x = match masked.clone() {
            Some(masked) => {
                let masked = B::bool_reshape(masked, Shape::from([batch, steps, 1]));
                x.zero_where(B::bool_expand(masked, Shape::from([batch, steps, features])))
            }
            None => x,
        };
        let bias = inputs.bias.into_option().map(Values);
        let weights = Weights::new(Values(inputs.weight_ih), Values(inputs.weight_hh), bias, options.cell);
        let width = options.cell.states() * weights.hidden;
        let state = inputs.state.into_option().map_or_else(|| Values::zeros([batch, width], &x), Values);
        let state = state.blocks(weights.hidden);
        Self { x, weights, state, masked, options }
    }

    /// The steps in the order in which they are processed.
    fn order(&self) -> Vec<usize> {
        let [_, steps, _] = self.x.dims();
        if self.options.reverse { (0..steps).rev().collect() } else { (0..steps).collect() }
    }

    /// `[B, width]`, true where the step does not count.
    fn masked(&self, step: usize, width: usize) -> Option<BoolTensor<B>> {
        let [batch, _, _] = self.x.dims();
        self.masked.clone().map(|masked| {
            let slices = [Slice::from(0..batch), Slice::from(step..step + 1)];
            B::bool_expand(B::bool_slice(masked, &slices), Shape::from([batch, width]))
        })
    }

    /// `next`, but `before` in the sequences whose step does not count.
    fn carry(&self, step: usize, next: Vec<Values<B>>, before: Vec<Values<B>>) -> Vec<Values<B>> {
        match self.masked(step, self.weights.hidden) {
            Some(masked) => {
                let pairs = next.into_iter().zip(before);
                pairs.map(|(next, before)| next.or_where(masked.clone(), before)).collect()
            }
            None => next,
        }
    }

    fn zero_masked(&self, step: usize, values: Values<B>) -> Values<B> {
        let [_, width] = values.dims();
        match self.masked(step, width) {
            Some(masked) => values.zero_where(masked),
            None => values,
        }
    }

    /// What the step puts out; it serves for the gradient as well.
    fn output(&self, step: usize, hidden: Values<B>) -> Values<B> {
        if self.options.zero_output_for_mask { self.zero_masked(step, hidden) } else { hidden }
    }
}
