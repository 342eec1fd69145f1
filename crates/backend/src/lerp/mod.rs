//! Linear interpolation, in place where it can be: how a running average takes in a new value.
//!
//! ```text
//! y = a + s·(v − a)      a the average, v the value, s the share of the value
//! ```
//!
//! Element by element, all of one shape; s = 1 − decay makes an exponential moving average, s = 1/n a
//! plain one of n values. Written as separate operations it reads and writes memory three times.

#[cfg(feature = "flex")]
pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::{Backend, route};

/// Moves `average` towards `value` by `share` of their distance: `average + share · (value − average)`.
///
/// Runs on any device, and is differentiated by Burn on an autodiff device. On Flex with 32-bit floats
/// one pass over memory does the work, in the buffer of `average` when no other tensor shares it; the
/// result is the reference's to the last bit.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_backend::lerp;
///
/// let device = Device::flex();
/// let average = Tensor::<1>::from_floats([0.0, 8.0], &device);
/// let value = Tensor::<1>::from_floats([4.0, 4.0], &device);
/// let average = lerp(average, value, 0.25);
/// assert_eq!(average.into_data().try_to_vec::<f32>().unwrap(), [1.0, 7.0]);
/// ```
///
/// # Panics
///
/// When the shapes differ; the message shows both.
pub fn lerp<const D: usize>(average: Tensor<D>, value: Tensor<D>, share: f32) -> Tensor<D> {
    let (of_average, of_value) = (average.dims(), value.dims());
    assert!(of_average == of_value, "lerp: average {of_average:?} and value {of_value:?} must have the same shape");

    let (average, value) = (route::into_float(average), route::into_float(value));
    let y = if route::is_listed(&average) {
        <Dispatch as Backend>::lerp(average, value, share)
    } else {
        reference::lerp::<Dispatch>(average, value, share)
    };
    Tensor::from_dispatch(y)
}
