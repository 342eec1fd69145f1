//! The forward pass: `y = weight · columns + bias`.

use rayon::prelude::*;

use super::super::shape::{self, Conv2dShape};
use super::columns::Columns;
use crate::cpu::{Matrix, MatrixMut, Store, matmul, with_scratch};

/// The output `[B, O, H', W']`.
pub(crate) fn forward(shape: &Conv2dShape, x: &[f32], weight: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
    let positions = shape.output_len();
    let channels = shape.channels_per_task(shape.channels[1]);
    let columns = Columns::new(shape);
    let filter_len = shape.filter_len();

    let mut y = vec![0.0; shape.batch * shape.channels[1] * positions];
    y.par_chunks_mut(channels * positions).enumerate().for_each(|(task, y)| {
        let (sample, outputs) = shape::task(task, channels, shape.channels[1]);
        let group = shape.group_of_output(outputs.start);
        let x = &x[shape.input_range(sample, group)];
        let filters = &weight[outputs.start * filter_len..outputs.end * filter_len];
        let filters = Matrix::new(filters, [channels, filter_len], filter_len);
        let bias = bias.map(|bias| &bias[outputs]);
        convolve(&columns, x, filters, bias, y);
    });
    y
}

/// The output channels `y` `[channels, H'·W']` of `filters` on the pictures `x` of one group.
fn convolve(columns: &Columns, x: &[f32], filters: Matrix<'_>, bias: Option<&[f32]>, y: &mut [f32]) {
    let [channels, filter_len] = filters.size();
    let positions = y.len() / channels;
    let store = match bias {
        Some(bias) => {
            for (plane, bias) in y.chunks_exact_mut(positions).zip(bias) {
                plane.fill(*bias);
            }
            Store::Add
        }
        None => Store::Replace,
    };
    with_scratch(columns.buffer_len(filter_len), |buffer| {
        for tile in columns.tiles() {
            let range = columns.positions(&tile);
            let matrix = columns.gather(x, &tile, buffer);
            let out = MatrixMut::new(&mut y[range.start..], [channels, range.len()], positions);
            matmul(filters, matrix, out, store);
        }
    });
}
