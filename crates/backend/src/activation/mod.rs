//! Activation functions, element by element, with gradients from the output where that is enough.
//!
//! ```text
//! relu(x)  = max(x, 0)                          dx = dy where y > 0, else 0
//! leaky(x) = x if x > 0 else s·x                dx = dy where y > 0, else s·dy
//! elu(x)   = x if x > 0 else α·(eˣ − 1)         dx = dy where y > 0, else (y + α)·dy
//! σ(x)     = 1 / (1 + e⁻ˣ)                      dx = y·(1 − y)·dy
//! tanh(x)                                       dx = (1 − y²)·dy
//! silu(x)  = x·σ(x)                             dx = σ(x)·(1 + x·(1 − σ(x)))·dy
//! gelu(x)  = x·Φ(x)                             dx = (Φ(x) + x·φ(x))·dy
//! ```
//!
//! Φ and φ are the distribution and the density of the standard normal; the tanh formula of gelu is
//! x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))) (Hendrycks & Gimpel, 2016, <https://arxiv.org/abs/1606.08415>).

pub(crate) mod autodiff;
#[cfg(feature = "flex")]
pub(crate) mod curves;
#[cfg(feature = "flex")]
pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::{Backend, route};

/// A function applied to every number; the formulas are those of [this module](self).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Activation {
    /// max(x, 0).
    Relu,
    /// x where positive, else s · x.
    LeakyRelu {
        /// s, the slope below zero.
        slope: f64,
    },
    /// x where positive, else α · (eˣ − 1).
    Elu {
        /// α.
        alpha: f64,
    },
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
    /// x · σ(x), also known as swish.
    Silu,
    /// x · Φ(x), exact.
    Gelu,
    /// x · Φ(x) by the tanh formula.
    GeluTanh,
}

impl Activation {
    /// Whether the gradient needs the input; for the others the output is enough.
    pub fn needs_input(self) -> bool {
        match self {
            Self::Relu | Self::Sigmoid | Self::Tanh => false,
            // Below zero the output is not: its sign is the other one.
            Self::LeakyRelu { slope: below } | Self::Elu { alpha: below } => below < 0.0,
            Self::Silu | Self::Gelu | Self::GeluTanh => true,
        }
    }
}

/// Applies `activation` to every number of `x`; the shape stays.
///
/// Runs on any device, and differentiates with respect to `x` on an autodiff device. On Flex with 32-bit floats one pass of
/// vector instructions does the work, over `x` itself where no one else holds it; it agrees with Burn's own operations to
/// some units in the last place. Equal input gives equal bytes, whatever the number of threads.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_backend::{Activation, activation};
///
/// let device = Device::flex().autodiff();
/// let x = Tensor::<1>::from_floats([-1.0, 3.0], &device).require_grad();
/// let y = activation(x.clone(), Activation::LeakyRelu { slope: 0.25 });
/// assert_eq!(y.clone().into_data().try_to_vec::<f32>().unwrap(), [-0.25, 3.0]);
///
/// let gradient = x.grad(&y.sum().backward()).unwrap().into_data();
/// assert_eq!(gradient.try_to_vec::<f32>().unwrap(), [0.25, 1.0]);
/// ```
pub fn activation<const D: usize>(x: Tensor<D>, activation: Activation) -> Tensor<D> {
    let x = route::into_float(x);
    let y = if route::is_listed(&x) {
        <Dispatch as Backend>::activation_forward(x, activation)
    } else {
        reference::forward::<Dispatch>(x, activation)
    };
    Tensor::from_dispatch(y)
}
