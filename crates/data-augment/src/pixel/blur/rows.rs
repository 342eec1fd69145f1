//! What filters share: the picture they write, its rows in blocks of values, and pixels beyond the edge.

use crate::error::AugmentError;
use crate::picture::{Shape, Values, ValuesMut};
use crate::sample::Sample;
use crate::value::Value;
use crate::workspace::Workspace;

/// The largest side of a filter.
pub(super) const MOST: usize = 255;

/// A filter: reads one picture and writes another of the same shape. Compiled for bytes and floats.
pub(super) trait Filter {
    fn bytes(&self, from: &[u8], to: &mut [u8], shape: Shape, space: &mut Workspace);
    fn floats(&self, from: &[f32], to: &mut [f32], shape: Shape, space: &mut Workspace);
}

/// Replaces the picture by what the filter makes of it.
pub(super) fn filtered(sample: &mut Sample, filter: &impl Filter, space: &mut Workspace) -> Result<(), AugmentError> {
    let shape = sample.shape();
    let mut to = space.take_picture(shape, &sample.picture);
    match (sample.picture.values(), to.values_mut()) {
        (Values::Bytes(from), ValuesMut::Bytes(to)) => filter.bytes(from, to, shape, space),
        (Values::Floats(from), ValuesMut::Floats(to)) => filter.floats(from, to, shape, space),
        _ => unreachable!("both pictures hold the same kind of values"),
    }
    space.give_picture(std::mem::replace(&mut sample.picture, to));
    Ok(())
}

/// Where blocks of N values of a row of at least N begin: side by side, the last one moved back to the row's end.
#[inline(always)]
pub(super) fn starts<const N: usize>(len: usize) -> impl Iterator<Item = usize> {
    let last = len - N;
    (0..last).step_by(N).chain(std::iter::once(last))
}

/// N values from a position on.
#[inline(always)]
pub(super) fn lanes<T, const N: usize>(values: &[T], start: usize) -> &[T; N] {
    values[start..].first_chunk().expect("a block lies within its row")
}

/// N values from a position on, to be written.
#[inline(always)]
pub(super) fn lanes_mut<T, const N: usize>(values: &mut [T], start: usize) -> &mut [T; N] {
    values[start..].first_chunk_mut().expect("a block lies within its row")
}

/// Calls a function that is generic in the values of a block, with the largest block that fits into a row. Blocks are so large that
/// the compiler does not unroll loops over them before it has made vector code of them.
macro_rules! with_lanes {
    ($row:expr, $function:ident $(::<$($kind:ty),+>)? ($($argument:expr),* $(,)?)) => {
        match $row {
            128.. => $function::<$($($kind,)+)? 128>($($argument),*),
            16.. => $function::<$($($kind,)+)? 16>($($argument),*),
            _ => $function::<$($($kind,)+)? 1>($($argument),*),
        }
    };
}
pub(super) use with_lanes;

/// A copy of a picture with a margin of so many pixels, whose values stand at the positions that `beyond` names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Margin {
    pub(super) width: usize,
    pub(super) beyond: fn(isize, usize) -> usize,
}

impl Margin {
    /// The shape with the margin.
    pub(super) fn shape(self, shape: Shape) -> Shape {
        shape.resized([shape.height + 2 * self.width, shape.width + 2 * self.width])
    }

    /// Writes the copy.
    pub(super) fn fill<T: Value>(self, from: &[T], to: &mut [T], shape: Shape) {
        let (row, wide) = (shape.row(), self.shape(shape).row());
        for (y, to) in to.chunks_exact_mut(wide).enumerate() {
            let from_y = (self.beyond)(y as isize - self.width as isize, shape.height);
            to[self.width * shape.channels..][..row].copy_from_slice(&from[from_y * row..][..row]);
            self.fill_sides(to, shape);
        }
    }

    /// Fills the margin left and right of one row.
    pub(super) fn fill_sides<T: Copy>(self, row: &mut [T], shape: Shape) {
        let (margin, channels) = (self.width, shape.channels);
        let mut copy = |x: usize| {
            let at = (self.beyond)(x as isize - margin as isize, shape.width) + margin;
            row.copy_within(at * channels..(at + 1) * channels, x * channels);
        };
        (0..margin).for_each(&mut copy);
        (margin + shape.width..2 * margin + shape.width).for_each(&mut copy);
    }
}
