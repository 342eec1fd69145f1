//! Rows to columns, a square of vectors at a time.

use super::simd::{Simd, Work};

/// The most lanes that vectors have.
const MOST_LANES: usize = 16;

/// `into[j · into_pitch + i] = from[i · from_pitch + j]` for i below `size[0]` and j below `size[1]`.
///
/// # Panics
///
/// When a slice is too short.
pub(crate) struct Transpose<'a> {
    pub(crate) from: &'a [f32],
    pub(crate) from_pitch: usize,
    pub(crate) into: &'a mut [f32],
    pub(crate) into_pitch: usize,
    pub(crate) size: [usize; 2],
}

impl Work for Transpose<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { from, from_pitch, into, into_pitch, size: [rows, cols] } = self;
        for row in (0..rows).step_by(S::LANES) {
            let height = S::LANES.min(rows - row);
            for col in (0..cols).step_by(S::LANES) {
                let width = S::LANES.min(cols - col);
                let mut square = [simd.splat(0.0); MOST_LANES];
                for i in 0..height {
                    square[i] = simd.load(&from[(row + i) * from_pitch + col..][..width]);
                }
                simd.transpose(&mut square[..S::LANES]);
                for j in 0..width {
                    simd.store(square[j], &mut into[(col + j) * into_pitch + row..][..height]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::simd::with_each;
    use super::*;

    #[derive(Clone)]
    struct Case([usize; 2]);

    impl Work for Case {
        type Output = Vec<f32>;
        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> Vec<f32> {
            let [rows, cols] = self.0;
            let from: Vec<f32> = (0..rows * (cols + 1)).map(|i| i as f32).collect();
            let mut into = vec![-1.0; cols * (rows + 2)];
            let work = Transpose {
                from: &from,
                from_pitch: cols + 1,
                into: &mut into,
                into_pitch: rows + 2,
                size: [rows, cols],
            };
            work.run(simd);
            into
        }
    }

    #[test]
    fn rows_become_columns_and_gaps_stay() {
        for size in [[1, 1], [3, 5], [8, 8], [16, 16], [17, 9], [40, 33]] {
            let [rows, cols] = size;
            for into in with_each(&Case(size)) {
                let places = (0..into.len()).map(|index| [index / (rows + 2), index % (rows + 2)]);
                let expected = places.map(|[j, i]| if i < rows { (i * (cols + 1) + j) as f32 } else { -1.0 });
                assert_eq!(into, expected.collect::<Vec<f32>>(), "{size:?}");
            }
        }
    }
}
