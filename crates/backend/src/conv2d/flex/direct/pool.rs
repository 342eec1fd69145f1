//! Max pooling of sums that lie channels last: `[rows, width, 2·LANES]`.
//!
//! Which value of its window is the largest is recorded as a number below the window's size, row by row; where there are
//! several, the first one. NaN counts as larger than any number. The indices lie as the sums do,
//! `[B, groups, panels, H''·W'', 2·LANES]`, because nothing but the backward pass of this kernel reads them.

use std::ops::Range;

use rayon::prelude::*;

use super::super::super::shape::Conv2dShape;
use crate::activation::{self, Activation};
use crate::cpu::{Simd, Transpose, Work, lanes, with_scratch};

/// 2²³: the digits of a float of this size are those of a whole number.
const DIGITS: f32 = 8_388_608.0;

/// The largest value of each window of a panel.
pub(crate) struct MaxPool<'a> {
    /// `[rows, width, 2·LANES]`.
    pub(crate) sums: &'a [f32],
    pub(crate) width: usize,
    /// Height and width of a window, of which the rows and the width are multiples.
    pub(crate) window: [usize; 2],
    /// `[rows / height, width / width of the window, 2·LANES]`.
    pub(crate) out: &'a mut [f32],
    /// As many, or nothing.
    pub(crate) indices: &'a mut [u8],
}

impl Work for MaxPool<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { sums, width, window: [height, columns], out, indices } = self;
        let (panel, pooled) = (2 * S::LANES, width / columns);
        for (place, out) in out.chunks_exact_mut(panel).enumerate() {
            let first = (place / pooled * height * width + place % pooled * columns) * panel;
            let mut numbers = [0.0; 32];
            for start in [0, S::LANES] {
                let sums = &sums[first + start..];
                let (largest, index) = largest(simd, sums, [height, columns], width * panel);
                simd.store(largest, &mut out[start..start + S::LANES]);
                simd.store(index, &mut numbers[start..start + S::LANES]);
            }
            if let Some(indices) = indices.get_mut(place * panel..(place + 1) * panel) {
                for (index, number) in indices.iter_mut().zip(numbers) {
                    // Whole numbers below 256: the last byte of the sum's digits, for which there are vectors.
                    *index = (number + DIGITS).to_bits() as u8;
                }
            }
        }
    }
}

/// The largest of the vectors of a window, and which it is.
#[inline(always)]
fn largest<S: Simd>(simd: S, sums: &[f32], [height, columns]: [usize; 2], row_len: usize) -> (S::Vector, S::Vector) {
    let mut best = (simd.load(&sums[..S::LANES]), simd.splat(0.0));
    for row in 0..height {
        for column in 0..columns {
            let value = simd.load(&sums[row * row_len + column * 2 * S::LANES..][..S::LANES]);
            best = simd.larger(best, (value, simd.splat((row * columns + column) as f32)));
        }
    }
    best
}

/// The gradient of the convolution's output, `[B, O, H', W']`, given the pooled output, its gradient, and what was recorded.
pub(crate) struct Unpool<'a> {
    pub(crate) shape: &'a Conv2dShape,
    pub(crate) window: [usize; 2],
    pub(crate) activation: Option<Activation>,
    /// `[B, O, H'', W'']`.
    pub(crate) output: &'a [f32],
    pub(crate) output_grad: &'a [f32],
    pub(crate) indices: &'a [u8],
}

impl Unpool<'_> {
    /// Windows of a plane.
    pub(crate) fn windows(&self) -> usize {
        self.shape.output_len() / (self.window[0] * self.window[1])
    }

    /// The gradients of the windows of one sample and group, `[O/G, H''·W'']`, before the activation; and their indices,
    /// `[panels, H''·W'', 2·LANES]`.
    pub(crate) fn gradient(&self, picture: usize, values: &mut [f32]) -> &[u8] {
        let channels = self.shape.channels_per_group()[1];
        let range = picture * values.len()..(picture + 1) * values.len();
        values.copy_from_slice(&self.output_grad[range.clone()]);
        if let Some(activation) = self.activation {
            activation::flex::apply_gradient(&self.output[range], values, activation);
        }
        let len = channels.next_multiple_of(2 * lanes()) * self.windows();
        &self.indices[picture * len..(picture + 1) * len]
    }

    /// The gradient; zeros but for one value of each window.
    pub(crate) fn run(&self) -> Vec<f32> {
        let (positions, width, pooled) = (self.shape.output_len(), 2 * lanes(), self.windows());
        let channels = self.shape.channels_per_group()[1];
        let mut gradient = vec![0.0; self.shape.batch * self.shape.channels[1] * positions];
        gradient.par_chunks_mut(channels * positions).enumerate().for_each(|(picture, gradient)| {
            with_scratch(channels * pooled, |values| {
                let indices = self.gradient(picture, values);
                let planes = gradient.chunks_exact_mut(positions).zip(values.chunks_exact(pooled));
                for (channel, (plane, values)) in planes.enumerate() {
                    let indices = &indices[channel / width * pooled * width + channel % width..];
                    self.scatter(values, indices.iter().step_by(width), plane);
                }
            });
        });
        gradient
    }

    /// One plane.
    fn scatter<'a>(&self, values: &[f32], indices: impl Iterator<Item = &'a u8>, plane: &mut [f32]) {
        let ([height, width], columns) = (self.window, self.shape.output[1]);
        for (place, (value, index)) in values.iter().zip(indices).enumerate() {
            let [row, column] = [place / (columns / width) * height, place % (columns / width) * width];
            let index = usize::from(*index);
            plane[(row + index / width) * columns + column + index % width] = *value;
        }
    }
}

/// The gradient of the convolution's output for some panels of a picture and some rows, channels last: each window's gradient
/// at the place of its largest value, zeros elsewhere.
pub(crate) struct Expand<'a> {
    pub(crate) pooled: &'a Unpool<'a>,
    /// Those of the windows of all channels of the picture, and their indices.
    pub(crate) gradient: (&'a [f32], &'a [u8]),
    /// The channels of the panels; the first begins one.
    pub(crate) channels: Range<usize>,
    /// Whole windows.
    pub(crate) rows: &'a Range<usize>,
    /// Memory for the windows of a panel, `[windows, 2·LANES]`.
    pub(crate) windows: &'a mut [f32],
    /// `[panels, rows, W', 2·LANES]`.
    pub(crate) out: &'a mut [f32],
}

impl Work for Expand<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { pooled, gradient: (values, indices), channels, rows, windows, out } = self;
        let ([height, columns], all, panel) = (pooled.window, pooled.windows(), 2 * S::LANES);
        let width = pooled.shape.output[1];
        let per_row = width / columns;
        let [first, count] = [rows.start, rows.len()].map(|rows| rows / height * per_row);
        let panels = out.chunks_exact_mut(rows.len() * width * panel);
        for (channel, out) in channels.clone().step_by(panel).zip(panels) {
            let size = [panel.min(channels.end - channel), count];
            let from = &values[channel * all + first..];
            Transpose { from, from_pitch: all, into: &mut *windows, into_pitch: panel, size }.run(simd);
            let indices = &indices[channel * all + first * panel..];
            let places = windows.chunks_exact(panel).zip(indices.chunks_exact(panel)).take(count);
            for (place, (window, indices)) in places.enumerate() {
                let start = place / per_row * height * width + place % per_row * columns;
                spread(simd, (window, indices), [height, columns], width, &mut out[start * panel..]);
            }
        }
    }
}

/// One window of a panel.
#[inline(always)]
fn spread<S: Simd>(
    simd: S,
    (window, indices): (&[f32], &[u8]),
    [height, columns]: [usize; 2],
    width: usize,
    out: &mut [f32],
) {
    let mut numbers = [0.0; 32];
    for (number, index) in numbers.iter_mut().zip(indices) {
        *number = f32::from(*index);
    }
    for start in [0, S::LANES] {
        let (value, index) = (simd.load(&window[start..]), simd.load(&numbers[start..]));
        for row in 0..height {
            for column in 0..columns {
                let chosen = simd.where_equal(index, simd.splat((row * columns + column) as f32), value);
                simd.store(chosen, &mut out[(row * width + column) * 2 * S::LANES + start..][..S::LANES]);
            }
        }
    }
}
