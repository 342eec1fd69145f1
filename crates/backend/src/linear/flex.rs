//! The CPU kernel, for 32-bit floats: products on packed panels.
//!
//! A product is cut into columns where it has many, each part packing the columns that it needs, and into rows where it has few.
//! How it is cut depends on the shapes alone, and each number is one chain of multiply-adds in any case.

use burn::backend::flex::FlexTensor;
use burn::backend::{Flex, TensorMetadata};

use super::reference;
use crate::WeightedGradients;
use crate::cpu::{
    Matrix, Panels, Rows, RowsMut, Simd, Store, Work, add_lanes, add_transposed_product, fresh, fresh_columns, is_f32,
    product, tensor, vectorised, whole, with_scratch,
};

/// Products of fewer multiply-adds than this stay on the calling thread: some 20 µs.
const SERIAL: usize = 1 << 20;
/// Columns from which on a product is cut into columns.
const WIDE: usize = 256;
/// Columns of a part: a few panels.
const COLUMNS: usize = 128;
/// Rows of a part at least, so that tiles are full.
const ROWS: usize = 24;
/// Parts of a product that is cut into rows.
const PARTS: usize = 8;

/// As [`Backend::dense_forward`](crate::Backend::dense_forward); other floats than 32-bit ones take the reference.
pub(crate) fn forward(x: FlexTensor, weight: FlexTensor, bias: Option<FlexTensor>) -> FlexTensor {
    if ![&x, &weight].into_iter().chain(&bias).all(is_f32) {
        return reference::forward::<Flex>(x, weight, bias);
    }
    let ([batch, features], [_, columns]) = (x.shape().dims(), weight.shape().dims::<2>());
    let (x, weight, bias) = (whole(x), whole(weight), bias.map(whole));
    let bias = bias.as_ref().map(FlexTensor::storage);
    let y = match columns {
        1 => {
            let shift = bias.map_or(0.0, |bias| bias[0]);
            dot_products(x.storage(), weight.storage(), shift)
        }
        _ => {
            let right = Matrix::new(weight.storage(), [features, columns], columns);
            Multiplied { left: x.storage(), rows: batch, transposed: false, right, bias }.run()
        }
    };
    tensor(y, [batch, columns])
}

/// As [`Backend::dense_backward`](crate::Backend::dense_backward); other floats than 32-bit ones take the reference.
pub(crate) fn backward(
    x: FlexTensor,
    weight: FlexTensor,
    output_grad: FlexTensor,
    wanted: WeightedGradients,
) -> reference::Gradients<Flex> {
    if ![&x, &weight, &output_grad].into_iter().all(is_f32) {
        return reference::backward::<Flex>(x, weight, output_grad, wanted);
    }
    let ([batch, features], [_, columns]) = (x.shape().dims(), weight.shape().dims::<2>());
    let (x, weight, dy) = (whole(x), whole(weight), whole(output_grad));
    let (x, weight, dy) = (x.storage::<f32>(), weight.storage::<f32>(), dy.storage::<f32>());

    let dx = wanted.x.then(|| {
        let right = Matrix::new(weight, [features, columns], columns).transposed();
        let dx = Multiplied { left: dy, rows: batch, transposed: false, right, bias: None }.run();
        tensor(dx, [batch, features])
    });
    let dweight = wanted.weight.then(|| {
        let dweight = match columns {
            1 => weighted_sum(x, dy, features),
            _ => {
                let right = Matrix::new(dy, [batch, columns], columns);
                Multiplied { left: x, rows: features, transposed: true, right, bias: None }.run()
            }
        };
        tensor(dweight, [features, columns])
    });
    let dbias = wanted.bias.then(|| tensor(weighted_sum(dy, &vec![1.0; batch], columns), [columns]));
    (dx, dweight, dbias)
}

/// `left·right + bias`, or `leftᵀ·right`.
#[derive(Clone, Copy)]
struct Multiplied<'a> {
    /// `[rows, K]`, or `[K, rows]` transposed.
    left: &'a [f32],
    rows: usize,
    transposed: bool,
    /// `[K, N]`.
    right: Matrix<'a>,
    bias: Option<&'a [f32]>,
}

impl Multiplied<'_> {
    /// `[rows, N]`.
    fn run(self) -> Vec<f32> {
        let [depth, columns] = self.right.size();
        if self.rows * columns == 0 {
            return vec![];
        }
        let is_small = self.rows.saturating_mul(depth).saturating_mul(columns) <= SERIAL;
        match columns >= WIDE && !is_small {
            true => self.by_columns(columns),
            false => self.by_rows(columns, is_small),
        }
    }

    /// Parts of columns, each with the columns of the right matrix that it needs.
    fn by_columns(self, columns: usize) -> Vec<f32> {
        let (out, _) = fresh_columns([self.rows, columns], COLUMNS, |index, mut out| {
            let first = index * COLUMNS;
            let width = out.first().map_or(0, |row| row.len());
            let panels = Panels::new(self.right.columns(first..first + width));
            let bias = self.bias.map(|bias| &bias[first..first + width]);
            with_scratch(self.rows * width, |buffer| {
                self.multiply(0..self.rows, &panels, bias, buffer);
                for (out, row) in out.iter_mut().zip(buffer.chunks_exact(width)) {
                    out.copy_from_slice(row);
                }
            });
        });
        out
    }

    /// Parts of rows, for which the right matrix is packed once.
    fn by_rows(self, columns: usize, is_small: bool) -> Vec<f32> {
        let panels = Panels::new(self.right);
        let part = if is_small { self.rows } else { self.rows.div_ceil(PARTS).max(ROWS) };
        fresh(self.rows * columns, part * columns, |index, out| {
            let first = index * part;
            self.multiply(first..first + out.len() / columns, &panels, self.bias, out);
        })
    }

    /// Some rows of the product, `[rows, N]` one after the other.
    fn multiply(self, rows: std::ops::Range<usize>, panels: &Panels, bias: Option<&[f32]>, out: &mut [f32]) {
        let [depth, columns] = panels.size();
        let store = match bias {
            Some(bias) => {
                out.chunks_exact_mut(columns).for_each(|row| row.copy_from_slice(bias));
                Store::Add
            }
            None => Store::Replace,
        };
        let count = rows.len();
        if self.transposed {
            out.fill(0.0);
            let left = Rows::new(&self.left[rows.start..], count, self.rows);
            add_transposed_product(left, panels, RowsMut::new(out, columns, columns));
        } else {
            let left = Rows::new(&self.left[rows.start * depth..], depth, depth);
            product(count, left, panels, RowsMut::new(out, columns, columns), store);
        }
    }
}

/// `left·column + shift`, a number for each row of the column's length.
fn dot_products(left: &[f32], column: &[f32], shift: f32) -> Vec<f32> {
    struct Dots<'a>(&'a [f32], &'a [f32], f32);
    impl Work for Dots<'_> {
        type Output = Vec<f32>;
        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> Vec<f32> {
            let Self(left, column, shift) = self;
            let mut dots = Vec::with_capacity(left.len() / column.len().max(1));
            for row in left.chunks_exact(column.len().max(1)) {
                dots.push(shift + dot(simd, row, column));
            }
            dots
        }
    }
    vectorised(Dots(left, column, shift))
}

/// The sum of the products, in four chains, so that none waits for the one before.
#[inline(always)]
fn dot<S: Simd>(simd: S, row: &[f32], column: &[f32]) -> f32 {
    let mut sums = [simd.splat(0.0); 4];
    let (mut rows, mut columns) = (row.chunks_exact(4 * S::LANES), column.chunks_exact(4 * S::LANES));
    for (row, column) in (&mut rows).zip(&mut columns) {
        for (k, sum) in sums.iter_mut().enumerate() {
            let at = k * S::LANES..(k + 1) * S::LANES;
            *sum = simd.mul_add(simd.load(&row[at.clone()]), simd.load(&column[at]), *sum);
        }
    }
    let rest = rows.remainder().chunks(S::LANES).zip(columns.remainder().chunks(S::LANES));
    for (sum, (row, column)) in sums.iter_mut().zip(rest) {
        *sum = simd.mul_add(simd.load(row), simd.load(column), *sum);
    }
    let [a, b, c, d] = sums;
    add_lanes(simd, simd.add(simd.add(a, b), simd.add(c, d)))
}

/// Σ weight·row over the rows of `width` numbers.
fn weighted_sum(rows: &[f32], weights: &[f32], width: usize) -> Vec<f32> {
    struct Sum<'a> {
        rows: &'a [f32],
        weights: &'a [f32],
        out: &'a mut [f32],
    }
    impl Work for Sum<'_> {
        type Output = ();
        #[inline(always)]
        fn run<S: Simd>(self, simd: S) {
            let Self { rows, weights, out } = self;
            for (row, weight) in rows.chunks_exact(out.len().max(1)).zip(weights) {
                let weight = simd.splat(*weight);
                let (mut rows, mut outs) = (row.chunks_exact(S::LANES), out.chunks_exact_mut(S::LANES));
                for (row, out) in (&mut rows).zip(&mut outs) {
                    simd.store(simd.mul_add(simd.load(row), weight, simd.load(out)), out);
                }
                let (row, out) = (rows.remainder(), outs.into_remainder());
                simd.store(simd.mul_add(simd.load(row), weight, simd.load(out)), out);
            }
        }
    }
    let mut out = vec![0.0; width];
    vectorised(Sum { rows, weights, out: &mut out });
    out
}
