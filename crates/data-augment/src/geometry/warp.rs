//! Sampling a picture at places that a mapping says: the one loop behind affine, perspective, elastic and grid distortion.
//!
//! ```text
//! out[y, x] = in(mapping(x, y))        0 is the middle of the first pixel
//! ```
//!
//! Bytes are mixed in fixed point: the horizontal share in 8 bits, the vertical one in 14, block by block, so that the compiler
//! makes vector code of it. What lies at the edges goes through [`sampled`], one pixel at a time.

use super::fill::{Fill, Interpolation, Sampling, keys};
use crate::picture::{Picture, Values, ValuesMut};
use crate::value::Value;

/// Pixels of a row that are worked on together.
pub(crate) const BLOCK: usize = 64;
/// Places further away than this are all alike; larger than any picture.
const FAR: f64 = 100_000.0;
/// Adding it leaves a number's nearest integer in the low bits of its mantissa.
const TO_INTEGER: f64 = 6_755_399_441_055_744.0; // 1.5 · 2^52

/// Where the pixels of the result come from.
pub(crate) trait Mapping {
    /// The places in the picture of the pixels x.., of row y of the result: columns and rows.
    fn block(&self, y: usize, x: usize, columns: &mut [f64; BLOCK], rows: &mut [f64; BLOCK]);
}

/// A picture's values with its size.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a, T> {
    pub(crate) values: &'a [T],
    pub(crate) height: usize,
    pub(crate) width: usize,
}

/// Writes every pixel of `to`.
pub(crate) fn warp(mapping: &dyn Mapping, from: &Picture, to: &mut Picture, sampling: &Sampling) {
    let shape = from.shape();
    let width = to.shape().width;
    match (from.values(), to.values_mut()) {
        (Values::Bytes(values), ValuesMut::Bytes(to)) => {
            let from = Source { values, height: shape.height, width: shape.width };
            match (shape.channels, sampling.interpolation) {
                (1, Interpolation::Bilinear) => wide!(mixed::<1, 1, 2>(mapping, from, (to, width), sampling)),
                (2, Interpolation::Bilinear) => wide!(mixed::<2, 2, 4>(mapping, from, (to, width), sampling)),
                (3, Interpolation::Bilinear) => wide!(mixed::<3, 4, 7>(mapping, from, (to, width), sampling)),
                (4, Interpolation::Bilinear) => wide!(mixed::<4, 4, 8>(mapping, from, (to, width), sampling)),
                _ => by_channels(mapping, from, (to, width), (shape.channels, sampling)),
            }
        }
        (Values::Floats(values), ValuesMut::Floats(to)) => {
            let from = Source { values, height: shape.height, width: shape.width };
            by_channels(mapping, from, (to, width), (shape.channels, sampling));
        }
        _ => unreachable!("both pictures hold the same kind of values"),
    }
}

fn by_channels<T: Value>(
    mapping: &dyn Mapping,
    from: Source<'_, T>,
    to: (&mut [T], usize),
    (channels, sampling): (usize, &Sampling),
) {
    match channels {
        1 => wide!(plain::<T, 1>(mapping, from, to, sampling)),
        2 => wide!(plain::<T, 2>(mapping, from, to, sampling)),
        3 => wide!(plain::<T, 3>(mapping, from, to, sampling)),
        _ => wide!(plain::<T, 4>(mapping, from, to, sampling)),
    }
}

/// One pixel at a time, any values and any interpolation.
#[inline(always)]
fn plain<T: Value, const C: usize>(
    mapping: &dyn Mapping,
    from: Source<'_, T>,
    (to, width): (&mut [T], usize),
    sampling: &Sampling,
) {
    let (mut columns, mut rows) = ([0.0; BLOCK], [0.0; BLOCK]);
    for (y, row) in to.chunks_exact_mut(width * C).enumerate() {
        for (b, block) in row.chunks_mut(BLOCK * C).enumerate() {
            mapping.block(y, b * BLOCK, &mut columns, &mut rows);
            let (pixels, _) = block.as_chunks_mut::<C>();
            match sampling.interpolation {
                Interpolation::Nearest => nearest(from, pixels, (&columns, &rows), sampling),
                Interpolation::Bilinear => bilinear(from, pixels, (&columns, &rows), sampling),
                Interpolation::Bicubic => {
                    for (i, pixel) in pixels.iter_mut().enumerate() {
                        *pixel = sampled::<T, C>(from, [columns[i], rows[i]], sampling);
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn nearest<T: Value, const C: usize>(
    from: Source<'_, T>,
    pixels: &mut [[T; C]],
    (columns, rows): (&[f64; BLOCK], &[f64; BLOCK]),
    sampling: &Sampling,
) {
    let (source, _) = from.values.as_chunks::<C>();
    let (mut across, mut down) = ([0i32; BLOCK], [0i32; BLOCK]);
    for i in 0..BLOCK {
        across[i] = fixed(columns[i], 1.0);
        down[i] = fixed(rows[i], 1.0);
    }
    for (i, pixel) in pixels.iter_mut().enumerate() {
        let (x, y) = (across[i] as u32 as usize, down[i] as u32 as usize);
        *pixel = if x < from.width && y < from.height {
            source[y * from.width + x]
        } else {
            sampled(from, [columns[i], rows[i]], sampling)
        };
    }
}

#[inline(always)]
fn bilinear<T: Value, const C: usize>(
    from: Source<'_, T>,
    pixels: &mut [[T; C]],
    (columns, rows): (&[f64; BLOCK], &[f64; BLOCK]),
    sampling: &Sampling,
) {
    let (source, _) = from.values.as_chunks::<C>();
    let (last_x, last_y) = (from.width as u32 - 1, from.height as u32 - 1);
    let (mut across, mut down) = ([(0i32, 0.0f32); BLOCK], [(0i32, 0.0f32); BLOCK]);
    for i in 0..BLOCK {
        across[i] = split(columns[i]);
        down[i] = split(rows[i]);
    }
    for (i, pixel) in pixels.iter_mut().enumerate() {
        let ((x, share_x), (y, share_y)) = (across[i], down[i]);
        if x as u32 >= last_x || y as u32 >= last_y {
            *pixel = sampled(from, [columns[i], rows[i]], sampling);
            continue;
        }
        let at = y as usize * from.width + x as usize;
        let (upper, lower) = (&source[at..at + 2], &source[at + from.width..at + from.width + 2]);
        for c in 0..C {
            let mix = |row: &[[T; C]]| {
                let (left, right) = (row[0][c].float(), row[1][c].float());
                left + share_x * (right - left)
            };
            let (upper, lower) = (mix(upper), mix(lower));
            pixel[c] = T::of(upper + share_y * (lower - upper));
        }
    }
}

/// The pixel to the left of a place, and the share of its right neighbour.
#[inline(always)]
fn split(place: f64) -> (i32, f32) {
    let floor = fixed(place - 0.5, 1.0);
    (floor, (near(place) - f64::from(floor)) as f32)
}

/// A place that is not beyond all pictures; what is no number, as a point at infinity, becomes one.
#[expect(clippy::manual_clamp, reason = "a clamp would let NaN pass")]
#[inline(always)]
fn near(place: f64) -> f64 {
    place.max(-FAR).min(FAR)
}

/// The nearest integer of value · scale.
#[inline(always)]
fn fixed(value: f64, scale: f64) -> i32 {
    (near(value) * scale + TO_INTEGER).to_bits() as i32
}

/// The four pixels around each place of a block, and the shares of the right and the lower ones.
struct Around<const LANES: usize> {
    pixels: [[[u8; LANES]; BLOCK]; 4],
    right: [[u16; LANES]; BLOCK],
    lower: [[u16; LANES]; BLOCK],
}

/// Bilinear, bytes. C channels lie in LANES lanes; REACH bytes hold a pixel and its right neighbour.
#[inline(always)]
fn mixed<const C: usize, const LANES: usize, const REACH: usize>(
    mapping: &dyn Mapping,
    from: Source<'_, u8>,
    (to, width): (&mut [u8], usize),
    sampling: &Sampling,
) {
    let (mut columns, mut rows) = ([0.0; BLOCK], [0.0; BLOCK]);
    let (mut across, mut down) = ([0i32; BLOCK], [0i32; BLOCK]);
    let mut edge = [false; BLOCK];
    let mut around =
        Around { pixels: [[[0; LANES]; BLOCK]; 4], right: [[0; LANES]; BLOCK], lower: [[0; LANES]; BLOCK] };
    let mut mixture = [[0u8; LANES]; BLOCK];
    for (y, row) in to.chunks_exact_mut(width * C).enumerate() {
        for (b, block) in row.chunks_mut(BLOCK * C).enumerate() {
            mapping.block(y, b * BLOCK, &mut columns, &mut rows);
            for i in 0..BLOCK {
                across[i] = fixed(columns[i], 256.0);
                down[i] = fixed(rows[i], 16_384.0);
            }
            let (pixels, _) = block.as_chunks_mut::<C>();
            gather::<C, LANES, REACH>(from, (&across, &down), &mut around, &mut edge[..pixels.len()]);
            mix(&around, &mut mixture);
            for (i, pixel) in pixels.iter_mut().enumerate() {
                *pixel = match (edge[i], mixture[i].first_chunk::<C>()) {
                    (false, Some(mixture)) => *mixture,
                    _ => sampled(from, [columns[i], rows[i]], sampling),
                };
            }
        }
    }
}

/// Fetches the four pixels around each place; those that do not all lie within the picture are marked.
#[inline(always)]
fn gather<const C: usize, const LANES: usize, const REACH: usize>(
    from: Source<'_, u8>,
    (across, down): (&[i32; BLOCK], &[i32; BLOCK]),
    around: &mut Around<LANES>,
    edge: &mut [bool],
) {
    let stride = from.width * C;
    let (last_x, last_y) = (from.width as u32 - 1, from.height as u32 - 1);
    for (i, edge) in edge.iter_mut().enumerate() {
        let (x, y) = ((across[i] >> 8) as u32, (down[i] >> 14) as u32);
        *edge = true;
        if x >= last_x || y >= last_y {
            continue;
        }
        let at = y as usize * stride + x as usize * C;
        let upper = from.values.get(at..at + REACH);
        let lower = from.values.get(at + stride..at + stride + REACH);
        if let (Some(upper), Some(lower)) = (upper, lower) {
            around.pixels[0][i].copy_from_slice(&upper[..LANES]);
            around.pixels[1][i].copy_from_slice(&upper[C..C + LANES]);
            around.pixels[2][i].copy_from_slice(&lower[..LANES]);
            around.pixels[3][i].copy_from_slice(&lower[C..C + LANES]);
            around.right[i] = [(across[i] & 0xFF) as u16; LANES];
            around.lower[i] = [((down[i] & 0x3FFF) << 2) as u16; LANES];
            *edge = false;
        }
    }
}

/// Two horizontal mixtures, and a vertical one of them. All fits 16 bits: 255 · 256 and a rounding of half a level.
#[inline(always)]
fn mix<const LANES: usize>(around: &Around<LANES>, mixture: &mut [[u8; LANES]; BLOCK]) {
    let [upper_left, upper_right, lower_left, lower_right] = &around.pixels;
    let (right, lower) = (around.right.as_flattened(), around.lower.as_flattened());
    let pixels = [upper_left, upper_right, lower_left, lower_right].map(|pixels| pixels.as_flattened());
    let high = |a: u16, b: u16| ((u32::from(a) * u32::from(b)) >> 16) as u16;
    for (i, out) in mixture.as_flattened_mut().iter_mut().enumerate() {
        let share = right[i];
        let upper = u16::from(pixels[0][i]) * (256 - share) + u16::from(pixels[1][i]) * share;
        let below = u16::from(pixels[2][i]) * (256 - share) + u16::from(pixels[3][i]) * share;
        let mixed = high(upper, 65_535 - lower[i]) + high(below, lower[i]);
        *out = ((mixed + 129) >> 8) as u8;
    }
}

/// The value at any place, from pixels within and beyond the edges.
#[inline(never)]
pub(crate) fn sampled<T: Value, const C: usize>(from: Source<'_, T>, [x, y]: [f64; 2], sampling: &Sampling) -> [T; C] {
    let fill = &sampling.fill;
    let (mut x, mut y) = (near(x), near(y));
    if sampling.scipy {
        match fill {
            Fill::Constant(values) if !within(x, from.width) || !within(y, from.height) => return constant(values),
            Fill::Wrap => (x, y) = (wrapped(x, from.width), wrapped(y, from.height)),
            _ => {}
        }
    }
    if let Fill::Constant(values) = fill
        && (beyond(x, from.width) || beyond(y, from.height))
    {
        return constant(values);
    }
    let ((left, across), (top, down)) = (shares(x, sampling.interpolation), shares(y, sampling.interpolation));
    let (source, _) = from.values.as_chunks::<C>();
    let mut sum = [0.0f32; C];
    for (dy, &share_y) in (0..).zip(&down).filter(|(_, share)| **share != 0.0) {
        let row = fill.position(top + dy, from.height);
        for (dx, &share_x) in (0..).zip(&across).filter(|(_, share)| **share != 0.0) {
            let share = (share_x * share_y) as f32;
            let pixel = match (row, fill.position(left + dx, from.width), fill) {
                (Some(row), Some(column), _) => source[row * from.width + column].map(T::float),
                (_, _, Fill::Constant(values)) => std::array::from_fn(|c| values[c] as f32),
                _ => [0.0; C],
            };
            sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += share * value);
        }
    }
    sum.map(T::of)
}

fn constant<T: Value, const C: usize>(values: &[f64; 4]) -> [T; C] {
    std::array::from_fn(|c| T::of(values[c] as f32))
}

/// Whether a place is so far away that no pixel of the picture counts.
fn beyond(x: f64, side: usize) -> bool {
    x <= -2.0 || x >= side as f64 + 1.0
}

fn within(x: f64, side: usize) -> bool {
    (0.0..=(side - 1) as f64).contains(&x)
}

/// SciPy's period of `wrap`: the first and the last pixel are the same place.
fn wrapped(x: f64, side: usize) -> f64 {
    let period = (side - 1) as f64;
    if within(x, side) {
        x
    } else if period == 0.0 {
        0.0
    } else {
        x.rem_euclid(period)
    }
}

/// The first pixel that counts, and the shares of it and its three neighbours.
#[inline(always)]
fn shares(x: f64, interpolation: Interpolation) -> (i64, [f64; 4]) {
    match interpolation {
        Interpolation::Nearest => ((x + 0.5).floor() as i64, [1.0, 0.0, 0.0, 0.0]),
        Interpolation::Bilinear => {
            let (floor, share) = (x.floor(), x - x.floor());
            (floor as i64, [1.0 - share, share, 0.0, 0.0])
        }
        Interpolation::Bicubic => {
            let (floor, share) = (x.floor(), x - x.floor());
            let cubic = |distance| keys(distance, -0.75);
            (floor as i64 - 1, [cubic(1.0 + share), cubic(share), cubic(1.0 - share), cubic(2.0 - share)])
        }
    }
}
