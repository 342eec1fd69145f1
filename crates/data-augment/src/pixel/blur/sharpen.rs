//! Edges stand out, or fade.
//!
//! ```text
//!            1 1 1
//! smooth  =  1 5 1  / 13        out = clamp(factor·in + (1 - factor)·smooth), the outermost pixels stay
//!            1 1 1
//! ```
//!
//! As `adjust_sharpness` of torchvision and `ImageEnhance.Sharpness` of Pillow.

use super::rows::{Filter, filtered, lanes, lanes_mut, starts, with_lanes};
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::pixel::ranged::ranged;
use crate::sample::Sample;
use crate::transform::Apply;
use crate::value::{Value, byte};
use crate::workspace::Workspace;

ranged! {
    /// Moves values away from their smoothed ones by a factor.
    ///
    /// ```
    /// use firebrick_data_augment::pixel::SharpenFactor;
    /// use firebrick_data_augment::{Apply, Picture, Sample, Workspace};
    ///
    /// let mut sample = Sample::new(Picture::from_bytes(vec![100, 100, 100, 100, 126, 100, 100, 100, 100], [3, 3, 1])?);
    /// SharpenFactor { factor: 2.0 }.apply(&mut sample, &mut Workspace::new())?;
    /// assert_eq!(sample.picture.bytes().map(|bytes| bytes[4]), Some(142));
    /// # Ok::<(), firebrick_data_augment::AugmentError>(())
    /// ```
    Sharpen, "sharpen";
    /// From which the factor is drawn: 0 is smooth, 1 changes nothing, above is sharper. Default 1 to 2.
    factor: [1.0, 2.0] in [0.0, 1000.0];
    /// What [`Sharpen`] draws.
    SharpenFactor
}

impl Apply for SharpenFactor {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        filtered(sample, self, space)
    }
}

/// A value and the sum of the nine around it.
trait Nine: Value {
    type Sum: Copy + Default;
    fn plus(sum: Self::Sum, value: Self, times: u8) -> Self::Sum;
    /// A thirteenth of the sum, 0 to white; of bytes a whole number.
    fn smooth(sum: Self::Sum) -> f32;
}

impl Nine for u8 {
    type Sum = u16;

    #[inline(always)]
    fn plus(sum: u16, value: u8, times: u8) -> u16 {
        sum + u16::from(value) * u16::from(times)
    }

    #[inline(always)]
    fn smooth(sum: u16) -> f32 {
        f32::from(byte(f32::from(sum) * (1.0 / 13.0)))
    }
}

impl Nine for f32 {
    type Sum = f32;

    #[inline(always)]
    fn plus(sum: f32, value: f32, times: u8) -> f32 {
        sum + value * f32::from(times)
    }

    #[inline(always)]
    fn smooth(sum: f32) -> f32 {
        sum * (1.0 / 13.0)
    }
}

impl Filter for SharpenFactor {
    fn bytes(&self, from: &[u8], to: &mut [u8], shape: Shape, _space: &mut Workspace) {
        self.run(from, to, shape);
    }

    fn floats(&self, from: &[f32], to: &mut [f32], shape: Shape, _space: &mut Workspace) {
        self.run(from, to, shape);
    }
}

impl SharpenFactor {
    fn run<T: Nine>(&self, from: &[T], to: &mut [T], shape: Shape) {
        let (row, factor) = (shape.row(), self.factor as f32);
        if shape.height < 3 || shape.width < 3 {
            return to.copy_from_slice(from);
        }
        let last = shape.height - 1;
        to[..row].copy_from_slice(&from[..row]);
        to[last * row..].copy_from_slice(&from[last * row..]);
        for (from, to) in from.windows(3 * row).step_by(row).zip(to[row..].chunks_exact_mut(row)) {
            let (middle, channels) = (&from[row..2 * row], shape.channels);
            to[..channels].copy_from_slice(&middle[..channels]);
            to[row - channels..].copy_from_slice(&middle[row - channels..]);
            let inner = &mut to[channels..row - channels];
            wide!(with_lanes!(inner.len(), sharpened::<T>(from, inner, channels, factor)));
        }
    }
}

/// The inner values of a row, from three rows.
#[inline(always)]
fn sharpened<T: Nine, const N: usize>(from: &[T], to: &mut [T], channels: usize, factor: f32) {
    let row = to.len() + 2 * channels;
    for start in starts::<N>(to.len()) {
        let mut sums = [T::Sum::default(); N];
        for (down, right) in (0..3).flat_map(|down| (0..3).map(move |right| (down, right))) {
            let times = if (down, right) == (1, 1) { 5 } else { 1 };
            let values = lanes::<_, N>(from, down * row + right * channels + start);
            for i in 0..N {
                sums[i] = T::plus(sums[i], values[i], times);
            }
        }
        let middle = lanes::<_, N>(from, row + channels + start);
        let to = lanes_mut::<_, N>(to, start);
        for i in 0..N {
            let out = factor * middle[i].float() + (1.0 - factor) * T::smooth(sums[i]);
            to[i] = T::of(out.clamp(0.0, T::WHITE));
        }
    }
}
