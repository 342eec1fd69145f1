//! A picture whose columns have been taken apart by the stride, so that neighbouring windows find their values side by side.
//!
//! ```text
//! stride 2, one column of padding:   row  . a b c d e    ->   . b d | a c e
//! tap v of windows 0, 1, 2:          v = 0: . b d    v = 1: a c e    v = 2: b d .
//! ```

use super::super::shape::Pool2dShape;

/// Where the values of each tap of the windows of a row begin.
pub(super) struct Samples {
    /// Values of a row of the picture, all parts.
    row: usize,
    /// W'.
    width: usize,
    /// For each column of the window, where in a row its values begin.
    starts: Vec<usize>,
    /// Columns of the padding at the left, and those of the picture.
    columns: [usize; 2],
    stride: usize,
    /// Values of each part of a row.
    part: usize,
    rows: usize,
}

impl Samples {
    pub(super) fn new(shape: &Pool2dShape) -> Self {
        let options = &shape.options;
        let (stride, [left, right]) = (options.stride[1], options.padding[1]);
        let part = (shape.input[1] + left + right).div_ceil(stride);
        let start = |tap: usize| {
            let column = tap * options.dilation[1];
            column % stride * part + column / stride
        };
        Self {
            row: stride * part,
            width: shape.output[1],
            starts: (0..options.kernel[1]).map(start).collect(),
            columns: [left, shape.input[1]],
            stride,
            part,
            rows: shape.input[0],
        }
    }

    /// Whether a picture is its own samples: no copy is needed.
    pub(super) fn is_plain(&self) -> bool {
        self.stride == 1 && self.row == self.columns[1]
    }

    /// How many values a picture's samples are, with those of the padding.
    pub(super) fn len(&self) -> usize {
        self.rows * self.row
    }

    /// Copies a picture into its samples. The padding is left as it is.
    pub(super) fn take_apart(&self, picture: &[f32], samples: &mut [f32]) {
        let width = self.columns[1];
        for (row, samples) in picture.chunks_exact(width).zip(samples.chunks_exact_mut(self.row)) {
            for (first, slot) in self.firsts() {
                let values = row[first..].iter().step_by(self.stride);
                for (sample, value) in samples[slot..].iter_mut().zip(values) {
                    *sample = *value;
                }
            }
        }
    }

    /// Copies the samples back into the picture.
    pub(super) fn put_together(&self, samples: &[f32], picture: &mut [f32]) {
        let width = self.columns[1];
        for (row, samples) in picture.chunks_exact_mut(width).zip(samples.chunks_exact(self.row)) {
            for (first, slot) in self.firsts() {
                let values = row[first..].iter_mut().step_by(self.stride);
                for (sample, value) in samples[slot..].iter().zip(values) {
                    *value = *sample;
                }
            }
        }
    }

    /// For each part of a row that has any: its first column of the picture, and where that stands in the samples.
    fn firsts(&self) -> impl Iterator<Item = (usize, usize)> {
        let [left, width] = self.columns;
        (0..self.stride.min(width)).map(move |first| {
            let column = left + first;
            (first, column % self.stride * self.part + column / self.stride)
        })
    }

    /// The places of the values that the windows of a row see at column `tap` of theirs, in row `row` of the picture.
    pub(super) fn places(&self, row: usize, tap: usize) -> std::ops::Range<usize> {
        let start = row * self.row + self.starts[tap];
        start..start + self.width
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Pool2dOptions;
    use super::*;

    #[test]
    fn windows_find_their_values_side_by_side_and_pictures_come_back() {
        for (stride, [left, right], width) in
            [(1, [0, 0], 7), (2, [1, 0], 6), (3, [1, 2], 8), (2, [2, 2], 1), (5, [0, 1], 7)]
        {
            let options = Pool2dOptions::new([1, 3]).with_stride([1, stride]).with_padding([[0, 0], [left, right]]);
            let shape = Pool2dShape::new([1, 1, 2, width], &options);
            let samples = Samples::new(&shape);
            let picture: Vec<f32> = (0..2 * width).map(|i| i as f32).collect();
            let mut taken = vec![-1.0; samples.len()];
            samples.take_apart(&picture, &mut taken);
            for (row, tap) in [0, 1].into_iter().flat_map(|row| [0, 1, 2].map(|tap| (row, tap))) {
                for (j, value) in taken[samples.places(row, tap)].iter().enumerate() {
                    let column = (j * stride + tap).checked_sub(left).filter(|&column| column < width);
                    let expected = column.map_or(-1.0, |column| picture[row * width + column]);
                    assert_eq!(*value, expected, "{options:?}, row {row}, tap {tap}, window {j}");
                }
            }
            let mut back = vec![0.0; picture.len()];
            samples.put_together(&taken, &mut back);
            assert_eq!(back, picture);
            assert_eq!(samples.is_plain(), stride == 1 && left + right == 0);
        }
    }
}
