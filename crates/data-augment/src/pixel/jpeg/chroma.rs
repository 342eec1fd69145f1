//! Colours as lightness, blueness and redness (JFIF), and the latter two at half the resolution.

use super::planes::Plane;

/// Bits behind the point of the constants.
const BITS: u32 = 16;
const HALF: i32 = 1 << (BITS - 1);

/// Splits pixels into lightness, blueness and redness.
pub(super) fn take_apart<const C: usize>(pixels: &[[u8; C]], width: usize, planes: [&mut [u8]; 3], full: Plane) {
    let [y, blue, red] = planes.map(|plane| plane.chunks_exact_mut(full.stride));
    for ((pixels, y), (blue, red)) in pixels.chunks_exact(width).zip(y).zip(blue.zip(red)) {
        wide!({
            for (pixel, (y, (blue, red))) in pixels.iter().zip(y.iter_mut().zip(blue.iter_mut().zip(red))) {
                let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(i32::from);
                *y = ((19595 * r + 38470 * g + 7471 * b + HALF) >> BITS) as u8;
                *blue = ((-11058 * r - 21710 * g + 32768 * b + (128 << BITS) + HALF - 1) >> BITS) as u8;
                *red = ((32768 * r - 27439 * g - 5329 * b + (128 << BITS) + HALF - 1) >> BITS) as u8;
            }
        });
    }
}

/// Joins lightness, blueness and redness to pixels.
pub(super) fn put_together<const C: usize>(pixels: &mut [[u8; C]], width: usize, planes: [&[u8]; 3], full: Plane) {
    let [y, blue, red] = planes.map(|plane| plane.chunks_exact(full.stride));
    for ((pixels, y), (blue, red)) in pixels.chunks_exact_mut(width).zip(y).zip(blue.zip(red)) {
        wide!({
            for (pixel, (&y, (&blue, &red))) in pixels.iter_mut().zip(y.iter().zip(blue.iter().zip(red))) {
                let (y, blue, red) = (i32::from(y), i32::from(blue) - 128, i32::from(red) - 128);
                let of = |colour: i32| (y + ((colour + HALF) >> BITS)).clamp(0, 255) as u8;
                pixel[0] = of(91881 * red);
                pixel[1] = of(-22554 * blue - 46802 * red);
                pixel[2] = of(116130 * blue);
            }
        });
    }
}

/// The mean of each 2 x 2 values, its rounding up and down in turns.
pub(super) fn halve(from: &[u8], to: &mut [u8], stride: usize) {
    for (rows, to) in from.chunks_exact(2 * stride).zip(to.chunks_exact_mut(stride / 2)) {
        let (upper, lower) = rows.split_at(stride);
        let pairs = upper.as_chunks::<4>().0.iter().zip(lower.as_chunks::<4>().0);
        for (to, (upper, lower)) in to.as_chunks_mut::<2>().0.iter_mut().zip(pairs) {
            let sum = |at: usize| {
                u16::from(upper[at]) + u16::from(upper[at + 1]) + u16::from(lower[at]) + u16::from(lower[at + 1])
            };
            *to = [((sum(0) + 1) >> 2) as u8, ((sum(2) + 2) >> 2) as u8];
        }
    }
}

/// The planes of colours at half the resolution.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chroma {
    pub(super) plane: Plane,
}

impl Chroma {
    pub(super) fn new(plane: Plane) -> Self {
        Self { plane }
    }

    /// Back to the full resolution: each value three parts of the nearest and one of the next, down and across. So narrow planes
    /// that no value has two neighbours are repeated.
    pub(super) fn double(self, from: &[u8], to: &mut [u8], full: Plane) {
        let Plane { height, width, stride, .. } = self.plane;
        let line = |y: usize| &from[y.min(height - 1) * stride..][..width];
        for (y, to) in to.chunks_exact_mut(full.stride).take(full.height).enumerate() {
            let near = y / 2;
            if width <= 2 {
                to[..full.width].iter_mut().enumerate().for_each(|(x, to)| *to = line(near)[x / 2]);
                continue;
            }
            let next = if y % 2 == 0 { near.saturating_sub(1) } else { near + 1 };
            doubled(line(near), line(next), &mut to[..2 * width]);
        }
    }
}

fn doubled(near: &[u8], next: &[u8], to: &mut [u8]) {
    let sum = |x: usize| 3 * u16::from(near[x]) + u16::from(next[x]);
    let last = near.len() - 1;
    to[0] = ((4 * sum(0) + 8) >> 4) as u8;
    to[2 * last + 1] = ((4 * sum(last) + 7) >> 4) as u8;
    // Between each two neighbours lie two values.
    let between = &mut to[1..2 * last + 1];
    let pairs = near.windows(2).zip(next.windows(2));
    wide!({
        for (to, (near, next)) in between.as_chunks_mut::<2>().0.iter_mut().zip(pairs) {
            let sum = |x: usize| 3 * u16::from(near[x]) + u16::from(next[x]);
            let (left, right) = (sum(0), sum(1));
            *to = [((3 * left + right + 7) >> 4) as u8, ((3 * right + left + 8) >> 4) as u8];
        }
    });
}
