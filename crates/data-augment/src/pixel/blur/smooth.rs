//! Symmetric filters that are the same down and across: first down each column, then along each row.
//!
//! ```text
//! middle = w_0·in[y] + Σ_k w_k·(in[y - k] + in[y + k])        out = w_0·middle[x] + Σ_k w_k·(middle[x - k] + middle[x + k])
//! ```
//!
//! Bytes are summed in 16 bits, 8 of them behind the point: all weights together are 1, so no sum overflows.

use super::rows::{Filter, MOST, Margin, lanes, lanes_mut, starts, with_lanes};
use crate::picture::Shape;
use crate::pixel::border::mirrored;
use crate::value::Value;
use crate::workspace::Workspace;

/// Weights on one side of the middle.
const SIDE: usize = MOST / 2 + 1;

/// The weights, that of the middle first; with those of the other side they sum up to 1.
#[derive(Clone, Debug)]
pub(super) struct Smooth {
    weights: [f32; SIDE],
    reach: usize,
}

/// What a value needs to be smoothed.
trait Weighed: Value {
    type Middle: Copy + Default;
    type Weight: Copy + Default;
    fn weight(share: f32) -> Self::Weight;
    fn one(value: Self, weight: Self::Weight) -> Self::Middle;
    /// The weight is that of both together.
    fn two(a: Self, b: Self, weight: Self::Weight) -> Self::Middle;
    fn plus(a: Self::Middle, b: Self::Middle) -> Self::Middle;
    fn one_again(value: Self::Middle, weight: Self::Weight) -> Self::Middle;
    fn two_again(a: Self::Middle, b: Self::Middle, weight: Self::Weight) -> Self::Middle;
    fn done(sum: Self::Middle) -> Self;
}

/// The upper half of a product.
#[inline(always)]
fn upper(a: u16, b: u16) -> u16 {
    ((u32::from(a) * u32::from(b)) >> 16) as u16
}

impl Weighed for u8 {
    type Middle = u16;
    type Weight = u16;

    fn weight(share: f32) -> u16 {
        (share * 65_536.0).round().clamp(0.0, 65_535.0) as u16
    }

    #[inline(always)]
    fn one(value: u8, weight: u16) -> u16 {
        upper(u16::from(value) << 8, weight)
    }

    #[inline(always)]
    fn two(a: u8, b: u8, weight: u16) -> u16 {
        upper((u16::from(a) + u16::from(b)) << 7, weight)
    }

    #[inline(always)]
    fn plus(a: u16, b: u16) -> u16 {
        a.wrapping_add(b)
    }

    #[inline(always)]
    fn one_again(value: u16, weight: u16) -> u16 {
        upper(value, weight)
    }

    #[inline(always)]
    fn two_again(a: u16, b: u16, weight: u16) -> u16 {
        upper(((u32::from(a) + u32::from(b) + 1) >> 1) as u16, weight)
    }

    #[inline(always)]
    fn done(sum: u16) -> u8 {
        ((u32::from(sum) + 128) >> 8).min(255) as u8
    }
}

impl Weighed for f32 {
    type Middle = f32;
    type Weight = f32;

    fn weight(share: f32) -> f32 {
        share
    }

    #[inline(always)]
    fn one(value: f32, weight: f32) -> f32 {
        value * weight
    }

    #[inline(always)]
    fn two(a: f32, b: f32, weight: f32) -> f32 {
        (a + b) * (0.5 * weight)
    }

    #[inline(always)]
    fn plus(a: f32, b: f32) -> f32 {
        a + b
    }

    #[inline(always)]
    fn one_again(value: f32, weight: f32) -> f32 {
        value * weight
    }

    #[inline(always)]
    fn two_again(a: f32, b: f32, weight: f32) -> f32 {
        (a + b) * (0.5 * weight)
    }

    #[inline(always)]
    fn done(sum: f32) -> f32 {
        sum
    }
}

impl Smooth {
    /// A bell of this deviation in pixels, cut off beyond `reach` pixels.
    pub(super) fn bell(sigma: f64, reach: usize) -> Self {
        let reach = reach.min(SIDE - 1);
        let mut heights = [0.0; SIDE];
        for (at, height) in heights.iter_mut().enumerate().take(reach + 1) {
            *height = (-0.5 * (at as f64 / sigma.max(1e-6)).powi(2)).exp();
        }
        let total = 2.0 * heights.iter().sum::<f64>() - heights[0];
        Self { weights: heights.map(|height| (height / total) as f32), reach }
    }

    fn margin(&self) -> Margin {
        Margin { width: self.reach, beyond: mirrored }
    }

    fn rows<T: Weighed>(&self, from: &[T], to: &mut [T], shape: Shape, middle: &mut [T::Middle]) {
        let mut weights = [T::Weight::default(); SIDE];
        for (at, weight) in weights.iter_mut().enumerate().take(self.reach + 1) {
            *weight = T::weight(self.weights[at] * if at == 0 { 1.0 } else { 2.0 });
        }
        let weights = &weights[..=self.reach];
        let (row, left) = (shape.row(), self.reach * shape.channels);
        let mut lines = [[0; 2]; SIDE];
        for (y, to) in to.chunks_exact_mut(row).enumerate() {
            for (at, line) in lines.iter_mut().enumerate().take(self.reach + 1) {
                let line_at = |by: isize| mirrored(y as isize + by, shape.height) * row;
                *line = [line_at(-(at as isize)), line_at(at as isize)];
            }
            let within = &mut middle[left..left + row];
            wide!(with_lanes!(row, down::<T>(from, within, weights, &lines)));
            self.margin().fill_sides(middle, shape);
            wide!(with_lanes!(row, across::<T>(middle, to, weights, shape.channels)));
        }
    }
}

impl Filter for Smooth {
    fn bytes(&self, from: &[u8], to: &mut [u8], shape: Shape, space: &mut Workspace) {
        let mut middle = space.take_words(self.margin().shape(shape).row());
        self.rows(from, to, shape, &mut middle);
        space.give_words(middle);
    }

    fn floats(&self, from: &[f32], to: &mut [f32], shape: Shape, space: &mut Workspace) {
        let mut middle = space.take_floats(self.margin().shape(shape).row());
        self.rows(from, to, shape, &mut middle);
        space.give_floats(middle);
    }
}

/// One row of sums over columns.
#[inline(always)]
fn down<T: Weighed, const N: usize>(from: &[T], to: &mut [T::Middle], weights: &[T::Weight], lines: &[[usize; 2]]) {
    for start in starts::<N>(to.len()) {
        let mut sums = [T::Middle::default(); N];
        let values = lanes::<_, N>(from, lines[0][0] + start);
        for i in 0..N {
            sums[i] = T::one(values[i], weights[0]);
        }
        for (&weight, &[above, below]) in weights.iter().zip(lines).skip(1) {
            let (above, below) = (lanes::<_, N>(from, above + start), lanes::<_, N>(from, below + start));
            for i in 0..N {
                sums[i] = T::plus(sums[i], T::two(above[i], below[i], weight));
            }
        }
        to[start..start + N].copy_from_slice(&sums);
    }
}

/// One row of sums along it.
#[inline(always)]
fn across<T: Weighed, const N: usize>(from: &[T::Middle], to: &mut [T], weights: &[T::Weight], channels: usize) {
    let left = (weights.len() - 1) * channels;
    for start in starts::<N>(to.len()) {
        let mut sums = [T::Middle::default(); N];
        let values = lanes::<_, N>(from, start + left);
        for i in 0..N {
            sums[i] = T::one_again(values[i], weights[0]);
        }
        for (at, &weight) in weights.iter().enumerate().skip(1) {
            let before = lanes::<_, N>(from, start + left - at * channels);
            let after = lanes::<_, N>(from, start + left + at * channels);
            for i in 0..N {
                sums[i] = T::plus(sums[i], T::two_again(before[i], after[i], weight));
            }
        }
        let to = lanes_mut::<_, N>(to, start);
        for i in 0..N {
            to[i] = T::done(sums[i]);
        }
    }
}
