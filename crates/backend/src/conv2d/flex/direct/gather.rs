//! The inner loops of the sparse gradients: a few positions, each with a gradient, meet all weights of a filter.
//!
//! ```text
//! gather    sums[r, n] += Σ_i values[i] · pictures[offsets[i] + steps[r] + n]          n within a panel of channels
//! scatter   gradients[offsets[i] + steps[r] + n] += values[i] · filter[r, n]           for each i
//! ```
//!
//! The weights of a tile, some r times one or two vectors of channels, stay in registers while i runs.

use crate::cpu::{Simd, Work};

/// One panel of channels; the formula is that of the module.
pub(crate) struct Positions<'a> {
    pub(crate) offsets: &'a [usize],
    pub(crate) values: &'a [f32],
    pub(crate) steps: &'a [usize],
    /// Channels of the panel that count.
    pub(crate) channels: usize,
    pub(crate) direction: Direction<'a>,
}

/// What is added to what; filters are `[r, 2·LANES]`.
pub(crate) enum Direction<'a> {
    Gather { pictures: &'a [f32], sums: &'a mut [f32] },
    Scatter { filter: &'a [f32], gradients: &'a mut [f32] },
}

/// The most r of a tile.
const MOST: usize = 12;

impl Work for Positions<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        if self.channels <= S::LANES {
            self.all::<S, 1>(simd);
        } else {
            self.all::<S, 2>(simd);
        }
    }
}

impl Positions<'_> {
    #[inline(always)]
    fn all<S: Simd, const V: usize>(mut self, simd: S) {
        let most = (S::ROWS * 2 / V).min(MOST);
        let count = self.steps.len();
        let tile = count.div_ceil(count.div_ceil(most).max(1)).max(1);
        for first in (0..count).step_by(tile) {
            match tile.min(count - first) {
                1 => self.tile::<S, V, 1>(simd, first),
                2 => self.tile::<S, V, 2>(simd, first),
                3 => self.tile::<S, V, 3>(simd, first),
                4 => self.tile::<S, V, 4>(simd, first),
                5 => self.tile::<S, V, 5>(simd, first),
                6 => self.tile::<S, V, 6>(simd, first),
                7 => self.tile::<S, V, 7>(simd, first),
                8 => self.tile::<S, V, 8>(simd, first),
                9 => self.tile::<S, V, 9>(simd, first),
                10 => self.tile::<S, V, 10>(simd, first),
                11 => self.tile::<S, V, 11>(simd, first),
                _ => self.tile::<S, V, MOST>(simd, first),
            }
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const V: usize, const R: usize>(&mut self, simd: S, first: usize) {
        let steps = self.steps[first..].first_chunk::<R>().expect("a tile lies within the filter");
        let (offsets, values) = (self.offsets, self.values);
        let start = first * 2 * S::LANES;
        match &mut self.direction {
            Direction::Gather { pictures, sums } => {
                simd.compiled(Gather::<V, R> { offsets, values, steps, pictures, sums: &mut sums[start..] });
            }
            Direction::Scatter { filter, gradients } => {
                simd.compiled(Scatter::<V, R> { offsets, values, steps, filter: &filter[start..], gradients });
            }
        }
    }
}

/// R sums times V vectors of channels, a function of its own.
struct Gather<'a, const V: usize, const R: usize> {
    offsets: &'a [usize],
    values: &'a [f32],
    steps: &'a [usize; R],
    pictures: &'a [f32],
    sums: &'a mut [f32],
}

impl<const V: usize, const R: usize> Work for Gather<'_, V, R> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let lanes = S::LANES;
        let mut sums = load_filter::<S, V, R>(simd, self.sums);
        for (offset, value) in self.offsets.iter().zip(self.values) {
            let (pictures, value) = (&self.pictures[*offset..], simd.splat(*value));
            for r in 0..R {
                let pixels = &pictures[self.steps[r]..][..V * lanes];
                for v in 0..V {
                    sums[r][v] = simd.mul_add(value, simd.load(&pixels[v * lanes..(v + 1) * lanes]), sums[r][v]);
                }
            }
        }
        for (out, sums) in self.sums.chunks_exact_mut(2 * lanes).zip(sums) {
            for v in 0..V {
                simd.store(sums[v], &mut out[v * lanes..(v + 1) * lanes]);
            }
        }
    }
}

/// R weights times V vectors of channels, a function of its own.
struct Scatter<'a, const V: usize, const R: usize> {
    offsets: &'a [usize],
    values: &'a [f32],
    steps: &'a [usize; R],
    filter: &'a [f32],
    gradients: &'a mut [f32],
}

impl<const V: usize, const R: usize> Work for Scatter<'_, V, R> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let lanes = S::LANES;
        let filter = load_filter::<S, V, R>(simd, self.filter);
        for (offset, value) in self.offsets.iter().zip(self.values) {
            let (gradients, value) = (&mut self.gradients[*offset..], simd.splat(*value));
            for r in 0..R {
                let pixels = &mut gradients[self.steps[r]..][..V * lanes];
                for v in 0..V {
                    let pixels = &mut pixels[v * lanes..(v + 1) * lanes];
                    simd.store(simd.mul_add(value, filter[r][v], simd.load(pixels)), pixels);
                }
            }
        }
    }
}

/// The first V vectors of R rows of two.
#[inline(always)]
fn load_filter<S: Simd, const V: usize, const R: usize>(simd: S, filter: &[f32]) -> [[S::Vector; V]; R] {
    let mut vectors = [[simd.splat(0.0); V]; R];
    for r in 0..R {
        for v in 0..V {
            vectors[r][v] = simd.load(&filter[(2 * r + v) * S::LANES..][..S::LANES]);
        }
    }
    vectors
}
