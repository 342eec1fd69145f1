//! The largest value of windows of 2 x 2 side by side, in registers: rows are taken apart and put together by shuffles.

use super::super::shape::Pool2dShape;
use super::planes_per_part;
use crate::cpu::{Simd, Work, fresh, fresh_pair, vectorised, with_scratch};

/// The largest values `[B, C, H', W']` and their places in the windows: 0, 1 above, 2, 3 below.
pub(super) fn forward(shape: &Pool2dShape, x: &[f32]) -> (Vec<f32>, Vec<u8>) {
    let (input, output) = (shape.input_len(), shape.output_len());
    let planes = planes_per_part(shape);
    let len = shape.count() * output;
    fresh_pair([len; 2], [planes * output; 2], |part, y, places: &mut [u8]| {
        let x = &x[part * planes * input..][..y.len() / output * input];
        with_scratch(y.len(), |numbers| vectorised(Forward { shape, x, y, numbers, places }));
    })
}

struct Forward<'a> {
    shape: &'a Pool2dShape,
    x: &'a [f32],
    y: &'a mut [f32],
    /// Room for the places as numbers.
    numbers: &'a mut [f32],
    places: &'a mut [u8],
}

impl Work for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { shape, x, y, numbers, places } = self;
        let ([_, width], output) = (shape.input, shape.output_len());
        let planes = y.chunks_exact_mut(output).zip(numbers.chunks_exact_mut(output));
        for (x, (y, numbers)) in x.chunks_exact(shape.input_len()).zip(planes) {
            let windows = y.chunks_exact_mut(shape.output[1]).zip(numbers.chunks_exact_mut(shape.output[1]));
            for (rows, (y, numbers)) in x.chunks_exact(2 * width).zip(windows) {
                let (above, below) = rows.split_at(width);
                halve(simd, [above, below], y, numbers);
            }
        }
        for (place, number) in places.iter_mut().zip(numbers) {
            *place = *number as u8;
        }
    }
}

/// One row of windows.
#[inline(always)]
fn halve<S: Simd>(simd: S, [above, below]: [&[f32]; 2], y: &mut [f32], numbers: &mut [f32]) {
    for column in (0..y.len()).step_by(S::LANES) {
        let taken = |row: &[f32]| {
            let row = &row[2 * column..];
            simd.evens_odds(simd.load(row), simd.load(row.get(S::LANES..).unwrap_or_default()))
        };
        let ((a, b), (c, d)) = (taken(above), taken(below));
        let mut best = (a, simd.splat(0.0));
        best = simd.larger(best, (b, simd.splat(1.0)));
        best = simd.larger(best, (c, simd.splat(2.0)));
        best = simd.larger(best, (d, simd.splat(3.0)));
        simd.store(best.0, &mut y[column..]);
        simd.store(best.1, &mut numbers[column..]);
    }
}

/// The gradient of the pictures `[B, C, H, W]`.
pub(super) fn backward(shape: &Pool2dShape, dy: &[f32], places: &[u8]) -> Vec<f32> {
    let (input, output) = (shape.input_len(), shape.output_len());
    let planes = planes_per_part(shape);
    fresh(shape.count() * input, planes * input, |part, dx| {
        let windows = part * planes * output..part * planes * output + dx.len() / input * output;
        let (dy, places) = (&dy[windows.clone()], &places[windows]);
        with_scratch(dy.len(), |numbers| vectorised(Backward { shape, dy, places, numbers, dx }));
    })
}

struct Backward<'a> {
    shape: &'a Pool2dShape,
    dy: &'a [f32],
    places: &'a [u8],
    /// Room for the places as numbers.
    numbers: &'a mut [f32],
    dx: &'a mut [f32],
}

impl Work for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { shape, dy, places, numbers, dx } = self;
        for (number, place) in numbers.iter_mut().zip(places) {
            *number = f32::from(*place);
        }
        let ([_, width], output) = (shape.input, shape.output_len());
        let planes = dy.chunks_exact(output).zip(numbers.chunks_exact(output));
        for (dx, (dy, numbers)) in dx.chunks_exact_mut(shape.input_len()).zip(planes) {
            let windows = dy.chunks_exact(shape.output[1]).zip(numbers.chunks_exact(shape.output[1]));
            for (rows, (dy, numbers)) in dx.chunks_exact_mut(2 * width).zip(windows) {
                let (above, below) = rows.split_at_mut(width);
                spread(simd, dy, numbers, [above, below]);
            }
        }
    }
}

/// One row of windows. What lies beyond the last window is left as it is.
#[inline(always)]
fn spread<S: Simd>(simd: S, dy: &[f32], numbers: &[f32], [above, below]: [&mut [f32]; 2]) {
    let width = 2 * dy.len();
    for column in (0..dy.len()).step_by(S::LANES) {
        let (dy, place) = (simd.load(&dy[column..]), simd.load(&numbers[column..]));
        let at = |number: f32| simd.where_equal(place, simd.splat(number), dy);
        let pairs = [simd.interleave(at(0.0), at(1.0)), simd.interleave(at(2.0), at(3.0))];
        for (row, (low, high)) in [&mut above[..width], &mut below[..width]].into_iter().zip(pairs) {
            let row = &mut row[2 * column..];
            simd.store(low, row);
            simd.store(high, row.get_mut(S::LANES..).unwrap_or_default());
        }
    }
}
