//! The CPU kernel: the sums of chunks, by all threads, added up in order.

use burn::backend::Flex;
use burn::backend::flex::{FlexTensor, Layout};
use burn::tensor::{Bytes, DType, Shape};
use rayon::prelude::*;

use super::reference;
use crate::cpu::dot;

/// Elements whose squares one thread sums up at a time.
const CHUNK: usize = 1 << 15;

/// As [`Backend::sum_of_squares`](crate::Backend::sum_of_squares); other floats than 32-bit ones take
/// the reference.
pub(crate) fn sum_of_squares(x: FlexTensor) -> FlexTensor {
    if x.dtype() != DType::F32 {
        return reference::sum_of_squares::<Flex>(x);
    }
    let x = x.to_contiguous();
    let values = x.as_slice::<f32>().unwrap_or_else(|| x.storage());
    let sums: Vec<f32> = if values.len() <= CHUNK {
        vec![dot(values, values)]
    } else {
        values.par_chunks(CHUNK).map(|chunk| dot(chunk, chunk)).collect()
    };
    let sum: f64 = sums.into_iter().map(f64::from).sum();
    FlexTensor::new(Bytes::from_elems(vec![sum as f32]), Layout::contiguous(Shape::from([1])), DType::F32)
}
