//! Another size: each value of the result is a weighted sum along rows, then along columns, or the other way round.
//!
//! ```text
//! out[i] = sum_k w[i, k]·in[first[i] + k]        middle of pixel i of the result: (i + 0.5)·n/m - 0.5 of the picture
//! ```
//!
//! Bytes are summed in whole numbers, weights in 14 bits, and rounded after each direction, as Pillow does.

use serde::{Deserialize, Serialize};

use super::spatial::{Role, Spatial, move_all};
use super::window::Window;
use crate::error::AugmentError;
use crate::picture::{Picture, Shape, Values, ValuesMut};
use crate::sample::Sample;
use crate::transform::Apply;
use crate::value::Value;
use crate::workspace::Workspace;

mod table;

use table::Table;

/// How a picture is brought to another size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// The nearest pixel.
    Nearest,
    /// Two by two pixels, more where the picture becomes smaller. The default.
    #[default]
    Bilinear,
    /// Four by four pixels, more where the picture becomes smaller (Keys, 1981).
    Bicubic,
    /// All pixels that a pixel of the result covers, each by the part that is covered. Pillow's name for it is `box`.
    Area,
    /// Two by two pixels, more where the picture becomes smaller, weighed by a raised cosine, as Pillow does.
    Hamming,
    /// Six by six pixels, more where the picture becomes smaller, weighed by a windowed sinc (Lanczos, a = 3).
    Lanczos,
}

/// A part of a picture in another size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resampled {
    pub(super) window: Window,
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) filter: Filter,
    pub(super) antialias: bool,
}

impl Apply for Resampled {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        move_all(self, sample, space)
    }
}

impl Spatial for Resampled {
    fn size(&self, from: [usize; 2]) -> Result<[usize; 2], AugmentError> {
        self.window.check(from)?;
        Shape::new(self.height, self.width, 1).map(Shape::size)
    }

    fn pixels(&self, from: &Picture, to: &mut Picture, role: Role, space: &mut Workspace) {
        let filter = if role == Role::Mask { Filter::Nearest } else { self.filter };
        let resample = Self { filter, ..*self };
        let shape = from.shape();
        match (from.values(), to.values_mut()) {
            (Values::Bytes(from), ValuesMut::Bytes(to)) => resample.by_channels(from, to, shape, space),
            (Values::Floats(from), ValuesMut::Floats(to)) => resample.by_channels(from, to, shape, space),
            _ => unreachable!("both pictures hold the same kind of values"),
        }
    }

    fn point(&self, [x, y]: [f64; 2], _size: [usize; 2]) -> [f64; 2] {
        let Window { top, left, height, width } = self.window;
        let scale = |to: usize, from: usize| to as f64 / from as f64;
        [(x - left as f64) * scale(self.width, width), (y - top as f64) * scale(self.height, height)]
    }
}

/// The middle of a picture, of height and width `window`, in another size; smoothed where it becomes smaller.
pub(crate) fn resampled(
    from: &Picture,
    window: [usize; 2],
    [height, width]: [usize; 2],
    (filter, space): (Filter, &mut Workspace),
) -> Result<Picture, AugmentError> {
    let window = Window::central("resize", window, from.shape())?;
    let resampled = Resampled { window, height, width, filter, antialias: true };
    let size = resampled.size(from.shape().size())?;
    let mut to = space.take_picture(from.shape().resized(size), from);
    resampled.pixels(from, &mut to, Role::Picture, space);
    Ok(to)
}

/// A value that can be summed with weights.
pub(super) trait Summed: Value {
    /// Weights and sums.
    type Weight: Copy + Default + PartialEq;
    /// The sum of nothing, with what rounding needs.
    const NOTHING: Self::Weight;
    fn weight(share: f32) -> Self::Weight;
    fn add(sum: Self::Weight, weight: Self::Weight, value: Self) -> Self::Weight;
    fn done(sum: Self::Weight) -> Self;
    fn take(space: &mut Workspace, len: usize) -> Vec<Self>;
    fn give(space: &mut Workspace, buffer: Vec<Self>);
    fn take_weights(space: &mut Workspace, len: usize) -> Vec<Self::Weight>;
    fn give_weights(space: &mut Workspace, buffer: Vec<Self::Weight>);
}

impl Summed for u8 {
    type Weight = i32;
    const NOTHING: i32 = 1 << 13;

    #[inline(always)]
    fn weight(share: f32) -> i32 {
        (share * 16_384.0).round() as i32
    }

    #[inline(always)]
    fn add(sum: i32, weight: i32, value: u8) -> i32 {
        // Said to fit 16 bits, so that one instruction multiplies eight pairs.
        sum + i32::from(weight as i16) * i32::from(value)
    }

    #[inline(always)]
    fn done(sum: i32) -> u8 {
        (sum >> 14).clamp(0, 255) as u8
    }

    fn take(space: &mut Workspace, len: usize) -> Vec<u8> {
        space.take_bytes(len)
    }

    fn give(space: &mut Workspace, buffer: Vec<u8>) {
        space.give_bytes(buffer);
    }

    fn take_weights(space: &mut Workspace, len: usize) -> Vec<i32> {
        space.take_numbers(len)
    }

    fn give_weights(space: &mut Workspace, buffer: Vec<i32>) {
        space.give_numbers(buffer);
    }
}

impl Summed for f32 {
    type Weight = f32;
    const NOTHING: f32 = 0.0;

    #[inline(always)]
    fn weight(share: f32) -> f32 {
        share
    }

    #[inline(always)]
    fn add(sum: f32, weight: f32, value: f32) -> f32 {
        sum + weight * value
    }

    #[inline(always)]
    fn done(sum: f32) -> f32 {
        sum
    }

    fn take(space: &mut Workspace, len: usize) -> Vec<f32> {
        space.take_floats(len)
    }

    fn give(space: &mut Workspace, buffer: Vec<f32>) {
        space.give_floats(buffer);
    }

    fn take_weights(space: &mut Workspace, len: usize) -> Vec<f32> {
        space.take_floats(len)
    }

    fn give_weights(space: &mut Workspace, buffer: Vec<f32>) {
        space.give_floats(buffer);
    }
}

impl Resampled {
    fn by_channels<T: Summed>(&self, from: &[T], to: &mut [T], shape: Shape, space: &mut Workspace) {
        match shape.channels {
            1 => self.resampled::<T, 1, 1>(from, to, shape, space),
            2 => self.resampled::<T, 2, 2>(from, to, shape, space),
            3 => self.resampled::<T, 3, 4>(from, to, shape, space),
            _ => self.resampled::<T, 4, 4>(from, to, shape, space),
        }
    }

    fn resampled<T: Summed, const C: usize, const LANES: usize>(
        &self,
        from: &[T],
        to: &mut [T],
        shape: Shape,
        space: &mut Workspace,
    ) {
        let Window { top, left, height, width } = self.window;
        let stride = shape.row();
        let line = |y: usize| &from[(top + y) * stride + left * C..][..width * C];
        if self.filter == Filter::Nearest {
            return self.nearest::<T, C>(line, to);
        }
        let down = Table::<T>::new([height, self.height], self.filter, self.antialias, space);
        let across = Table::<T>::new([width, self.width], self.filter, self.antialias, space);
        if self.height <= height {
            let mut whole = T::take(space, width * C + LANES);
            for (y, to) in to.chunks_exact_mut(self.width * C).enumerate() {
                wide!(down.mixed(line, y, &mut whole[..width * C]));
                wide!(across.summed::<C, LANES>(&whole, to));
            }
            T::give(space, whole);
        } else {
            let row = self.width * C;
            let mut narrowed = T::take(space, height * row);
            let mut whole = T::take(space, width * C + LANES);
            for (y, to) in narrowed.chunks_exact_mut(row).enumerate() {
                whole[..width * C].copy_from_slice(line(y));
                wide!(across.summed::<C, LANES>(&whole, to));
            }
            let line = |y: usize| &narrowed[y * row..(y + 1) * row];
            for (y, to) in to.chunks_exact_mut(row).enumerate() {
                wide!(down.mixed(line, y, to));
            }
            T::give(space, whole);
            T::give(space, narrowed);
        }
        across.give(space);
        down.give(space);
    }

    fn nearest<'a, T: Summed, const C: usize>(&self, line: impl Fn(usize) -> &'a [T], to: &mut [T]) {
        let Window { height, width, .. } = self.window;
        let row = self.width * C;
        let mut last = None;
        for y in 0..self.height {
            let source = (2 * y + 1) * height / (2 * self.height);
            if last == Some(source) {
                to.copy_within((y - 1) * row..y * row, y * row);
                continue;
            }
            last = Some(source);
            let (from, _) = line(source).as_chunks::<C>();
            let (to, _) = to[y * row..(y + 1) * row].as_chunks_mut::<C>();
            for (x, pixel) in to.iter_mut().enumerate() {
                *pixel = from[(2 * x + 1) * width / (2 * self.width)];
            }
        }
    }
}
