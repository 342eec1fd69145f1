//! Tensors of Flex as slices of 32-bit floats in the order of their shape, and the way back.

use burn::backend::flex::{FlexTensor, Layout};
use burn::tensor::{Bytes, DType, Shape};

/// Whether the tensor holds 32-bit floats, which is what the kernels compute with.
pub(crate) fn is_f32(tensor: &FlexTensor) -> bool {
    tensor.dtype() == DType::F32
}

/// The tensor in the order of its shape, its elements the whole of its memory. Taking it by value leaves the memory to one
/// owner, where it had one.
pub(crate) fn whole(tensor: FlexTensor) -> FlexTensor {
    tensor.to_contiguous()
}

/// A tensor of these values, in the order of the shape.
pub(crate) fn tensor(values: Vec<f32>, shape: impl Into<Shape>) -> FlexTensor {
    FlexTensor::new(Bytes::from_elems(values), Layout::contiguous(shape.into()), DType::F32)
}
