//! Products whose right-hand matrix is packed once and used often, such as the recurrent weights of
//! a sequence.
//!
//! The matrix is stored in panels of two vectors' width, row after row, so that a product reads it in
//! order. Each value of the product is one chain of multiply-adds along the inner dimension: it does
//! not depend on which rows are multiplied together, and so not on how work is split.

use super::matmul::{Matrix, Store};
use super::simd::{Simd, Work, lanes, vectorised};

/// A `[k, n]` matrix in panels of adjacent columns, the last one padded with zeros.
#[derive(Debug, Default)]
pub(crate) struct Panels {
    values: Vec<f32>,
    size: [usize; 2],
}

impl Panels {
    /// A packed copy.
    pub(crate) fn new(matrix: Matrix<'_>) -> Self {
        Self::with_width(matrix, 2 * lanes())
    }

    /// The same in panels of `width` columns.
    fn with_width(matrix: Matrix<'_>, width: usize) -> Self {
        let [k, n] = matrix.size();
        let mut values = vec![0.0; k * n.next_multiple_of(width)];
        for (panel, first) in values.chunks_exact_mut((k * width).max(1)).zip((0..n).step_by(width)) {
            matrix.copy_columns(first, width, panel);
        }
        Self { values, size: [k, n] }
    }

    /// Replaces the content by a packed copy of the first `count` rows; the memory is used again.
    pub(crate) fn pack_rows(&mut self, rows: Rows<'_>, count: usize) {
        let width = 2 * lanes();
        self.size = [count, rows.width];
        self.values.clear();
        self.values.reserve(count * rows.width.next_multiple_of(width));
        for first in (0..rows.width).step_by(width) {
            let cols = width.min(rows.width - first);
            for row in 0..count {
                self.values.extend_from_slice(&rows.row(row)[first..first + cols]);
                self.values.extend(std::iter::repeat_n(0.0, width - cols));
            }
        }
    }

    /// Rows and columns of the matrix.
    pub(crate) fn size(&self) -> [usize; 2] {
        self.size
    }
}

/// The left-hand matrix: rows of a slice, in order or picked by an index.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    data: &'a [f32],
    width: usize,
    stride: usize,
    index: Option<&'a [usize]>,
}

impl<'a> Rows<'a> {
    /// Row i is the `width` values from `data[i * stride]` on.
    pub(crate) fn new(data: &'a [f32], width: usize, stride: usize) -> Self {
        Self { data, width, stride, index: None }
    }

    /// Row i is the one that was row `index[i]`.
    pub(crate) fn picked(self, index: &'a [usize]) -> Self {
        Self { index: Some(index), ..self }
    }

    /// One of the rows.
    #[inline(always)]
    pub(crate) fn row(&self, row: usize) -> &'a [f32] {
        let start = self.index.map_or(row, |index| index[row]) * self.stride;
        &self.data[start..start + self.width]
    }
}

/// The rows that a product is written to, in order or picked by an index.
pub(crate) struct RowsMut<'a> {
    data: &'a mut [f32],
    width: usize,
    stride: usize,
    index: Option<&'a [usize]>,
}

impl<'a> RowsMut<'a> {
    /// Row i is the `width` values from `data[i * stride]` on.
    pub(crate) fn new(data: &'a mut [f32], width: usize, stride: usize) -> Self {
        Self { data, width, stride, index: None }
    }

    /// Row i is the one that was row `index[i]`.
    pub(crate) fn picked(self, index: &'a [usize]) -> Self {
        Self { index: Some(index), ..self }
    }

    #[inline(always)]
    fn row(&mut self, row: usize) -> &mut [f32] {
        let start = self.index.map_or(row, |index| index[row]) * self.stride;
        &mut self.data[start..start + self.width]
    }
}

/// `out = left · right`, or `out += left · right`, for the first `count` rows.
///
/// # Panics
///
/// When the sizes do not fit: `left` is `[count, k]`, `right` `[k, n]`, `out` `[count, n]`.
pub(crate) fn product(count: usize, left: Rows<'_>, right: &Panels, out: RowsMut<'_>, store: Store) {
    let [k, n] = right.size;
    assert!(
        left.width == k && out.width == n,
        "cannot multiply [{count}, {}] by [{k}, {n}] into [{count}, {}]",
        left.width,
        out.width
    );
    vectorised(Product { count, left, right, out, store, transposed: false });
}

/// `out += leftᵀ · right`: `left` is `[k, m]`, `right` `[k, n]`, `out` `[m, n]`.
///
/// # Panics
///
/// When the sizes do not fit.
pub(crate) fn add_transposed_product(left: Rows<'_>, right: &Panels, out: RowsMut<'_>) {
    let n = right.size[1];
    assert!(out.width == n, "cannot add a product of {n} columns to {}", out.width);
    vectorised(Product { count: left.width, left, right, out, store: Store::Add, transposed: true });
}

struct Product<'a> {
    count: usize,
    left: Rows<'a>,
    right: &'a Panels,
    out: RowsMut<'a>,
    store: Store,
    transposed: bool,
}

impl Work for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let [k, n] = self.right.size;
        let tile = self.count.div_ceil(self.count.div_ceil(S::ROWS).max(1)).max(1);
        for first_col in (0..n).step_by(2 * S::LANES) {
            let panel = &self.right.values[first_col * k..(first_col + 2 * S::LANES) * k];
            for first_row in (0..self.count).step_by(tile) {
                let rows = tile.min(self.count - first_row);
                self.tile_of(simd, rows, [first_row, first_col], panel);
            }
        }
    }
}

impl Product<'_> {
    /// The tile of `rows` rows at the position `at`.
    #[inline(always)]
    fn tile_of<S: Simd>(&mut self, simd: S, rows: usize, at: [usize; 2], panel: &[f32]) {
        match rows {
            1 => self.tile::<S, 1>(simd, at, panel),
            2 => self.tile::<S, 2>(simd, at, panel),
            3 => self.tile::<S, 3>(simd, at, panel),
            4 => self.tile::<S, 4>(simd, at, panel),
            5 => self.tile::<S, 5>(simd, at, panel),
            6 => self.tile::<S, 6>(simd, at, panel),
            7 => self.tile::<S, 7>(simd, at, panel),
            8 => self.tile::<S, 8>(simd, at, panel),
            9 => self.tile::<S, 9>(simd, at, panel),
            10 => self.tile::<S, 10>(simd, at, panel),
            11 => self.tile::<S, 11>(simd, at, panel),
            _ => self.tile::<S, 12>(simd, at, panel),
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const R: usize>(&mut self, simd: S, [row, col]: [usize; 2], panel: &[f32]) {
        let left = self.left;
        let sums = if self.transposed {
            accumulate::<S, R>(simd, panel, |k| column_part(left.row(k), row))
        } else {
            let depth = panel.len() / (2 * S::LANES);
            let rows: [&[f32]; R] = std::array::from_fn(|r| &left.row(row + r)[..depth]);
            accumulate::<S, R>(simd, panel, |k| {
                let mut values = [0.0; R];
                for r in 0..R {
                    values[r] = rows[r][k];
                }
                values
            })
        };
        for (r, (low, high)) in sums.0.into_iter().zip(sums.1).enumerate() {
            let out = &mut self.out.row(row + r)[col..];
            write(simd, low, out, self.store);
            if out.len() > S::LANES {
                write(simd, high, &mut out[S::LANES..], self.store);
            }
        }
    }
}

/// The values of a row from `first` on.
#[inline(always)]
fn column_part<const R: usize>(row: &[f32], first: usize) -> [f32; R] {
    *row[first..].first_chunk().expect("a tile lies within its matrix")
}

/// The sums over k of `left(k)[r] · panel[k]`, for both vectors of a row of the panel.
#[inline(always)]
fn accumulate<S: Simd, const R: usize>(
    simd: S,
    panel: &[f32],
    left: impl Fn(usize) -> [f32; R],
) -> ([S::Vector; R], [S::Vector; R]) {
    let (mut low_sums, mut high_sums) = ([simd.splat(0.0); R], [simd.splat(0.0); R]);
    for (k, panel) in panel.chunks_exact(2 * S::LANES).enumerate() {
        let (low, high) = (simd.load(panel), simd.load(&panel[S::LANES..]));
        let values = left(k);
        for r in 0..R {
            let value = simd.splat(values[r]);
            low_sums[r] = simd.mul_add(value, low, low_sums[r]);
            high_sums[r] = simd.mul_add(value, high, high_sums[r]);
        }
    }
    (low_sums, high_sums)
}

#[inline(always)]
fn write<S: Simd>(simd: S, sum: S::Vector, out: &mut [f32], store: Store) {
    let value = match store {
        Store::Replace => sum,
        Store::Add => simd.add(simd.load(out), sum),
    };
    simd.store(value, out);
}

#[cfg(test)]
mod tests {
    use super::super::simd::with_each;
    use super::*;

    /// `rows` rows of `width` values, `stride` apart; the gaps hold NaN, so reading one shows.
    fn values(rows: usize, width: usize, stride: usize) -> Vec<f32> {
        let mut data = vec![f32::NAN; rows * stride];
        for (i, row) in data.chunks_exact_mut(stride).enumerate() {
            row.iter_mut().take(width).enumerate().for_each(|(j, value)| *value = ((7 * i + 3 * j) as f32).cos());
        }
        data
    }

    /// A product with every set of instructions; `left` is `[m, k]`, or `[k, m]` when transposed.
    #[derive(Clone, Debug)]
    struct Case {
        size: [usize; 3],
        index: Option<Vec<usize>>,
        store: Store,
        transposed: bool,
    }

    impl Work for Case {
        type Output = Vec<f32>;
        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> Vec<f32> {
            let [m, k, n] = self.size;
            let right = values(k, n, n + 1);
            let panels = Panels::with_width(Matrix::new(&right, [k, n], n + 1), 2 * S::LANES);
            let [rows, width] = if self.transposed { [k, m] } else { [m, k] };
            let left = values(2 * rows, width, width + 2);
            let left = Rows::new(&left, width, width + 2);
            let left = self.index.as_ref().map_or(left, |index| left.picked(index));
            let mut data = vec![1.0; m * (n + 3)];
            let out = RowsMut::new(&mut data, n, n + 3);
            let Self { store, transposed, .. } = self;
            Product { count: m, left, right: &panels, out, store, transposed }.run(simd);
            data
        }
    }

    impl Case {
        fn check(&self) {
            let expected = self.expected();
            for actual in with_each(self) {
                let close = actual.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-4);
                assert!(close && actual.len() == expected.len(), "{self:?}: {actual:?} instead of {expected:?}");
            }
        }

        fn expected(&self) -> Vec<f32> {
            let [m, k, n] = self.size;
            let value = |i: usize, j: usize| ((7 * i + 3 * j) as f32).cos();
            let row = |row: usize| self.index.as_ref().map_or(row, |index| index[row]);
            let left = |i: usize, d: usize| if self.transposed { value(row(d), i) } else { value(row(i), d) };
            let mut out = vec![1.0; m * (n + 3)];
            for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                let before = if self.store == Store::Add { 1.0 } else { 0.0 };
                out[i * (n + 3) + j] = before + (0..k).map(|d| left(i, d) * value(d, j)).sum::<f32>();
            }
            out
        }
    }

    #[test]
    fn products_agree_with_the_definition_and_touch_no_gap() {
        let sizes = [[1, 1, 1], [3, 5, 2], [13, 9, 33], [24, 7, 64], [25, 40, 31], [2, 0, 3], [0, 4, 3]];
        let ways = [(Store::Replace, false), (Store::Add, false), (Store::Add, true)];
        for (size, (store, transposed)) in sizes.into_iter().flat_map(|size| ways.map(|way| (size, way))) {
            let rows = if transposed { size[1] } else { size[0] };
            for index in [None, Some((0..rows).map(|row| 2 * rows - 1 - 2 * row).collect())] {
                Case { size, index, store, transposed }.check();
            }
        }
    }

    #[test]
    fn a_row_of_a_product_does_not_depend_on_the_rows_beside_it() {
        let (left, right) = (values(29, 17, 17), values(17, 21, 21));
        let right = Panels::new(Matrix::new(&right, [17, 21], 21));
        let rows = |first: usize, count: usize| {
            let mut out = vec![0.0; count * 21];
            product(
                count,
                Rows::new(&left[first * 17..], 17, 17),
                &right,
                RowsMut::new(&mut out, 21, 21),
                Store::Replace,
            );
            out
        };
        let whole = rows(0, 29);
        for (first, count) in [(0, 1), (5, 3), (11, 18)] {
            assert_eq!(rows(first, count), whole[first * 21..(first + count) * 21]);
        }
    }

    #[test]
    fn a_transposed_matrix_is_packed_as_its_copy_is() {
        for [k, n] in [[1, 1], [3, 5], [16, 32], [17, 33], [40, 70]] {
            let stored = values(n, k, k + 3);
            let copy: Vec<f32> =
                (0..k).flat_map(|i| (0..n).map(move |j| (i, j))).map(|(i, j)| stored[j * (k + 3) + i]).collect();
            let packed = Panels::new(Matrix::new(&stored, [n, k], k + 3).transposed());
            let expected = Panels::new(Matrix::new(&copy, [k, n], n));
            assert_eq!((packed.size(), &packed.values), ([k, n], &expected.values));
            assert!(packed.values.iter().all(|value| !value.is_nan()), "a gap was read");
        }
    }

    #[test]
    fn packing_again_replaces_what_was_packed() {
        let (first, second) = (values(9, 40, 40), values(3, 5, 5));
        let mut panels = Panels::new(Matrix::new(&first, [9, 40], 40));
        panels.pack_rows(Rows::new(&second, 5, 5).picked(&[2, 0]), 2);
        assert_eq!(panels.size(), [2, 5]);
        let expected = [second[10..].to_vec(), second[..5].to_vec()].concat();
        assert_eq!(panels.values, Panels::new(Matrix::new(&expected, [2, 5], 5)).values);
    }

    #[test]
    #[should_panic(expected = "cannot multiply [1, 3] by [2, 2] into [1, 2]")]
    fn sizes_that_do_not_fit_are_refused() {
        let right = Panels::new(Matrix::new(&[0.0; 4], [2, 2], 2));
        product(1, Rows::new(&[0.0; 3], 3, 3), &right, RowsMut::new(&mut [0.0; 2], 2, 2), Store::Replace);
    }
}
