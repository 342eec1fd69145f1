//! A picture taken apart into lightness and colours, rounded block by block, and put together again.

use super::chroma::{Chroma, halve, put_together, take_apart};
use super::dct::round_block;
use super::quantization::{Steps, chrominance, luminance};
use crate::picture::Shape;
use crate::workspace::Workspace;

/// A plane in memory, its sides rounded up to whole blocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plane {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) stride: usize,
    pub(super) rows: usize,
}

impl Plane {
    fn new([height, width]: [usize; 2], block: usize) -> Self {
        Self { height, width, stride: width.next_multiple_of(block), rows: height.next_multiple_of(block) }
    }

    pub(super) fn len(self) -> usize {
        self.stride * self.rows
    }

    /// Repeats the last column and the last row up to whole blocks.
    pub(super) fn fill_up(self, plane: &mut [u8]) {
        for row in plane.chunks_exact_mut(self.stride).take(self.height) {
            let last = row[self.width - 1];
            row[self.width..].fill(last);
        }
        self.fill_below(plane);
    }

    /// Repeats the last row.
    fn fill_below(self, plane: &mut [u8]) {
        let last = (self.height - 1) * self.stride;
        for y in self.height..self.rows {
            plane.copy_within(last..last + self.stride, y * self.stride);
        }
    }

    fn round(self, plane: &mut [u8], steps: &Steps) {
        for rows in plane.chunks_exact_mut(8 * self.stride) {
            wide!((0..self.stride).step_by(8).for_each(|x| round_block(&mut rows[x..], self.stride, steps)));
        }
    }
}

/// Replaces the bytes by those that come out of a JPEG file.
pub(super) fn stored(bytes: &mut [u8], shape: Shape, quality: u8, space: &mut Workspace) {
    match shape.channels {
        1 => grey::<1>(bytes, shape, quality, space),
        2 => grey::<2>(bytes, shape, quality, space),
        3 => coloured::<3>(bytes, shape, quality, space),
        _ => coloured::<4>(bytes, shape, quality, space),
    }
}

fn grey<const C: usize>(bytes: &mut [u8], shape: Shape, quality: u8, space: &mut Workspace) {
    let plane = Plane::new(shape.size(), 8);
    let mut values = space.take_bytes(plane.len());
    let pixels = bytes.as_chunks_mut::<C>().0;
    for (from, to) in pixels.chunks_exact(shape.width).zip(values.chunks_exact_mut(plane.stride)) {
        from.iter().zip(to).for_each(|(from, to)| *to = from[0]);
    }
    plane.fill_up(&mut values);
    plane.round(&mut values, &luminance(quality));
    for (to, from) in pixels.chunks_exact_mut(shape.width).zip(values.chunks_exact(plane.stride)) {
        to.iter_mut().zip(from).for_each(|(to, from)| to[0] = *from);
    }
    space.give_bytes(values);
}

fn coloured<const C: usize>(bytes: &mut [u8], shape: Shape, quality: u8, space: &mut Workspace) {
    let full = Plane::new(shape.size(), 16);
    let half = Chroma::new(Plane {
        height: shape.height.div_ceil(2),
        width: shape.width.div_ceil(2),
        stride: full.stride / 2,
        rows: full.rows / 2,
    });
    let mut planes = space.take_bytes(3 * full.len() + 2 * half.plane.len());
    let (lightness, rest) = planes.split_at_mut(full.len());
    let (colours, halved) = rest.split_at_mut(2 * full.len());
    let (blue, red) = colours.split_at_mut(full.len());
    let pixels = bytes.as_chunks_mut::<C>().0;
    take_apart(pixels, shape.width, [&mut *lightness, &mut *blue, &mut *red], full);
    [&mut *lightness, &mut *blue, &mut *red].into_iter().for_each(|plane| full.fill_up(plane));
    full.round(lightness, &luminance(quality));
    let steps = chrominance(quality);
    for (colour, halved) in [blue, red].into_iter().zip(halved.chunks_exact_mut(half.plane.len())) {
        halve(colour, halved, full.stride);
        half.plane.fill_below(halved);
        half.plane.round(halved, &steps);
        half.double(halved, colour, full);
    }
    let (blue, red) = colours.split_at(full.len());
    put_together(pixels, shape.width, [lightness, blue, red], full);
    space.give_bytes(planes);
}
