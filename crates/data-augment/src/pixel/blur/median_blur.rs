//! The median of a square around each pixel: specks vanish, edges stay. The outermost pixels go on beyond the edge.
//!
//! As `medianBlur` of OpenCV.

use super::median::{median_of_25, median_of_nine, median_of_square};
use super::odd::odd_size;
use super::rows::{Filter, Margin, filtered, lanes, lanes_mut, starts, with_lanes};
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::pixel::border::nearest;
use crate::sample::Sample;
use crate::transform::Apply;
use crate::workspace::Workspace;

odd_size! {
    /// Replaces each value by the median of a square, channel by channel.
    ///
    /// ```
    /// use firebrick_data_augment::pixel::MedianBlurSize;
    /// use firebrick_data_augment::{Apply, Picture, Sample, Workspace};
    ///
    /// let mut sample = Sample::new(Picture::from_bytes(vec![1, 1, 200, 1, 1], [1, 5, 1])?);
    /// MedianBlurSize { size: 3 }.apply(&mut sample, &mut Workspace::new())?;
    /// assert_eq!(sample.picture.bytes(), Some(&[1; 5][..]));
    /// # Ok::<(), firebrick_data_augment::AugmentError>(())
    /// ```
    MedianBlur, "median_blur";
    /// Smallest and largest side of the square in pixels, odd, 1 to 15. Default 3 to 5.
    [3, 5] to 15;
    /// What [`MedianBlur`] draws.
    MedianBlurSize
}

impl Apply for MedianBlurSize {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        let size = self.within();
        if size == 1 { Ok(()) } else { filtered(sample, &MedianBlurSize { size }, space) }
    }
}

impl MedianBlurSize {
    fn margin(&self) -> Margin {
        Margin { width: self.size / 2, beyond: nearest }
    }
}

impl Filter for MedianBlurSize {
    fn bytes(&self, from: &[u8], to: &mut [u8], shape: Shape, space: &mut Workspace) {
        let (row, stride) = (shape.row(), self.margin().shape(shape).row());
        let mut wider = space.take_bytes(self.margin().shape(shape).len());
        self.margin().fill(from, &mut wider, shape);
        for (from, to) in wider.windows(self.size * stride).step_by(stride).zip(to.chunks_exact_mut(row)) {
            wide!(with_lanes!(row, medians(from, to, self.size, shape.channels)));
        }
        space.give_bytes(wider);
    }

    /// Sorts the square of each value.
    fn floats(&self, from: &[f32], to: &mut [f32], shape: Shape, space: &mut Workspace) {
        let wide_shape = self.margin().shape(shape);
        let mut wider = space.take_floats(wide_shape.len());
        self.margin().fill(from, &mut wider, shape);
        let mut square = [0.0; 15 * 15];
        let square = &mut square[..self.size * self.size];
        for (at, to) in to.iter_mut().enumerate() {
            let start = at / shape.row() * wide_shape.row() + at % shape.row();
            for (place, value) in square.iter_mut().enumerate() {
                *value = wider[start + place / self.size * wide_shape.row() + place % self.size * shape.channels];
            }
            *to = *square.select_nth_unstable_by(self.size * self.size / 2, f32::total_cmp).1;
        }
        space.give_floats(wider);
    }
}

/// One row of medians, from as many rows as the square has.
#[inline(always)]
fn medians<const N: usize>(from: &[u8], to: &mut [u8], size: usize, channels: usize) {
    let stride = from.len() / size;
    for start in starts::<N>(to.len()) {
        let at = |down: usize, right: usize| lanes::<u8, N>(from, down * stride + right * channels + start);
        let block = lanes_mut::<u8, N>(to, start);
        match size {
            3 => median_of_nine::<N>(
                #[inline(always)]
                |down, right| at(down, right),
                block,
            ),
            5 => median_of_25::<N>(
                #[inline(always)]
                |down, right| at(down, right),
                block,
            ),
            _ => median_of_square::<N>(
                #[inline(always)]
                |down, right| at(down, right),
                block,
                size,
            ),
        }
    }
}
