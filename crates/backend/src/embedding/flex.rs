//! The CPU kernel, for 32-bit floats: rows are copied, and their gradients added up in the order of the ids.
//!
//! For the gradient the table is cut between rows into parts of about equally many ids; a thread goes through all ids and
//! adds those of its part. So nothing is sorted, and a row's sum is taken in the same order wherever the cuts lie.

use std::ops::Range;

use burn::backend::flex::FlexTensor;
use burn::backend::ops::IntTensorOps;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{DType, IntDType};
use rayon::prelude::*;

use super::reference;
use crate::cpu::tensor;

/// Gradients of fewer numbers than this (256 KiB) are added up on the calling thread.
const SERIAL: usize = 64 * 1024;
/// Parts of the table, for the gradient of many ids.
const PARTS: usize = 4;
/// Zeros that are written at a time.
const BLOCK: usize = 1024;
/// Steps in which the rows are counted to find the cuts.
const BUCKETS: usize = 1024;

/// As [`Backend::embedding_forward`](crate::Backend::embedding_forward); other floats than 32-bit ones take the reference.
///
/// # Panics
///
/// When an id is not a row.
pub(crate) fn forward(weight: FlexTensor, ids: FlexTensor, padding_idx: Option<usize>) -> FlexTensor {
    let ([rows, features], [batch, steps]) = (weight.shape().dims(), ids.shape().dims());
    let numbers = row_numbers(&ids, rows, steps);
    if weight.dtype() != DType::F32 {
        return reference::forward::<Flex>(weight, ids, padding_idx);
    }
    let weight = weight.to_contiguous();
    let values = look_up(weight.storage(), &numbers, features);
    tensor(values, [batch, steps, features])
}

/// As [`Backend::embedding_gradient`](crate::Backend::embedding_gradient); other floats than 32-bit ones take the reference.
pub(crate) fn gradient(
    output_grad: FlexTensor,
    ids: FlexTensor,
    rows: usize,
    padding_idx: Option<usize>,
) -> FlexTensor {
    if output_grad.dtype() != DType::F32 {
        return reference::gradient::<Flex>(output_grad, ids, rows, padding_idx);
    }
    let [_, steps, features] = output_grad.shape().dims();
    let numbers = row_numbers(&ids, rows, steps);
    let output_grad = output_grad.to_contiguous();
    let added = Added { numbers: &numbers, output_grad: output_grad.storage(), features, padding_idx };
    tensor(added.sums(rows), [rows, features])
}

/// The ids as places in the table, in order.
///
/// # Panics
///
/// When one is not a row.
fn row_numbers(ids: &FlexTensor, rows: usize, steps: usize) -> Vec<usize> {
    let ids = Flex::int_cast(ids.to_contiguous(), IntDType::I64);
    let row_number = |(place, &id): (usize, &i64)| match usize::try_from(id) {
        Ok(number) if number < rows => number,
        _ => panic!(
            "embedding: id {id} in row {} at position {} is outside 0..{rows}, the rows of the weight",
            place / steps,
            place % steps
        ),
    };
    ids.storage::<i64>().iter().enumerate().map(row_number).collect()
}

/// The rows one after the other. One thread copies as fast as memory takes it.
fn look_up(weight: &[f32], numbers: &[usize], features: usize) -> Vec<f32> {
    let mut values = Vec::with_capacity(numbers.len() * features);
    for number in numbers {
        values.extend_from_slice(&weight[number * features..][..features]);
    }
    values
}

/// What is added up for the gradient.
struct Added<'a> {
    numbers: &'a [usize],
    output_grad: &'a [f32],
    features: usize,
    padding_idx: Option<usize>,
}

impl Added<'_> {
    /// The sums `[rows, features]`.
    fn sums(&self, rows: usize) -> Vec<f32> {
        if self.output_grad.len() < SERIAL {
            let mut sums = vec![0.0; rows * self.features];
            self.add(0..rows, &mut sums);
            return sums;
        }
        let mut sums = zeros(rows * self.features);
        let mut parts = Vec::with_capacity(PARTS);
        let mut rest = sums.as_mut_slice();
        for range in cuts(self.numbers, rows) {
            let (part, after) = rest.split_at_mut(range.len() * self.features);
            parts.push((range, part));
            rest = after;
        }
        parts.into_par_iter().for_each(|(range, part)| self.add(range, part));
        sums
    }

    /// Adds to `sums`, which hold the rows `range`, what belongs to them.
    fn add(&self, range: Range<usize>, sums: &mut [f32]) {
        if self.features == 0 {
            return;
        }
        for (number, gradient) in self.numbers.iter().zip(self.output_grad.chunks_exact(self.features)) {
            if !range.contains(number) || self.padding_idx == Some(*number) {
                continue;
            }
            let start = (number - range.start) * self.features;
            for (sum, value) in sums[start..start + self.features].iter_mut().zip(gradient) {
                *sum += value;
            }
        }
    }
}

/// So many zeros, written by all threads: for a large table that takes as long as adding up does.
fn zeros(len: usize) -> Vec<f32> {
    let blocks: Vec<[f32; BLOCK]> = rayon::iter::repeat_n([0.0; BLOCK], len.div_ceil(BLOCK)).collect();
    let mut zeros = blocks.into_flattened();
    zeros.truncate(len);
    zeros
}

/// The rows in consecutive ranges that about equally many of `numbers` fall into.
fn cuts(numbers: &[usize], rows: usize) -> Vec<Range<usize>> {
    let width = rows.div_ceil(BUCKETS).max(1);
    let mut counts = vec![0; rows.div_ceil(width)];
    numbers.iter().for_each(|number| counts[number / width] += 1);

    let (mut ranges, mut start, mut seen) = (Vec::with_capacity(PARTS), 0, 0);
    for (bucket, count) in counts.into_iter().enumerate() {
        seen += count;
        let enough = seen * PARTS >= numbers.len() * (ranges.len() + 1);
        if enough && ranges.len() + 1 < PARTS {
            let end = ((bucket + 1) * width).min(rows);
            ranges.push(start..end);
            start = end;
        }
    }
    ranges.push(start..rows);
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_as_many_as_asked_for() {
        for len in [0, 1, BLOCK, 3 * BLOCK + 7] {
            assert_eq!(zeros(len), vec![0.0; len]);
        }
    }

    #[test]
    fn cuts_cover_all_rows_once_and_share_the_ids_out() {
        let skewed: Vec<usize> = (0..4000).map(|index| if index % 2 == 0 { index % 7 } else { index }).collect();
        for (numbers, rows) in [(vec![], 3), (vec![2; 9], 3), (skewed, 4000), ((0..8000).collect(), 8000)] {
            let ranges = cuts(&numbers, rows);
            assert!(ranges.len() <= PARTS);
            assert_eq!(ranges[0].start, 0);
            assert_eq!(ranges[ranges.len() - 1].end, rows);
            assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start), "{ranges:?}");
            if numbers.len() == 8000 {
                assert!(ranges.iter().all(|range| range.len().abs_diff(2000) <= 16), "{ranges:?}");
            }
        }
    }
}
