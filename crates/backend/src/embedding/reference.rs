//! The reference: the lookup in Burn's own operations, for any backend and for Burn's `Dispatch`. What a kernel computes
//! must agree with it.

use burn::backend::ops::ModuleOps;
use burn::backend::{Backend, Scalar, TensorMetadata, get_or_init_device_settings};
use burn::backend::{tensor::FloatTensor, tensor::IntTensor};
use burn::tensor::Shape;

/// The rows `ids` `[B, T]` of `weight` `[V, E]`, `[B, T, E]`.
///
/// On an autodiff backend, and on `Dispatch` with autodiff tensors, Burn's own gradient applies: it is stopped at the
/// padding row.
pub(crate) fn forward<B: Backend>(
    weight: FloatTensor<B>,
    ids: IntTensor<B>,
    padding_idx: Option<usize>,
) -> FloatTensor<B> {
    let y = <B as ModuleOps<B>>::embedding(weight.clone(), ids.clone());
    let Some(padding) = padding_idx else { return y };
    let untracked = <B as ModuleOps<B>>::embedding(B::float_detach(weight), ids.clone());
    let is_padding = at_padding::<B>(&y, ids, padding);
    B::float_mask_where(y, is_padding, untracked)
}

/// The gradient of the weight, `[V, E]`, given that of the output; V is `rows`.
pub(crate) fn gradient<B: Backend>(
    output_grad: FloatTensor<B>,
    ids: IntTensor<B>,
    rows: usize,
    padding_idx: Option<usize>,
) -> FloatTensor<B> {
    let shape = output_grad.shape();
    let features = shape[2];
    let output_grad = match padding_idx {
        Some(padding) => {
            let is_padding = at_padding::<B>(&output_grad, ids.clone(), padding);
            B::float_mask_fill(output_grad, is_padding, Scalar::from(0.0))
        }
        None => output_grad,
    };
    let weight = B::float_zeros(Shape::new([rows, features]), &output_grad.device(), output_grad.dtype().into());
    <B as ModuleOps<B>>::embedding_backward(weight, output_grad, ids)
}

/// Where the looked up row is the padding row, as a mask of the shape of `y` `[B, T, E]`.
fn at_padding<B: Backend>(
    y: &FloatTensor<B>,
    ids: IntTensor<B>,
    padding: usize,
) -> burn::backend::tensor::BoolTensor<B> {
    let shape = y.shape();
    let dtype = get_or_init_device_settings::<B>(&y.device()).bool_dtype;
    let is_padding = B::int_equal_elem(ids, Scalar::from(padding), dtype);
    let column = Shape::new([shape[0], shape[1], 1]);
    B::bool_expand(B::bool_reshape(is_padding, column), shape)
}
