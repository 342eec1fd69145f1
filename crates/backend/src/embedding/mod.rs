//! The rows of a table, looked up by their numbers.
//!
//! ```text
//! y[b, t, :]    = weight[ids[b, t], :]
//! dweight[r, :] = Σ dy[b, t, :] over all b, t with ids[b, t] = r;   0 for the padding row
//!
//! weight  [V, E]        V rows of E features
//! ids     [B, T]        whole numbers from 0 to V − 1
//! y, dy   [B, T, E]
//! ```

pub(crate) mod autodiff;
#[cfg(feature = "flex")]
pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::{Int, Tensor};

use crate::{Backend, route};

/// Looks up rows of `weight` `[V, E]`: `ids` `[B, T]` become `[B, T, E]`.
///
/// The row `padding_idx`, where there is one, is looked up as any other but gets no gradient (PyTorch's `padding_idx`).
/// Differentiates with respect to `weight`, in one pass over the gradient of the output. Equal input gives equal bytes,
/// whatever the number of threads.
///
/// ```
/// use burn::tensor::{Device, Int, Tensor};
/// use firebrick_backend::embedding;
///
/// let device = Device::flex().autodiff();
/// let weight = Tensor::<2>::from_floats([[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]], &device).require_grad();
/// let ids = Tensor::<2, Int>::from_ints([[2, 2, 0]], &device);
///
/// let y = embedding(weight.clone(), ids, Some(0));
/// assert_eq!(y.dims(), [1, 3, 2]);
/// let gradients = y.sum().backward();
/// let gradient = weight.grad(&gradients).unwrap().into_data();
/// assert_eq!(gradient.try_to_vec::<f32>().unwrap(), [0.0, 0.0, 0.0, 0.0, 2.0, 2.0]);
/// ```
///
/// # Panics
///
/// When `padding_idx` is not a row. On Flex also when an id is not one, with the id and its place; other devices do
/// not look, because it would mean waiting for them: check ids that come from outside before.
pub fn embedding(weight: Tensor<2>, ids: Tensor<2, Int>, padding_idx: Option<usize>) -> Tensor<3> {
    let rows = weight.dims()[0];
    if let Some(padding) = padding_idx {
        assert!(padding < rows, "embedding: padding_idx {padding} is not one of the {rows} rows of the weight");
    }
    let weight = route::into_float(weight);
    let ids = ids.into_dispatch();
    let y = if route::is_listed(&weight) {
        <Dispatch as Backend>::embedding_forward(weight, ids, padding_idx)
    } else {
        reference::forward::<Dispatch>(weight, ids, padding_idx)
    };
    Tensor::from_dispatch(y)
}
