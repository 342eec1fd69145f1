//! A linear map of features, the heart of a dense layer.
//!
//! ```text
//! y  = x·W + b        x [B, I]    W [I, O]    b [O]    y [B, O]
//! dx = dy·Wᵀ          dW = xᵀ·dy          db = Σ_B dy
//! ```

#[cfg(feature = "flex")]
pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::weighted::weighted;
use crate::{Backend, route};

/// The operation, which has no options.
#[derive(Clone, Debug)]
pub(crate) struct Operation;

weighted!(Operation, |_operation| dense_forward(), dense_backward);

/// Multiplies `x` `[B, I]` by `weight` `[I, O]` and adds `bias` `[O]` to each row: `[B, O]`.
///
/// Runs on any device, and differentiates with respect to all three tensors on an autodiff device, as one step. On Flex with
/// 32-bit floats a kernel of this crate does the work. Equal input gives equal bytes, whatever the number of threads.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_backend::linear;
///
/// let device = Device::flex();
/// let x = Tensor::<2>::from_floats([[1.0, 2.0]], &device);
/// let weight = Tensor::from_floats([[1.0, 0.0, 2.0], [0.0, 1.0, 3.0]], &device);
/// let y = linear(x, weight, Some(Tensor::from_floats([0.5, 0.0, 0.0], &device)));
/// assert_eq!(y.into_data().try_to_vec::<f32>().unwrap(), [1.5, 2.0, 8.0]);
/// ```
///
/// # Panics
///
/// When the features of `x` are not the rows of `weight`, or the bias does not have its columns; the message shows the shapes.
pub fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<1>>) -> Tensor<2> {
    let ([batch, features], [rows, columns]) = (x.dims(), weight.dims());
    let fits = bias.as_ref().is_none_or(|bias| bias.dims() == [columns]);
    assert!(
        features == rows && fits,
        "linear of x [{batch}, {features}] with weight [{rows}, {columns}] and bias {:?}: x must have {rows} features, the bias \
         {columns} numbers",
        bias.map(|bias| bias.dims()),
    );
    let (x, weight, bias) = (route::into_float(x), route::into_float(weight), bias.map(route::into_float));
    let y = if route::is_listed(&x) {
        <Dispatch as Backend>::dense_forward(x, weight, bias.into())
    } else {
        reference::forward::<Dispatch>(x, weight, bias)
    };
    Tensor::from_dispatch(y)
}
