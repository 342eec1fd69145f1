//! The mean of any windows, and the gradient that goes back to all of a window's pixels.

use std::ops::Range;

use super::super::shape::Pool2dShape;
use super::planes_per_part;
use super::samples::Samples;
use crate::cpu::{Simd, Work, fresh, vectorised, with_scratch};

/// The means `[B, C, H', W']`.
pub(super) fn forward(shape: &Pool2dShape, x: &[f32], count_padding: bool) -> Vec<f32> {
    let windows = Windows::new(shape, count_padding);
    let planes = planes_per_part(shape);
    let (input, output) = (shape.input_len(), shape.output_len());
    fresh(shape.count() * output, planes * output, |part, y| {
        let x = &x[part * planes * input..][..y.len() / output * input];
        with_scratch(windows.samples.len(), |samples| {
            samples.fill(0.0);
            vectorised(Forward { windows: &windows, x, samples, y });
        });
    })
}

/// The gradient of the pictures `[B, C, H, W]`.
pub(super) fn backward(shape: &Pool2dShape, dy: &[f32], count_padding: bool) -> Vec<f32> {
    let windows = Windows::new(shape, count_padding);
    let planes = planes_per_part(shape);
    let (input, output) = (shape.input_len(), shape.output_len());
    fresh(shape.count() * input, planes * input, |part, dx| {
        let dy = &dy[part * planes * output..][..dx.len() / input * output];
        with_scratch(windows.samples.len() + shape.output[1], |scratch| {
            let (samples, row) = scratch.split_at_mut(windows.samples.len());
            vectorised(Backward { windows: &windows, dy, samples, row, dx });
        });
    })
}

/// What is the same for all planes.
struct Windows<'a> {
    shape: &'a Pool2dShape,
    samples: Samples,
    /// For each row of windows, the rows of the window that lie in the picture, and one divided by those that count.
    rows: Vec<(Range<usize>, f32)>,
    /// For each window of a row, one divided by its columns that count.
    columns: Vec<f32>,
}

impl<'a> Windows<'a> {
    fn new(shape: &'a Pool2dShape, count_padding: bool) -> Self {
        let kernel = shape.options.kernel;
        let share = |seen: usize, axis: usize| 1.0 / if count_padding { kernel[axis] } else { seen } as f32;
        let row = |row: usize| {
            let taps = shape.taps_inside(0, row);
            let share = share(taps.len(), 0);
            (taps, share)
        };
        Self {
            shape,
            samples: Samples::new(shape),
            rows: (0..shape.output[0]).map(row).collect(),
            columns: shape.seen(1).into_iter().map(|seen| share(seen, 1)).collect(),
        }
    }

    /// Where the values that the windows of row `row` see stand among the samples, for each pixel of the window.
    #[inline(always)]
    fn places(&self, row: usize) -> impl Iterator<Item = Range<usize>> {
        let options = &self.shape.options;
        self.rows[row].0.clone().flat_map(move |u| {
            let pixels = row * options.stride[0] + u - options.padding[0][0];
            (0..options.kernel[1]).map(move |v| self.samples.places(pixels, v))
        })
    }
}

impl Windows<'_> {
    /// The means of the windows of row `row` from `column` on.
    #[inline(always)]
    fn means<S: Simd>(&self, simd: S, samples: &[f32], row: usize, column: usize) -> S::Vector {
        let mut sum = simd.splat(0.0);
        for place in self.places(row) {
            sum = simd.add(sum, simd.load(&samples[place][column..]));
        }
        let share = simd.mul(simd.load(&self.columns[column..]), simd.splat(self.rows[row].1));
        simd.mul(sum, share)
    }
}

struct Forward<'a> {
    windows: &'a Windows<'a>,
    x: &'a [f32],
    /// Room for the samples of a picture; the padding is 0.
    samples: &'a mut [f32],
    y: &'a mut [f32],
}

impl Work for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { windows, x, samples, y } = self;
        let shape = windows.shape;
        for (x, y) in x.chunks_exact(shape.input_len()).zip(y.chunks_exact_mut(shape.output_len())) {
            let samples: &[f32] = if windows.samples.is_plain() {
                x
            } else {
                windows.samples.take_apart(x, samples);
                samples
            };
            for (row, y) in y.chunks_exact_mut(shape.output[1]).enumerate() {
                for column in (0..y.len()).step_by(S::LANES) {
                    simd.store(windows.means(simd, samples, row, column), &mut y[column..]);
                }
            }
        }
    }
}

struct Backward<'a> {
    windows: &'a Windows<'a>,
    dy: &'a [f32],
    /// Room for the samples of a picture.
    samples: &'a mut [f32],
    /// Room for what the windows of a row give to each of their pixels.
    row: &'a mut [f32],
    /// Zeros.
    dx: &'a mut [f32],
}

impl Work for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { windows, dy, samples, row: shares, dx } = self;
        let shape = windows.shape;
        for (dy, dx) in dy.chunks_exact(shape.output_len()).zip(dx.chunks_exact_mut(shape.input_len())) {
            if windows.samples.is_plain() {
                add_shares(simd, windows, dy, shares, dx);
            } else {
                samples.fill(0.0);
                add_shares(simd, windows, dy, shares, samples);
                windows.samples.put_together(samples, dx);
            }
        }
    }
}

/// Adds what the windows of a plane give to each of their pixels.
#[inline(always)]
fn add_shares<S: Simd>(simd: S, windows: &Windows<'_>, dy: &[f32], shares: &mut [f32], samples: &mut [f32]) {
    for (row, dy) in dy.chunks_exact(shares.len()).enumerate() {
        for ((share, dy), column) in shares.iter_mut().zip(dy).zip(&windows.columns) {
            *share = dy * (column * windows.rows[row].1);
        }
        for place in windows.places(row) {
            let samples = &mut samples[place];
            for column in (0..shares.len()).step_by(S::LANES) {
                let sum = simd.add(simd.load(&samples[column..]), simd.load(&shares[column..]));
                simd.store(sum, &mut samples[column..]);
            }
        }
    }
}
