//! Products of 32-bit float matrices that lie in slices, on the calling thread.
//!
//! Kernels split their work over samples and hand each product to one thread: a small product
//! shared by two threads is slower than on one.

use std::ops::Range;

/// Rows that are transposed together.
const BLOCK: usize = 16;

/// A matrix read from a slice: element (i, j) is `data[i * row_stride + j * col_stride]`.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    data: &'a [f32],
    size: [usize; 2],
    strides: [usize; 2],
}

impl<'a> Matrix<'a> {
    /// The `rows x cols` matrix whose rows start `row_stride` apart, with adjacent columns.
    ///
    /// # Panics
    ///
    /// When the matrix reaches beyond `data`.
    pub(crate) fn new(data: &'a [f32], size: [usize; 2], row_stride: usize) -> Self {
        let strides = [row_stride, 1];
        let reach = extent(size, strides);
        assert!(
            reach <= data.len(),
            "a {size:?} matrix with strides {strides:?} needs {reach} values, but there are {}",
            data.len()
        );
        Self { data, size, strides }
    }

    /// Rows and columns.
    pub(crate) fn size(&self) -> [usize; 2] {
        self.size
    }

    /// Copies the columns from `first` on into `out`, row after row of `width` values. What lies beyond the last column is
    /// left as it is.
    pub(crate) fn copy_columns(&self, first: usize, width: usize, out: &mut [f32]) {
        let ([rows, cols], [row_stride, col_stride]) = (self.size, self.strides);
        let cols = first..cols.min(first + width);
        if col_stride == 1 {
            for (row, out) in out.chunks_exact_mut(width).enumerate().take(rows) {
                out[..cols.len()].copy_from_slice(&self.data[row * row_stride + cols.start..][..cols.len()]);
            }
            return;
        }
        // Few rows at a time, so that what is written stays in cache while column after column is read in order.
        for (block, out) in out.chunks_mut(BLOCK * width).enumerate() {
            for (place, col) in cols.clone().enumerate() {
                let values = self.data[col * col_stride + block * BLOCK * row_stride..].iter().step_by(row_stride);
                for (out, value) in out[place..].iter_mut().step_by(width).zip(values) {
                    *out = *value;
                }
            }
        }
    }

    /// Some of the columns; nothing is copied.
    ///
    /// # Panics
    ///
    /// When they are not columns of the matrix.
    pub(crate) fn columns(self, columns: Range<usize>) -> Self {
        let [rows, cols] = self.size;
        assert!(columns.start <= columns.end && columns.end <= cols, "columns {columns:?} of a matrix with {cols}");
        let first = (columns.start * self.strides[1]).min(self.data.len());
        Self { data: &self.data[first..], size: [rows, columns.len()], strides: self.strides }
    }

    /// Rows become columns; nothing is copied.
    pub(crate) fn transposed(self) -> Self {
        let ([rows, cols], [row_stride, col_stride]) = (self.size, self.strides);
        Self { data: self.data, size: [cols, rows], strides: [col_stride, row_stride] }
    }
}

/// A matrix written to a slice: element (i, j) is `data[i * row_stride + j]`.
pub(crate) struct MatrixMut<'a> {
    data: &'a mut [f32],
    size: [usize; 2],
    row_stride: usize,
}

impl<'a> MatrixMut<'a> {
    /// The `rows x cols` matrix whose rows start `row_stride` apart.
    ///
    /// # Panics
    ///
    /// When the matrix reaches beyond `data`, or its rows overlap.
    pub(crate) fn new(data: &'a mut [f32], size: [usize; 2], row_stride: usize) -> Self {
        let reach = extent(size, [row_stride, 1]);
        assert!(
            reach <= data.len(),
            "a {size:?} matrix with rows {row_stride} apart needs {reach} values, but there are {}",
            data.len()
        );
        assert!(
            size[0] <= 1 || size[1] <= row_stride,
            "the rows of a {size:?} matrix overlap when they are {row_stride} apart"
        );
        Self { data, size, row_stride }
    }
}

/// What becomes of the values that the output held before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    /// They are replaced by the product.
    Replace,
    /// The product is added to them.
    Add,
}

/// `out = a · b`, or `out += a · b`.
///
/// # Panics
///
/// When the sizes do not fit: `a` is `[m, k]`, `b` is `[k, n]`, `out` is `[m, n]`.
pub(crate) fn matmul(a: Matrix<'_>, b: Matrix<'_>, out: MatrixMut<'_>, store: Store) {
    let ([m, k], [_, n]) = (a.size, b.size);
    assert!(b.size[0] == k && out.size == [m, n], "cannot multiply {:?} by {:?} into {:?}", a.size, b.size, out.size);
    if m == 0 || n == 0 {
        return;
    }
    product(a, b, out, store);
}

#[expect(unsafe_code, reason = "the gemm crate takes pointers and strides")]
fn product(a: Matrix<'_>, b: Matrix<'_>, out: MatrixMut<'_>, store: Store) {
    let ([m, k], n) = (a.size, b.size[1]);
    let MatrixMut { data, row_stride, .. } = out;
    // SAFETY: gemm reads `a` at i * row_stride + j * col_stride for i < m, j < k, and `b` likewise
    // for i < k, j < n; writes (and with `Store::Add` reads) `out` at i * row_stride + j for i < m,
    // j < n. The constructors of `Matrix` and `MatrixMut` hold the largest of these indices below
    // the length of the slice (`transposed` swaps sizes and strides together), and `matmul`, the
    // only caller, that the three sizes agree. A stride that is multiplied by more than zero is
    // therefore shorter than a slice and fits `isize`. `out` is borrowed mutably, so it overlaps neither input, and its rows do not
    // overlap one another. All three hold initialised `f32`.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            data.as_mut_ptr(),
            1,
            row_stride.cast_signed(),
            store == Store::Add,
            a.data.as_ptr(),
            a.strides[1].cast_signed(),
            a.strides[0].cast_signed(),
            b.data.as_ptr(),
            b.strides[1].cast_signed(),
            b.strides[0].cast_signed(),
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// How many values a matrix of this size and these strides spans.
fn extent([rows, cols]: [usize; 2], [row_stride, col_stride]: [usize; 2]) -> usize {
    if rows == 0 || cols == 0 {
        return 0;
    }
    (rows - 1)
        .checked_mul(row_stride)
        .zip((cols - 1).checked_mul(col_stride))
        .and_then(|(down, across)| down.checked_add(across)?.checked_add(1))
        .expect("the extent of a matrix in memory fits usize")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `rows x cols` values in rows `row_stride` apart; the gaps hold NaN, so reading one shows.
    fn values([rows, cols]: [usize; 2], row_stride: usize) -> Vec<f32> {
        let mut data = vec![f32::NAN; rows * row_stride];
        for i in 0..rows {
            for j in 0..cols {
                data[i * row_stride + j] = ((i * cols + j) as f32).cos();
            }
        }
        data
    }

    fn naive(a: &[f32], b: &[f32], [m, k, n]: [usize; 3], strides: [usize; 2]) -> Vec<f32> {
        let element = |i, j| (0..k).map(|d| a[i * strides[0] + d] * b[d * strides[1] + j]).sum();
        (0..m).flat_map(|i| (0..n).map(move |j| (i, j))).map(|(i, j)| element(i, j)).collect()
    }

    #[test]
    fn products_agree_with_the_definition_and_touch_no_gap() {
        for [m, k, n] in [[1, 1, 1], [3, 5, 2], [17, 9, 33], [64, 121, 31], [2, 0, 3], [1, 40, 1]] {
            let (a, b) = (values([m, k], k + 1), values([k, n], n + 2));
            let mut out = vec![7.0; m * (n + 3)];
            matmul(
                Matrix::new(&a, [m, k], k + 1),
                Matrix::new(&b, [k, n], n + 2),
                MatrixMut::new(&mut out, [m, n], n + 3),
                Store::Replace,
            );
            let expected = naive(&a, &b, [m, k, n], [k + 1, n + 2]);
            for (row, expected) in out.chunks(n + 3).zip(expected.chunks(n)) {
                for (value, expected) in row.iter().zip(expected) {
                    assert!((value - expected).abs() < 1e-4, "{value} instead of {expected}");
                }
                assert_eq!(row[n..], [7.0; 3], "a gap between rows was written");
            }
        }
    }

    #[test]
    fn a_transposed_matrix_multiplies_as_its_copy_does_and_adds_to_the_output() {
        let (a, b) = (values([4, 3], 3), values([4, 5], 5));
        let mut out = vec![1.0; 15];
        let (left, right) = (Matrix::new(&a, [4, 3], 3), Matrix::new(&b, [4, 5], 5));
        matmul(left.transposed(), right, MatrixMut::new(&mut out, [3, 5], 5), Store::Add);
        for i in 0..3 {
            for j in 0..5 {
                let expected: f32 = (0..4).map(|d| a[d * 3 + i] * b[d * 5 + j]).sum();
                assert!((out[i * 5 + j] - 1.0 - expected).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn some_columns_are_those_of_the_matrix_and_of_its_transpose() {
        let data: Vec<f32> = (0..20).map(|value| value as f32).collect();
        let matrix = Matrix::new(&data, [4, 3], 5);
        let mut out = vec![-1.0; 8];
        matrix.columns(1..3).copy_columns(0, 2, &mut out);
        assert_eq!(out, [1.0, 2.0, 6.0, 7.0, 11.0, 12.0, 16.0, 17.0]);
        let mut out = vec![-1.0; 6];
        matrix.transposed().columns(2..4).copy_columns(0, 2, &mut out);
        assert_eq!(out, [10.0, 15.0, 11.0, 16.0, 12.0, 17.0]);
        assert_eq!(matrix.columns(3..3).size(), [4, 0]);
    }

    #[test]
    #[should_panic(expected = "columns 2..4 of a matrix with 3")]
    fn columns_beyond_the_matrix_are_refused() {
        Matrix::new(&[0.0; 12], [4, 3], 3).columns(2..4);
    }

    #[test]
    #[should_panic(expected = "needs 12 values, but there are 11")]
    fn a_matrix_beyond_its_slice_is_refused() {
        Matrix::new(&[0.0; 11], [3, 4], 4);
    }

    #[test]
    #[should_panic(expected = "needs 12 values, but there are 11")]
    fn an_output_beyond_its_slice_is_refused() {
        MatrixMut::new(&mut [0.0; 11], [3, 4], 4);
    }

    #[test]
    #[should_panic(expected = "overlap")]
    fn an_output_with_overlapping_rows_is_refused() {
        MatrixMut::new(&mut [0.0; 99], [3, 4], 3);
    }

    #[test]
    #[should_panic(expected = "fits usize")]
    fn an_extent_beyond_the_address_space_is_refused() {
        Matrix::new(&[0.0], [3, 4], usize::MAX);
    }

    #[test]
    #[should_panic(expected = "cannot multiply [2, 3] by [2, 2] into [2, 2]")]
    fn sizes_that_do_not_fit_are_refused() {
        let data = [0.0; 6];
        let (a, b) = (Matrix::new(&data, [2, 3], 3), Matrix::new(&data, [2, 2], 2));
        matmul(a, b, MatrixMut::new(&mut [0.0; 4], [2, 2], 2), Store::Replace);
    }
}
