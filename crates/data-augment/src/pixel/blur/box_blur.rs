//! The mean of a square around each pixel.
//!
//! As `blur` of OpenCV.

use super::odd::odd_size;
use super::rows::{Filter, Margin, filtered, lanes, lanes_mut, starts, with_lanes};
use super::taps::Sum;
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::pixel::border::mirrored;
use crate::sample::Sample;
use crate::transform::Apply;
use crate::value::Value;
use crate::workspace::Workspace;

odd_size! {
    /// Replaces each value by the mean of a square.
    ///
    /// ```
    /// use firebrick_data_augment::pixel::BoxBlurSize;
    /// use firebrick_data_augment::{Apply, Picture, Sample, Workspace};
    ///
    /// let mut sample = Sample::new(Picture::from_bytes(vec![0, 0, 90, 0, 0], [1, 5, 1])?);
    /// BoxBlurSize { size: 3 }.apply(&mut sample, &mut Workspace::new())?;
    /// assert_eq!(sample.picture.bytes(), Some(&[0, 30, 30, 30, 0][..]));
    /// # Ok::<(), firebrick_data_augment::AugmentError>(())
    /// ```
    BoxBlur, "box_blur";
    /// Smallest and largest side of the square in pixels, odd, 1 to 255. Default 3 to 7.
    [3, 7] to 255;
    /// What [`BoxBlur`] draws.
    BoxBlurSize
}

impl Apply for BoxBlurSize {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        let size = self.within();
        if size == 1 { Ok(()) } else { filtered(sample, &Square { size }, space) }
    }
}

struct Square {
    size: usize,
}

impl Filter for Square {
    fn bytes(&self, from: &[u8], to: &mut [u8], shape: Shape, space: &mut Workspace) {
        let mut columns = space.take_numbers(self.margin().shape(shape).row());
        self.rows(from, to, shape, &mut columns);
        space.give_numbers(columns);
    }

    fn floats(&self, from: &[f32], to: &mut [f32], shape: Shape, space: &mut Workspace) {
        let mut columns = space.take_floats(self.margin().shape(shape).row());
        self.rows(from, to, shape, &mut columns);
        space.give_floats(columns);
    }
}

/// A value and the sums over columns of it.
trait Summed: Value {
    type Sum: Sum<Self>;
    /// Whether a value can be taken out of a sum again without a trace.
    const EXACT: bool;
    fn minus(sum: Self::Sum, value: Self) -> Self::Sum;
    fn both(a: Self::Sum, b: Self::Sum) -> Self::Sum;
}

impl Summed for u8 {
    type Sum = i32;
    const EXACT: bool = true;

    #[inline(always)]
    fn minus(sum: i32, value: u8) -> i32 {
        sum - i32::from(value)
    }

    #[inline(always)]
    fn both(a: i32, b: i32) -> i32 {
        a + b
    }
}

impl Summed for f32 {
    type Sum = f32;
    const EXACT: bool = false;

    #[inline(always)]
    fn minus(sum: f32, value: f32) -> f32 {
        sum - value
    }

    #[inline(always)]
    fn both(a: f32, b: f32) -> f32 {
        a + b
    }
}

impl Square {
    fn margin(&self) -> Margin {
        Margin { width: self.size / 2, beyond: mirrored }
    }

    /// The sums of columns move down with the rows; of each row, sums of columns side by side are the sums of squares.
    fn rows<T: Summed>(&self, from: &[T], to: &mut [T], shape: Shape, columns: &mut [T::Sum]) {
        let (row, reach) = (shape.row(), self.size / 2);
        let line = |y: isize| &from[mirrored(y, shape.height) * row..][..row];
        for (y, to) in to.chunks_exact_mut(row).enumerate() {
            let (top, within) = (y as isize - reach as isize, &mut columns[reach * shape.channels..][..row]);
            if T::EXACT && y > 0 {
                let (added, removed) = (line(top + 2 * reach as isize), line(top - 1));
                wide!(exchange(within, added, removed));
            } else {
                within.fill(T::Sum::default());
                (top..top + self.size as isize).for_each(|y| wide!(add(within, line(y))));
            }
            self.margin().fill_sides(columns, shape);
            wide!(with_lanes!(row, means::<T>(columns, to, self.size, shape.channels)));
        }
    }
}

#[inline(always)]
fn add<T: Summed>(sums: &mut [T::Sum], values: &[T]) {
    for (sum, &value) in sums.iter_mut().zip(values) {
        *sum = sum.plus(value);
    }
}

#[inline(always)]
fn exchange<T: Summed>(sums: &mut [T::Sum], added: &[T], removed: &[T]) {
    let values = added.iter().zip(removed);
    for (sum, (&added, &removed)) in sums.iter_mut().zip(values) {
        *sum = T::minus(sum.plus(added), removed);
    }
}

#[inline(always)]
fn means<T: Summed, const N: usize>(columns: &[T::Sum], to: &mut [T], size: usize, channels: usize) {
    let factor = 1.0 / (size * size) as f32;
    for start in starts::<N>(to.len()) {
        let mut sums = [T::Sum::default(); N];
        for place in 0..size {
            let columns = lanes::<_, N>(columns, start + place * channels);
            for i in 0..N {
                sums[i] = T::both(sums[i], columns[i]);
            }
        }
        let to = lanes_mut::<_, N>(to, start);
        for i in 0..N {
            to[i] = sums[i].times(factor);
        }
    }
}
