//! Neighbouring layers that run as one operation, with the results that they have one by one.
//!
//! ```text
//! conv2d, activation, max_pool2d        any of the last two may be missing; the activation may be the convolution's own
//! batch_norm, activation
//! dense, activation
//! ```

use crate::{Activation, ActivationFn, BatchNorm, Conv2d, Layer, Linear, MaxPool2d};

/// The most layers that run as one.
pub(crate) const LONGEST: usize = 3;

/// Layers that run as one operation; their weights are those of the first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fused<'a> {
    first: Weighted<'a>,
    activation: ActivationFn,
    pool: Option<&'a MaxPool2d>,
    len: usize,
}

#[derive(Clone, Copy, Debug)]
enum Weighted<'a> {
    Conv2d(&'a Conv2d),
    BatchNorm(&'a BatchNorm),
    Linear(&'a Linear),
}

impl<'a> Fused<'a> {
    /// What `layers` begin with, where that is more than one layer.
    pub(crate) fn at_start(layers: &'a [Layer]) -> Option<Self> {
        let (first, mut rest) = layers.split_first()?;
        let (first, mut activation) = match first {
            Layer::Conv2d(conv) => (Weighted::Conv2d(conv), conv.activation()),
            Layer::BatchNorm(norm) => (Weighted::BatchNorm(norm), norm.activation()),
            Layer::Linear(linear) => (Weighted::Linear(linear), linear.activation()),
            _ => return None,
        };
        if let (ActivationFn::Linear, [Layer::Activation(layer), behind @ ..]) = (activation, rest) {
            (activation, rest) = (layer.function(), behind);
        }
        let pool = match (first, rest) {
            (Weighted::Conv2d(_), [Layer::MaxPool2d(pool), behind @ ..]) => {
                rest = behind;
                Some(pool)
            }
            _ => None,
        };
        let len = layers.len() - rest.len();
        (len > 1).then_some(Self { first, activation, pool, len })
    }

    /// How many layers run as one.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The output of the last of them.
    ///
    /// # Panics
    /// When the layers were made for another shape.
    pub(crate) fn apply(&self, x: Activation) -> Activation {
        match self.first {
            Weighted::Conv2d(conv) => conv.forward_fused(x.into_tensor(), self.activation, self.pool).into(),
            Weighted::BatchNorm(norm) => norm.apply_with(x, self.activation),
            Weighted::Linear(linear) => linear.forward_with(x.into_tensor(), self.activation).into(),
        }
    }
}

#[cfg(test)]
mod tests;
