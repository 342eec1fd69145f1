//! Dropout (Srivastava et al., 2014, <https://jmlr.org/papers/v15/srivastava14a.html>).
//!
//! ```text
//! y = x·m / (1 − p)        m = 1 with probability 1 − p, else 0        dx = dy·m / (1 − p)
//! ```
//!
//! m has a shape of its own: where an axis of it is 1, all of that axis share a draw.
//!
//! On Flex m is not stored: it follows from two numbers, drawn from the device's generator, and the place of each element, through
//! a mixing function of integers (so the device's seed decides it, whatever the number of threads), and is computed again for the
//! gradient.

pub(crate) mod autodiff;
#[cfg(feature = "flex")]
pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::{Shape, Tensor};

use crate::{Backend, route};

/// Sets a share `rate` of the draws of `mask` to 0 and divides the rest by 1 − `rate`.
///
/// `mask` is the shape of `x`, or 1 in axes whose elements share a draw. Runs on any device, and differentiates with respect to
/// `x` on an autodiff device. Draws from the device's generator: equal seeds give equal bytes.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_backend::dropout;
///
/// let device = Device::flex();
/// let y = dropout(Tensor::<2>::ones([64, 64], &device), [64, 64], 0.5);
/// let y = y.into_data().try_to_vec::<f32>().unwrap();
/// assert!(y.iter().all(|value| [0.0, 2.0].contains(value)));
/// assert!((y.iter().sum::<f32>() / 4096.0 - 1.0).abs() < 0.1);
/// ```
///
/// # Panics
///
/// When `rate` is not at least 0 and below 1, or an axis of `mask` is neither that of `x` nor 1.
pub fn dropout<const D: usize>(x: Tensor<D>, mask: [usize; D], rate: f64) -> Tensor<D> {
    let dims = x.dims();
    assert!((0.0..1.0).contains(&rate), "dropout of {dims:?}: the rate {rate} must be at least 0 and below 1");
    let fits = dims.iter().zip(&mask).all(|(size, draws)| draws == size || *draws == 1);
    assert!(fits, "dropout of {dims:?}: each axis of the mask {mask:?} must be that of the tensor or 1");
    if rate == 0.0 {
        return x;
    }
    let x = route::into_float(x);
    let mask = Shape::from(mask);
    let y = if route::is_listed(&x) {
        <Dispatch as Backend>::dropout_forward(x, mask, rate)
    } else {
        let drawn = reference::draw::<Dispatch>(&x, mask, rate);
        reference::apply::<Dispatch>(x, drawn)
    };
    Tensor::from_dispatch(y)
}
