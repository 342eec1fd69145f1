//! Which way a call takes: the operation of [`Backend`](crate::Backend), or its reference.

use burn::backend::{DispatchTensor, DispatchTensorKind};
use burn::tensor::Tensor;

/// Whether the backend that holds `tensor` is one that [`Backend`](crate::Backend) is implemented
/// for. On every other one (remote or captured devices, say) an operation of the trait would panic,
/// so callers run the reference there.
///
/// The arms are those of the list in `backend.rs`.
pub(crate) fn is_listed(tensor: &DispatchTensor) -> bool {
    kind_is_listed(&tensor.kind)
}

fn kind_is_listed(kind: &DispatchTensorKind) -> bool {
    match kind {
        #[cfg(all(feature = "flex", not(feature = "reference-only")))]
        DispatchTensorKind::Flex(_) => true,
        #[cfg(all(feature = "gpu", not(feature = "reference-only")))]
        DispatchTensorKind::Cube(_) => true,
        DispatchTensorKind::Autodiff(inner) => kind_is_listed(inner),
        #[allow(unreachable_patterns, reason = "Burn may have no further backend compiled in")]
        _ => false,
    }
}

/// The tensor as Burn's dispatch holds it; quantised values become floats first, because no
/// operation here computes on the packed form.
pub(crate) fn into_float<const D: usize>(tensor: Tensor<D>) -> DispatchTensor {
    tensor.dequantize().into_dispatch()
}
