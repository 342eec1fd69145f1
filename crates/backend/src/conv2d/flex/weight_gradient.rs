//! The gradients of the filters and the bias: `dweight += dy · columnsᵀ` over the samples.
//!
//! Threads add up some samples each, and the sums are added in a fixed order in the end: which
//! samples belong together depends on the shapes only.

use std::ops::Range;

use rayon::prelude::*;

use super::super::shape::{Conv2dShape, largest_divisor};
use super::columns::Columns;
use crate::cpu::{Matrix, MatrixMut, Store, matmul, sum, with_scratch};

/// Filters whose gradient has more values than this (1 MiB) are split among the tasks.
const FILTERS_PER_TASK: usize = 256 * 1024;
/// The partial sums together hold about this many values (4 MiB), when at least four are wanted.
const PARTIAL_SUMS: usize = 1024 * 1024;

/// How the work is cut: tasks of some output channels and some samples each.
struct Plan {
    channels: usize,
    parts: usize,
}

impl Plan {
    fn new(shape: &Conv2dShape) -> Self {
        let per_group = shape.channels_per_group()[1];
        let at_most = (FILTERS_PER_TASK / shape.filter_len()).max(8);
        let channels = largest_divisor(per_group, at_most);
        let tasks = shape.channels[1] / channels;
        let weights = shape.channels[1] * shape.filter_len();
        let parts = (PARTIAL_SUMS / weights).clamp(4, 16).div_ceil(tasks);
        Self { channels, parts: parts.clamp(1, shape.batch.max(1)) }
    }
}

/// The gradients of the filters, `[O, C/G, kh, kw]`, and of the bias, `[O]`.
pub(crate) fn weight_gradient(shape: &Conv2dShape, x: &[f32], dy: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let Plan { channels, parts } = Plan::new(shape);
    let columns = Columns::new(shape);
    let weights = channels * shape.filter_len();
    let partial_len = weights + channels;

    let mut partial = vec![0.0; shape.channels[1] / channels * parts * partial_len];
    partial.par_chunks_mut(partial_len).enumerate().for_each(|(task, partial)| {
        let first = task / parts * channels;
        let (dweight, dbias) = partial.split_at_mut(weights);
        for sample in part(shape.batch, task % parts, parts) {
            let group = shape.group_of_output(first);
            let dy = &dy[shape.output_range(sample, first, channels)];
            let x = &x[shape.input_range(sample, group)];
            correlate(&columns, x, dy, dweight, channels);
            add_plane_sums(dy, dbias);
        }
    });
    add_up(&partial, parts, weights, partial_len)
}

/// Adds `dy · columnsᵀ` of one sample to `dweight` `[channels, K]`.
fn correlate(columns: &Columns, x: &[f32], dy: &[f32], dweight: &mut [f32], channels: usize) {
    let filter_len = dweight.len() / channels;
    let positions = dy.len() / channels;
    with_scratch(columns.buffer_len(filter_len), |buffer| {
        for tile in columns.tiles() {
            let range = columns.positions(&tile);
            let matrix = columns.gather(x, &tile, buffer).transposed();
            let dy = Matrix::new(&dy[range.start..], [channels, range.len()], positions);
            let out = MatrixMut::new(dweight, [channels, filter_len], filter_len);
            matmul(dy, matrix, out, Store::Add);
        }
    });
}

/// Adds the sum of each plane of `dy` `[channels, H'·W']` to its value in `sums`.
pub(crate) fn add_plane_sums(dy: &[f32], sums: &mut [f32]) {
    let positions = dy.len() / sums.len();
    for (plane, total) in dy.chunks_exact(positions).zip(sums) {
        *total += sum(plane);
    }
}

/// The sums over the parts, in their order: all filters, then all biases.
fn add_up(partial: &[f32], parts: usize, weights: usize, partial_len: usize) -> (Vec<f32>, Vec<f32>) {
    let (mut dweight, mut dbias) = (vec![], vec![]);
    for task in partial.chunks_exact(parts * partial_len) {
        let mut total = task[..partial_len].to_vec();
        for part in task.chunks_exact(partial_len).skip(1) {
            for (total, value) in total.iter_mut().zip(part) {
                *total += value;
            }
        }
        dweight.extend_from_slice(&total[..weights]);
        dbias.extend_from_slice(&total[weights..]);
    }
    (dweight, dbias)
}

/// The samples of part `index` when `samples` are cut into `parts` of nearly equal size.
fn part(samples: usize, index: usize, parts: usize) -> Range<usize> {
    samples * index / parts..samples * (index + 1) / parts
}
