//! Depthwise convolution, each channel with a few filters of its own: too little work per pixel for
//! a product of matrices, so the filter weights pass over the picture one after the other.

use std::ops::Range;

use rayon::prelude::*;

use super::super::shape::Conv2dShape;
use super::plane::{Reads, reads};
use crate::cpu::{dot, sum};

/// The output `[B, O, H', W']`.
pub(crate) fn forward(shape: &Conv2dShape, x: &[f32], weight: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
    let taps = Taps::new(shape);
    let mut y = vec![0.0; shape.batch * shape.channels[1] * shape.output_len()];
    y.par_chunks_mut(shape.output_len()).enumerate().for_each(|(index, plane)| {
        let (sample, channel) = (index / shape.channels[1], index % shape.channels[1]);
        let x = &x[shape.input_range(sample, shape.group_of_output(channel))];
        plane.fill(bias.map_or(0.0, |bias| bias[channel]));
        taps.each(channel, |weight_index, out, pixels, stride| {
            let weight = weight[weight_index];
            let pixels = x[pixels].iter().step_by(stride);
            for (value, pixel) in plane[out].iter_mut().zip(pixels) {
                *value += weight * pixel;
            }
        });
    });
    y
}

/// The gradient of the input, `[B, C, H, W]`.
pub(crate) fn input_gradient(shape: &Conv2dShape, weight: &[f32], dy: &[f32]) -> Vec<f32> {
    let taps = Taps::new(shape);
    let filters = shape.channels_per_group()[1];
    let mut dx = vec![0.0; shape.batch * shape.channels[0] * shape.input_len()];
    dx.par_chunks_mut(shape.input_len()).enumerate().for_each(|(index, plane)| {
        let (sample, channel) = (index / shape.channels[0], index % shape.channels[0]);
        for output in channel * filters..(channel + 1) * filters {
            let dy = &dy[shape.output_range(sample, output, 1)];
            taps.each(output, |weight_index, out, pixels, stride| {
                let weight = weight[weight_index];
                let pixels = plane[pixels].iter_mut().step_by(stride);
                for (pixel, value) in pixels.zip(&dy[out]) {
                    *pixel += weight * value;
                }
            });
        }
    });
    dx
}

/// The gradients of the filters, `[O, 1, kh, kw]`, and of the bias, `[O]`.
pub(crate) fn weight_gradient(shape: &Conv2dShape, x: &[f32], dy: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let taps = Taps::new(shape);
    let mut dweight = vec![0.0; shape.channels[1] * shape.filter_len()];
    let mut dbias = vec![0.0; shape.channels[1]];
    dweight.par_chunks_mut(shape.filter_len()).zip(&mut dbias).enumerate().for_each(|(channel, (dfilter, dbias))| {
        for sample in 0..shape.batch {
            let x = &x[shape.input_range(sample, shape.group_of_output(channel))];
            let dy = &dy[shape.output_range(sample, channel, 1)];
            *dbias += sum(dy);
            taps.each(0, |weight_index, out, pixels, stride| {
                dfilter[weight_index] += strided_dot(&dy[out], &x[pixels], stride);
            });
        }
    });
    (dweight, dbias)
}

fn strided_dot(values: &[f32], pixels: &[f32], stride: usize) -> f32 {
    if stride == 1 {
        return dot(values, pixels);
    }
    values.iter().zip(pixels.iter().step_by(stride)).map(|(value, pixel)| value * pixel).sum()
}

/// The filter weights and what each of them reads.
struct Taps {
    rows: Vec<Reads>,
    cols: Vec<Reads>,
    widths: [usize; 2],
}

impl Taps {
    fn new(shape: &Conv2dShape) -> Self {
        Self { rows: reads(shape, 0), cols: reads(shape, 1), widths: [shape.input[1], shape.output[1]] }
    }

    /// Calls `visit` for each filter weight and output row that read pixels, with the weight's
    /// index (for the filter of `channel`), the outputs, the pixels from the first that is read,
    /// and the distance from one pixel to the next.
    fn each(&self, channel: usize, mut visit: impl FnMut(usize, Range<usize>, Range<usize>, usize)) {
        let [width_in, width_out] = self.widths;
        let taps = self.rows.iter().flat_map(|rows| self.cols.iter().map(move |cols| (rows, cols)));
        let first = channel * self.rows.len() * self.cols.len();
        for (index, (rows, cols)) in taps.enumerate() {
            if cols.outputs.is_empty() {
                continue;
            }
            for output in rows.outputs.clone() {
                let out = output * width_out;
                let out = out + cols.outputs.start..out + cols.outputs.end;
                let line = rows.pixel(output) * width_in;
                visit(first + index, out, line + cols.first..line + width_in, cols.stride);
            }
        }
    }
}
