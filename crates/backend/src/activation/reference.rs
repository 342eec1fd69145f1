//! The reference: the activations in Burn's own operations, for any backend and for Burn's `Dispatch`. What a kernel
//! computes must agree with it.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use burn::backend::{Backend, tensor::FloatTensor};

use super::Activation;
use crate::values::Values;

/// √(2/π).
const SQRT_2_OVER_PI: f64 = FRAC_2_SQRT_PI * FRAC_1_SQRT_2;
/// The factor of x³ in the tanh formula of gelu.
const CUBE: f64 = 0.044715;

/// The function of every number.
///
/// On an autodiff backend, and on `Dispatch` with autodiff tensors, Burn's own gradient applies.
pub(crate) fn forward<B: Backend>(x: FloatTensor<B>, activation: Activation) -> FloatTensor<B> {
    match activation {
        Activation::Relu => B::relu(x),
        Activation::LeakyRelu { slope } => B::leaky_relu(x, slope.into()),
        Activation::Elu { alpha } => {
            let below = Values::<B>(B::float_exp(x.clone())).plus(-1.0).times(alpha);
            let x = Values(x);
            x.choose(x.clone(), below).0
        }
        Activation::Sigmoid => B::sigmoid(x),
        Activation::Tanh => B::float_tanh(x),
        Activation::Silu => B::float_mul(x.clone(), B::sigmoid(x)),
        Activation::Gelu => B::gelu(x),
        Activation::GeluTanh => {
            let x = Values::<B>(x);
            let share = inner_of_gelu(&x).tanh().plus(1.0).times(0.5);
            (x * share).0
        }
    }
}

/// The gradient of the input, given that of the output, and the output or, where the activation needs it, the input.
pub(crate) fn backward<B: Backend>(
    kept: FloatTensor<B>,
    output_grad: FloatTensor<B>,
    activation: Activation,
) -> FloatTensor<B> {
    let (kept, dy) = (Values::<B>(kept), Values::<B>(output_grad));
    let gradient = match activation {
        Activation::Relu => kept.relu_gradient(dy),
        Activation::LeakyRelu { slope } => kept.choose(dy.clone(), dy.times(slope)),
        Activation::Elu { alpha } if activation.needs_input() => {
            let below = Values(B::float_exp(kept.0.clone())).times(alpha) * dy.clone();
            kept.choose(dy, below)
        }
        Activation::Elu { alpha } => kept.choose(dy.clone(), kept.clone().plus(alpha) * dy),
        Activation::Sigmoid => kept.clone() * kept.complement() * dy,
        Activation::Tanh => (kept.clone() * kept).complement() * dy,
        Activation::Silu => {
            let sigmoid = kept.clone().sigmoid();
            sigmoid.clone() * (kept * sigmoid.complement()).plus(1.0) * dy
        }
        Activation::Gelu => slope_of_gelu(kept) * dy,
        Activation::GeluTanh => slope_of_gelu_tanh(kept) * dy,
    };
    gradient.0
}

/// Φ(x) + x·φ(x). The gradient that Burn has for most backends is that of the tanh formula, 1e-3 away.
fn slope_of_gelu<B: Backend>(x: Values<B>) -> Values<B> {
    let share = Values::<B>(B::float_erf(x.clone().times(FRAC_1_SQRT_2).0)).plus(1.0).times(0.5);
    let density = Values::<B>(B::float_exp((x.clone() * x.clone()).times(-0.5).0)).times(0.5 * SQRT_2_OVER_PI);
    share + x * density
}

/// √(2/π)·(x + 0.044715·x³).
fn inner_of_gelu<B: Backend>(x: &Values<B>) -> Values<B> {
    let square = x.clone() * x.clone();
    (x.clone() * square.times(CUBE).plus(1.0)).times(SQRT_2_OVER_PI)
}

/// (1 + t)/2 + x/2·(1 − t²)·√(2/π)·(1 + 3·0.044715·x²), t the tanh of the formula.
fn slope_of_gelu_tanh<B: Backend>(x: Values<B>) -> Values<B> {
    let tanh = inner_of_gelu(&x).tanh();
    let inner_slope = (x.clone() * x.clone()).times(3.0 * CUBE).plus(1.0).times(SQRT_2_OVER_PI);
    let curve = (tanh.clone() * tanh.clone()).complement();
    (tanh.plus(1.0) + x * curve * inner_slope).times(0.5)
}
