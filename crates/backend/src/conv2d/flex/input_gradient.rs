//! The gradient of the input: `dcolumns = weightᵀ · dy`, added back to the pixels.

use rayon::prelude::*;

use super::super::shape::{self, Conv2dShape};
use super::columns::Columns;
use crate::cpu::{Matrix, MatrixMut, Store, matmul, with_scratch};

/// The gradient `[B, C, H, W]`, given `dy` `[B, O, H', W']`.
pub(crate) fn input_gradient(shape: &Conv2dShape, weight: &[f32], dy: &[f32]) -> Vec<f32> {
    let pixels = shape.input_len();
    let channels = shape.channels_per_task(shape.channels[0]);
    let columns = Columns::new(shape);

    let mut dx = vec![0.0; shape.batch * shape.channels[0] * pixels];
    dx.par_chunks_mut(channels * pixels).enumerate().for_each(|(task, dx)| {
        let (sample, inputs) = shape::task(task, channels, shape.channels[0]);
        let [per_group_in, per_group_out] = shape.channels_per_group();
        let group = inputs.start / per_group_in;

        let kernel_len = shape.kernel[0] * shape.kernel[1];
        let offset = group * per_group_out * shape.filter_len() + (inputs.start - group * per_group_in) * kernel_len;
        let size = [per_group_out, channels * kernel_len];
        let filters = Matrix::new(&weight[offset..], size, shape.filter_len());
        let dy = &dy[shape.output_range(sample, group * per_group_out, per_group_out)];
        spread(&columns, filters, dy, dx, shape.is_pointwise());
    });
    dx
}

/// Adds to the pictures `dx` `[channels, H, W]` what the outputs `dy` `[O/G, H'·W']` pass back through
/// `filters` `[O/G, channels·kh·kw]`; `dx` holds zeros at first.
fn spread(columns: &Columns, filters: Matrix<'_>, dy: &[f32], dx: &mut [f32], pointwise: bool) {
    let [outputs, len] = filters.size();
    let positions = dy.len() / outputs;
    let filters = filters.transposed();
    if pointwise {
        let dy = Matrix::new(dy, [outputs, positions], positions);
        let out = MatrixMut::new(dx, [len, positions], positions);
        return matmul(filters, dy, out, Store::Replace);
    }
    with_scratch(columns.buffer_len(len), |buffer| {
        for tile in columns.tiles() {
            let range = columns.positions(&tile);
            let dy = Matrix::new(&dy[range.start..], [outputs, range.len()], positions);
            let out = MatrixMut::new(buffer, [len, range.len()], range.len());
            matmul(filters, dy, out, Store::Replace);
            columns.scatter(buffer, &tile, dx);
        }
    });
}
