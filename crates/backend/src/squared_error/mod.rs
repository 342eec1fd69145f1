//! The mean squared error.
//!
//! ```text
//! loss = Σ (x − t)² / n        dx = 2·(x − t)/n·dloss        dt = −dx        n numbers
//! ```

pub(crate) mod autodiff;
#[cfg(feature = "flex")]
pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::{Backend, route};

/// The mean of the squared differences of `x` and `target`, of one shape: `[1]`.
///
/// Runs on any device, and differentiates with respect to both on an autodiff device. On Flex with 32-bit floats forward and
/// backward are one pass each. Equal input gives equal bytes, whatever the number of threads.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_backend::mean_squared_error;
///
/// let device = Device::flex();
/// let x = Tensor::<1>::from_floats([1.0, 2.0], &device);
/// let loss = mean_squared_error(x, Tensor::from_floats([1.0, 4.0], &device));
/// assert_eq!(loss.into_scalar::<f32>(), 2.0);
/// ```
///
/// # Panics
///
/// When the shapes differ or there are no numbers; the message shows both shapes.
pub fn mean_squared_error<const D: usize>(x: Tensor<D>, target: Tensor<D>) -> Tensor<1> {
    let (of_x, of_target) = (x.dims(), target.dims());
    assert!(
        of_x == of_target && !of_x.contains(&0),
        "mean squared error: x {of_x:?} and target {of_target:?} must have the same shape, and numbers"
    );
    let (x, target) = (route::into_float(x), route::into_float(target));
    let loss = if route::is_listed(&x) {
        <Dispatch as Backend>::squared_error_forward(x, target)
    } else {
        reference::forward::<Dispatch>(x, target)
    };
    Tensor::from_dispatch(loss)
}
