//! The largest value of any windows.

use std::ops::Range;

use burn::backend::flex::{FlexTensor, Layout};
use burn::tensor::{Bytes, DType, Shape};

use super::super::shape::Pool2dShape;
use super::planes_per_part;
use super::samples::Samples;
use crate::cpu::{Blank, Simd, Work, fresh, fresh_pair, vectorised, with_scratch};

/// Stands for the place of a window that sees no pixel: it is none of any window.
const NONE: f32 = 1e9;

/// A place in a window, counted in rows: as large a number as the window needs.
pub(super) trait Place: Blank {
    /// From the number as vectors have it; one that is too large stays larger than any place.
    fn new(place: f32) -> Self;
    /// The number.
    fn index(self) -> usize;
    /// A tensor of places.
    fn tensor(places: Vec<Self>, shape: Shape) -> FlexTensor;
}

impl Place for u8 {
    #[inline(always)]
    fn new(place: f32) -> Self {
        place as Self
    }

    fn index(self) -> usize {
        self.into()
    }

    fn tensor(places: Vec<Self>, shape: Shape) -> FlexTensor {
        FlexTensor::new(Bytes::from_elems(places), Layout::contiguous(shape), DType::U8)
    }
}

impl Place for i32 {
    #[inline(always)]
    fn new(place: f32) -> Self {
        place as Self
    }

    fn index(self) -> usize {
        self as usize
    }

    fn tensor(places: Vec<Self>, shape: Shape) -> FlexTensor {
        FlexTensor::new(Bytes::from_elems(places), Layout::contiguous(shape), DType::I32)
    }
}

/// The largest values `[B, C, H', W']` and their places in the windows.
pub(super) fn forward<P: Place>(shape: &Pool2dShape, x: &[f32]) -> (Vec<f32>, Vec<P>) {
    let windows = Windows::new(shape);
    let planes = planes_per_part(shape);
    let (input, output) = (shape.input_len(), shape.output_len());
    let len = shape.count() * output;
    fresh_pair([len; 2], [planes * output; 2], |part, y, places: &mut [P]| {
        let x = &x[part * planes * input..][..y.len() / output * input];
        with_scratch(windows.samples.len() + y.len(), |scratch| {
            let (samples, numbers) = scratch.split_at_mut(windows.samples.len());
            samples.fill(f32::NEG_INFINITY);
            vectorised(Largest { windows: &windows, x, samples, y, numbers, places });
        });
    })
}

/// What is the same for all planes.
struct Windows<'a> {
    shape: &'a Pool2dShape,
    samples: Samples,
    /// For each row of windows, the rows of the window that lie in the picture.
    rows: Vec<Range<usize>>,
    /// For each window of a row, its first column that lies in the picture.
    first_columns: Vec<f32>,
}

impl<'a> Windows<'a> {
    fn new(shape: &'a Pool2dShape) -> Self {
        let inside = |axis: usize| (0..shape.output[axis]).map(move |place| shape.taps_inside(axis, place));
        let first = |columns: Range<usize>| if columns.is_empty() { NONE } else { columns.start as f32 };
        Self {
            shape,
            samples: Samples::new(shape),
            rows: inside(0).collect(),
            first_columns: inside(1).map(first).collect(),
        }
    }

    /// The largest values and the places of the windows of row `row` from `column` on.
    #[inline(always)]
    fn vector<S: Simd>(&self, simd: S, samples: &[f32], row: usize, column: usize) -> (S::Vector, S::Vector) {
        let options = &self.shape.options;
        let [kernel_rows, kernel_columns] = [self.rows[row].clone(), 0..options.kernel[1]];
        let first_row = if kernel_rows.is_empty() { NONE } else { (kernel_rows.start * options.kernel[1]) as f32 };
        let first = simd.add(simd.load(&self.first_columns[column..]), simd.splat(first_row));

        let mut best = (simd.splat(f32::NEG_INFINITY), first);
        for u in kernel_rows {
            let pixels = row * options.stride[0] + u * options.dilation[0] - options.padding[0][0];
            for v in kernel_columns.clone() {
                let values = &samples[self.samples.places(pixels, v)];
                let place = simd.splat((u * options.kernel[1] + v) as f32);
                best = simd.larger(best, (simd.load(&values[column..]), place));
            }
        }
        best
    }
}

/// The planes of a part.
struct Largest<'a, P> {
    windows: &'a Windows<'a>,
    x: &'a [f32],
    /// Room for the samples of a picture; the padding is −∞.
    samples: &'a mut [f32],
    y: &'a mut [f32],
    /// Room for the places as numbers.
    numbers: &'a mut [f32],
    places: &'a mut [P],
}

impl<P: Place> Work for Largest<'_, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { windows, x, samples, y, numbers, places } = self;
        let shape = windows.shape;
        let (width, output) = (shape.output[1], shape.output_len());
        let planes = y.chunks_exact_mut(output).zip(numbers.chunks_exact_mut(output));
        for (x, (y, numbers)) in x.chunks_exact(shape.input_len()).zip(planes) {
            let samples: &[f32] = if windows.samples.is_plain() {
                x
            } else {
                windows.samples.take_apart(x, samples);
                samples
            };
            let rows = y.chunks_exact_mut(width).zip(numbers.chunks_exact_mut(width)).enumerate();
            for (row, (y, numbers)) in rows {
                for column in (0..width).step_by(S::LANES) {
                    let (value, place) = windows.vector(simd, samples, row, column);
                    simd.store(value, &mut y[column..]);
                    simd.store(place, &mut numbers[column..]);
                }
            }
        }
        for (place, number) in places.iter_mut().zip(numbers) {
            *place = P::new(*number);
        }
    }
}

/// The gradient of the pictures `[B, C, H, W]`.
pub(super) fn backward<P: Place>(shape: &Pool2dShape, dy: &[f32], places: &[P]) -> Vec<f32> {
    let (input, output) = (shape.input_len(), shape.output_len());
    let planes = planes_per_part(shape);
    let offsets = offsets(shape);
    fresh(shape.count() * input, planes * input, |part, dx| {
        let first = part * planes * output;
        let dy = dy[first..].chunks_exact(output);
        let places = places[first..].chunks_exact(output);
        for (dx, (dy, places)) in dx.chunks_exact_mut(input).zip(dy.zip(places)) {
            scatter(shape, &offsets, dy, places, dx);
        }
    })
}

/// For each place of a window, its pixel when the window stands at the picture's beginning.
fn offsets(shape: &Pool2dShape) -> Vec<usize> {
    let (options, width) = (&shape.options, shape.input[1]);
    let row = |u: usize| u * options.dilation[0] * width;
    let column = |v: usize| v * options.dilation[1];
    (0..shape.taps()).map(|tap| row(tap / options.kernel[1]) + column(tap % options.kernel[1])).collect()
}

/// Adds the gradient of each window to that of its largest pixel.
fn scatter<P: Place>(shape: &Pool2dShape, offsets: &[usize], dy: &[f32], places: &[P], dx: &mut [f32]) {
    let (options, width) = (&shape.options, shape.input[1]);
    let before = options.padding[0][0] * width + options.padding[1][0];
    let rows = dy.chunks_exact(shape.output[1]).zip(places.chunks_exact(shape.output[1]));
    for (row, (dy, places)) in rows.enumerate() {
        let mut window = row * options.stride[0] * width;
        for (dy, place) in dy.iter().zip(places) {
            if let Some(offset) = offsets.get(place.index()) {
                dx[window + offset - before] += dy;
            }
            window += options.stride[1];
        }
    }
}
