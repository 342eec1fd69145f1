//! The recurrent layer alone: forward, the sum of all its states, and the gradients of its input and weights.

use burn::prelude::*;
use burn::tensor::Distribution;

use super::{BATCH, FEATURES};
use crate::Rows;
use crate::rate::{Rate, rate};

/// Steps of ever longer sequences, with the names of their rows.
const LONG: [(&str, usize); 7] = [
    ("layer-50", 50),
    ("layer-100", 100),
    ("layer-200", 200),
    ("layer-400", 400),
    ("layer-800", 800),
    ("layer-1600", 1600),
    ("layer-3200", 3200),
];

/// Sequences per second at ever more steps, up to `longest`.
pub(crate) fn long(sequence: impl Fn(Tensor<3>) -> Tensor<3>, longest: usize, seconds: f64) -> Rows {
    let steps = LONG.into_iter().filter(|(_, steps)| *steps <= longest);
    steps.map(|(kind, steps)| (kind, at(steps, &sequence, seconds))).collect()
}

/// Sequences per second at so many steps.
pub(crate) fn at(steps: usize, sequence: impl Fn(Tensor<3>) -> Tensor<3>, seconds: f64) -> Rate {
    let device = Device::flex().autodiff();
    let x = Tensor::random([BATCH, steps, FEATURES], Distribution::Normal(0.0, 1.0), &device).require_grad();
    rate(BATCH, seconds, || drop(std::hint::black_box(sequence(x.clone()).sum().backward())))
}
