//! Which pixels a pixel of the result is made of, and by how much.

use std::f64::consts::PI;

use super::{Filter, Summed};
use crate::geometry::fill::keys;
use crate::workspace::Workspace;

/// Values that are summed together.
const BLOCK: usize = 64;

/// For each of m positions, the first of n pixels that counts and the weights of it and those that follow.
pub(super) struct Table<T: Summed> {
    taps: usize,
    first: Vec<usize>,
    weights: Vec<T::Weight>,
}

impl<T: Summed> Table<T> {
    /// From n pixels to m.
    pub(super) fn new([n, m]: [usize; 2], filter: Filter, antialias: bool, space: &mut Workspace) -> Self {
        let scale = n as f64 / m as f64;
        let kernel = Kernel::new(filter, antialias, scale);
        let taps = ((2.0 * kernel.reach).ceil() as usize + 1).min(n);
        let mut first = space.take_positions(m);
        let mut weights = T::take_weights(space, m * taps);
        let mut shares = space.take_floats(taps);
        for (i, (first, weights)) in first.iter_mut().zip(weights.chunks_exact_mut(taps)).enumerate() {
            *first = kernel.shares((i as f64 + 0.5) * scale, n, &mut shares);
            weights.iter_mut().zip(&shares).for_each(|(weight, &share)| *weight = T::weight(share));
        }
        space.give_floats(shares);
        let mut table = Self { taps, first, weights };
        table.trim();
        table
    }

    /// Leaves out the taps that count nowhere: the first of a position moves up to its first weight.
    fn trim(&mut self) {
        let nothing = |weight: &T::Weight| *weight == T::Weight::default();
        let span = |weights: &[T::Weight]| {
            let first = weights.iter().position(|weight| !nothing(weight)).unwrap_or(0);
            let last = weights.iter().rposition(|weight| !nothing(weight)).unwrap_or(0);
            (first, last + 1 - first)
        };
        let rows = self.weights.chunks_exact(self.taps);
        let taps = rows.map(|weights| span(weights).1).max().unwrap_or(self.taps);
        if taps == self.taps {
            return;
        }
        for (i, first) in self.first.iter_mut().enumerate() {
            let from = i * self.taps;
            let (skipped, _) = span(&self.weights[from..from + self.taps]);
            let skipped = skipped.min(self.taps - taps);
            *first += skipped;
            self.weights.copy_within(from + skipped..from + skipped + taps, i * taps);
        }
        self.weights.truncate(self.first.len() * taps);
        self.taps = taps;
    }

    pub(super) fn give(self, space: &mut Workspace) {
        space.give_positions(self.first);
        T::give_weights(space, self.weights);
    }

    /// Row y of the result from rows of the picture.
    #[inline(always)]
    pub(super) fn mixed<'a>(&self, line: impl Fn(usize) -> &'a [T], y: usize, to: &mut [T])
    where
        T: 'a,
    {
        let weights = &self.weights[y * self.taps..(y + 1) * self.taps];
        let rows = self.first[y]..;
        let len = to.len();
        for start in (0..len).step_by(BLOCK) {
            let block = start..(start + BLOCK).min(len);
            let mut sums = [T::NOTHING; BLOCK];
            for (row, &weight) in rows.clone().zip(weights) {
                let from = &line(row)[block.clone()];
                if let Some(from) = from.first_chunk::<BLOCK>() {
                    sums.iter_mut().zip(from).for_each(|(sum, &value)| *sum = T::add(*sum, weight, value));
                } else {
                    sums.iter_mut().zip(from).for_each(|(sum, &value)| *sum = T::add(*sum, weight, value));
                }
            }
            to[block].iter_mut().zip(sums).for_each(|(to, sum)| *to = T::done(sum));
        }
    }

    /// One row of pixels of C values; `from` has LANES values more than pixels.
    #[inline(always)]
    pub(super) fn summed<const C: usize, const LANES: usize>(&self, from: &[T], to: &mut [T]) {
        match self.taps {
            2 => self.summed_up::<C, LANES>(from, to, 2),
            3 => self.summed_up::<C, LANES>(from, to, 3),
            taps => self.summed_up::<C, LANES>(from, to, taps),
        }
    }

    #[inline(always)]
    fn summed_up<const C: usize, const LANES: usize>(&self, from: &[T], to: &mut [T], taps: usize) {
        let (pixels, _) = to.as_chunks_mut::<C>();
        let places = self.first.iter().zip(self.weights.chunks_exact(taps));
        for (pixel, (&first, weights)) in pixels.iter_mut().zip(places) {
            let mut sums = [T::NOTHING; LANES];
            let mut from = &from[first * C..][..(taps - 1) * C + LANES];
            for &weight in weights {
                let Some(values) = from.first_chunk::<LANES>() else { break };
                sums = std::array::from_fn(|c| T::add(sums[c], weight, values[c]));
                from = from.get(C..).unwrap_or_default();
            }
            let done: [T; LANES] = sums.map(T::done);
            pixel.copy_from_slice(&done[..C]);
        }
    }
}

/// How far a pixel of the result reaches, in pixels of the picture, and how much counts what it reaches.
struct Kernel {
    filter: Filter,
    /// By how much the kernel is widened, 1 or more.
    widened: f64,
    /// Pixels of the picture for one of the result.
    scale: f64,
    reach: f64,
    /// Whether weights beyond the edges fall away (Pillow) or go to the pixel at the edge (OpenCV).
    cut: bool,
}

impl Kernel {
    fn new(filter: Filter, antialias: bool, scale: f64) -> Self {
        let widened = if antialias { scale.max(1.0) } else { 1.0 };
        let reach = match filter {
            Filter::Nearest | Filter::Area => scale.max(1.0) / 2.0 + 0.5,
            Filter::Bilinear | Filter::Hamming => widened,
            Filter::Bicubic => 2.0 * widened,
            Filter::Lanczos => 3.0 * widened,
        };
        Self { filter, widened, scale, reach, cut: antialias }
    }

    /// The first pixel that counts for a place, and how much it and the next ones count, 1 in all.
    fn shares(&self, center: f64, n: usize, shares: &mut [f32]) -> usize {
        let last = n as i64 - 1;
        let (low, high) = ((center - self.reach - 0.5).ceil() as i64, (center + self.reach - 0.5).floor() as i64);
        let first = low.clamp(0, n as i64 - shares.len() as i64);
        shares.fill(0.0);
        for at in low..=high {
            let beyond = !(0..=last).contains(&at);
            let share = self.at(at as f64 + 0.5 - center);
            let place = (at.clamp(0, last) - first) as usize;
            match shares.get_mut(place) {
                Some(sum) if !(beyond && self.cut) => *sum += share as f32,
                _ => {}
            }
        }
        let sum: f32 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= sum);
        first as usize
    }

    fn at(&self, distance: f64) -> f64 {
        let d = distance.abs() / self.widened;
        match self.filter {
            Filter::Bilinear => (1.0 - d).max(0.0),
            Filter::Bicubic => keys(d, if self.cut { -0.5 } else { -0.75 }),
            Filter::Hamming if d < 1.0 => sinc(d) * (0.54 + 0.46 * (PI * d).cos()),
            Filter::Lanczos if d < 3.0 => sinc(d) * sinc(d / 3.0),
            Filter::Hamming | Filter::Lanczos => 0.0,
            Filter::Nearest | Filter::Area => {
                let half = self.scale / 2.0;
                let overlap = (distance + 0.5).min(half) - (distance - 0.5).max(-half);
                overlap.max(0.0)
            }
        }
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}
