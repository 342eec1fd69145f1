//! The sum of a tensor's squares: what its Euclidean norm is the root of.
//!
//! ```text
//! y = Σ x[i]²
//! ```
//!
//! Norms of gradients are taken after every backward pass; written as a product and a sum it makes a
//! tensor as large as the gradient.

#[cfg(feature = "flex")]
pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::{Backend, route};

/// The sum of the squares of all elements, as a tensor `[1]`.
///
/// Runs on any device, and is differentiated by Burn on an autodiff device. On Flex with 32-bit floats
/// the tensor is read once, by all threads; equal input gives equal bytes, whatever their number.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_backend::sum_of_squares;
///
/// let gradient = Tensor::<2>::from_floats([[3.0, 0.0], [0.0, 4.0]], &Device::flex());
/// assert_eq!(sum_of_squares(gradient).into_scalar::<f32>(), 25.0);
/// ```
pub fn sum_of_squares<const D: usize>(x: Tensor<D>) -> Tensor<1> {
    let x = route::into_float(x);
    let y = if route::is_listed(&x) {
        <Dispatch as Backend>::sum_of_squares(x)
    } else {
        reference::sum_of_squares::<Dispatch>(x)
    };
    Tensor::from_dispatch(y)
}
