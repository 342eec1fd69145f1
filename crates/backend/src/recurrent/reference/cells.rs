//! One step of each cell, and its gradient. Shapes are `[B, H]`, those of all gates `[B, G·H]`.

use burn::backend::Backend;

use super::super::{Cell, GruReset, LstmGates, RnnActivation};
use crate::values::Values;

/// The weights of a cell.
pub(super) struct Weights<B: Backend> {
    /// W `[I, G·H]`
    pub(super) input: Values<B>,
    /// U `[H, G·H]`
    pub(super) recurrent: Values<B>,
    /// b `[G·H]`
    pub(super) bias: Option<Values<B>>,
    /// b' `[G·H]`, where the cell has it.
    pub(super) recurrent_bias: Option<Values<B>>,
    /// H
    pub(super) hidden: usize,
}

impl<B: Backend> Weights<B> {
    pub(super) fn new(input: Values<B>, recurrent: Values<B>, bias: Option<Values<B>>, cell: Cell) -> Self {
        let [hidden, width] = recurrent.dims();
        let recurrent_bias =
            bias.clone().filter(|_| cell.has_recurrent_bias()).map(|bias| bias.slice(0, width..2 * width));
        let bias = bias.map(|bias| bias.slice(0, 0..width));
        Self { input, recurrent, bias, recurrent_bias, hidden }
    }

    /// No gradient yet of U and b'.
    pub(super) fn zeros(&self) -> Recurrent<B> {
        let [hidden, width] = self.recurrent.dims();
        Recurrent {
            weight: Values::zeros([hidden, width], &self.recurrent),
            bias: Values::zeros([width], &self.recurrent),
        }
    }

    /// h·U + b'
    fn recur(&self, hidden: &Values<B>) -> Values<B> {
        let product = hidden.matmul(&self.recurrent);
        match self.recurrent_bias.clone() {
            Some(bias) => product.add_to_rows(bias),
            None => product,
        }
    }

    /// The columns of U for some gates.
    fn recurrent_gates(&self, gates: std::ops::Range<usize>) -> Values<B> {
        self.recurrent.clone().slice(1, gates.start * self.hidden..gates.end * self.hidden)
    }
}

/// The gradients of U and b'.
pub(super) struct Recurrent<B: Backend> {
    weight: Values<B>,
    bias: Values<B>,
}

impl<B: Backend> Recurrent<B> {
    pub(super) fn add(&mut self, step: Products<B>) {
        let parts = step.0.into_iter();
        let (weights, biases) = parts.map(|(left, grad)| (left.transpose().matmul(&grad), grad.sum_rows())).unzip();
        self.weight = self.weight.clone() + Values::cat(weights, 1);
        self.bias = self.bias.clone() + Values::cat(biases, 0);
    }

    pub(super) fn finish(self) -> (Values<B>, Values<B>) {
        (self.weight, self.bias)
    }
}

/// The products with columns of U that a step made, from the first column to the last: the left-hand
/// side of each, and the gradient of its result.
pub(super) struct Products<B: Backend>(Vec<(Values<B>, Values<B>)>);

impl<B: Backend> Products<B> {
    /// The same with other gradients.
    pub(super) fn map(self, change: impl Fn(Values<B>) -> Values<B>) -> Self {
        Self(self.0.into_iter().map(|(left, grad)| (left, change(grad))).collect())
    }
}

/// The gradients of one step.
pub(super) struct StepGradients<B: Backend> {
    /// Of x·W + b, `[B, G·H]`.
    pub(super) gates: Values<B>,
    /// Of the products with U.
    pub(super) recurrent: Products<B>,
    /// Of the state before.
    pub(super) state: Vec<Values<B>>,
}

/// σ' = σ·(1 − σ), times the gradient.
fn sigmoid_gradient<B: Backend>(output: &Values<B>, grad: Values<B>) -> Values<B> {
    grad * output.clone() * output.complement()
}

/// tanh' = 1 − tanh², times the gradient.
fn tanh_gradient<B: Backend>(output: &Values<B>, grad: Values<B>) -> Values<B> {
    grad * (output.clone() * output.clone()).complement()
}

impl Cell {
    /// The state after a step, and the activations that the backward pass needs, given x·W + b.
    pub(super) fn step<B: Backend>(
        self,
        x: Values<B>,
        state: &[Values<B>],
        weights: &Weights<B>,
    ) -> (Vec<Values<B>>, Vec<Values<B>>) {
        match self {
            Self::Lstm(gates) => lstm_step(gates, x, state, weights),
            Self::Gru(reset) => gru_step(reset, x, &state[0], weights),
            Self::Rnn(activation) => {
                let sum = x + weights.recur(&state[0]);
                let hidden = match activation {
                    RnnActivation::Tanh => sum.tanh(),
                    RnnActivation::Relu => sum.relu(),
                };
                (vec![hidden.clone()], vec![hidden])
            }
        }
    }

    /// The gradients of a step, given what it saved (activations, then the state before) and the
    /// gradient of the state after it.
    pub(super) fn step_backward<B: Backend>(
        self,
        saved: &[Values<B>],
        grad: &[Values<B>],
        weights: &Weights<B>,
    ) -> StepGradients<B> {
        match self {
            Self::Lstm(gates) => lstm_backward(gates, saved, grad, weights),
            Self::Gru(reset) => gru_backward(reset, saved, &grad[0], weights),
            Self::Rnn(activation) => {
                let gates = match activation {
                    RnnActivation::Tanh => tanh_gradient(&saved[0], grad[0].clone()),
                    RnnActivation::Relu => saved[0].relu_gradient(grad[0].clone()),
                };
                let state = vec![gates.matmul(&weights.recurrent.transpose())];
                let recurrent = Products(vec![(saved[1].clone(), gates.clone())]);
                StepGradients { gates, recurrent, state }
            }
        }
    }
}

fn lstm_step<B: Backend>(
    gates: LstmGates,
    x: Values<B>,
    state: &[Values<B>],
    weights: &Weights<B>,
) -> (Vec<Values<B>>, Vec<Values<B>>) {
    let sums = (x + weights.recur(&state[0])).blocks(weights.hidden);
    let [f, g, o] = [1, 2, 3].map(|gate| sums[sums.len() + gate - 4].clone());
    let (f, g, o) = (f.sigmoid(), g.tanh(), o.sigmoid());
    let i = match gates {
        LstmGates::Separate => sums[0].clone().sigmoid(),
        LstmGates::Coupled => f.complement(),
    };

    let cell = f.clone() * state[1].clone() + i.clone() * g.clone();
    let tanh_cell = cell.clone().tanh();
    let hidden = o.clone() * tanh_cell.clone();
    (vec![hidden, cell], vec![i, f, g, o, tanh_cell])
}

fn lstm_backward<B: Backend>(
    gates: LstmGates,
    saved: &[Values<B>],
    grad: &[Values<B>],
    weights: &Weights<B>,
) -> StepGradients<B> {
    let [i, f, g, o, tanh_cell, hidden_before, cell_before] = [0, 1, 2, 3, 4, 5, 6].map(|part| saved[part].clone());
    let grad_cell = grad[1].clone() + tanh_gradient(&tanh_cell, grad[0].clone() * o.clone());
    let grad_i = grad_cell.clone() * g.clone();
    let grad_f = grad_cell.clone() * cell_before;
    let grad_g = tanh_gradient(&g, grad_cell.clone() * i.clone());
    let grad_o = sigmoid_gradient(&o, grad[0].clone() * tanh_cell);

    let gate_grads = match gates {
        LstmGates::Separate => {
            vec![sigmoid_gradient(&i, grad_i), sigmoid_gradient(&f, grad_f), grad_g, grad_o]
        }
        LstmGates::Coupled => vec![sigmoid_gradient(&f, grad_f - grad_i), grad_g, grad_o],
    };
    let gates = Values::cat(gate_grads, 1);
    let state = vec![gates.matmul(&weights.recurrent.transpose()), grad_cell * f];
    StepGradients { recurrent: Products(vec![(hidden_before, gates.clone())]), gates, state }
}

fn gru_step<B: Backend>(
    reset: GruReset,
    x: Values<B>,
    hidden: &Values<B>,
    weights: &Weights<B>,
) -> (Vec<Values<B>>, Vec<Values<B>>) {
    let size = weights.hidden;
    let x_n = x.clone().slice(1, 2 * size..3 * size);
    let x_rz = x.slice(1, 0..2 * size);
    let (r, z, n, product) = match reset {
        GruReset::After => {
            let sums = weights.recur(hidden);
            let rz = (x_rz + sums.clone().slice(1, 0..2 * size)).sigmoid().blocks(size);
            let product = sums.slice(1, 2 * size..3 * size);
            let n = (x_n + rz[0].clone() * product.clone()).tanh();
            (rz[0].clone(), rz[1].clone(), n, Some(product))
        }
        GruReset::Before => {
            let rz = (x_rz + hidden.matmul(&weights.recurrent_gates(0..2))).sigmoid().blocks(size);
            let n = (x_n + (rz[0].clone() * hidden.clone()).matmul(&weights.recurrent_gates(2..3))).tanh();
            (rz[0].clone(), rz[1].clone(), n, None)
        }
    };
    let next = z.clone() * hidden.clone() + z.complement() * n.clone();
    (vec![next], [r, z, n].into_iter().chain(product).collect())
}

fn gru_backward<B: Backend>(
    reset: GruReset,
    saved: &[Values<B>],
    grad: &Values<B>,
    weights: &Weights<B>,
) -> StepGradients<B> {
    let [r, z, n] = [0, 1, 2].map(|part| saved[part].clone());
    let hidden = saved[saved.len() - 1].clone();
    let grad_z = sigmoid_gradient(&z, grad.clone() * (hidden.clone() - n.clone()));
    let grad_n = tanh_gradient(&n, grad.clone() * z.complement());
    let through_z = grad.clone() * z;

    match reset {
        GruReset::After => {
            let product = saved[3].clone();
            let grad_r = sigmoid_gradient(&r, grad_n.clone() * product);
            let grad_rz = Values::cat(vec![grad_r, grad_z], 1);
            let recurrent = Values::cat(vec![grad_rz.clone(), grad_n.clone() * r], 1);
            let state = vec![through_z + recurrent.matmul(&weights.recurrent.transpose())];
            let gates = Values::cat(vec![grad_rz, grad_n], 1);
            StepGradients { gates, recurrent: Products(vec![(hidden, recurrent)]), state }
        }
        GruReset::Before => {
            let grad_reset = grad_n.matmul(&weights.recurrent_gates(2..3).transpose());
            let grad_r = sigmoid_gradient(&r, grad_reset.clone() * hidden.clone());
            let grad_rz = Values::cat(vec![grad_r, grad_z], 1);
            let through_rz = grad_rz.matmul(&weights.recurrent_gates(0..2).transpose());
            let state = vec![through_z + grad_reset * r.clone() + through_rz];
            let gates = Values::cat(vec![grad_rz.clone(), grad_n.clone()], 1);
            let products = vec![(hidden.clone(), grad_rz), (r * hidden, grad_n)];
            StepGradients { gates, recurrent: Products(products), state }
        }
    }
}
