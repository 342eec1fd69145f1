//! The inner loop of the weight gradient: the sums over a field of positions, for a panel of output channels.
//!
//! ```text
//! sums[k, n] += Σ_{i, j} source[i·row_pitch + j + reads[k]] · dy[i, j, n]
//! ```
//!
//! Some k times one or two vectors of channels are held in registers while the positions run.

use crate::cpu::{Simd, Work};

/// One panel; the formula is that of the module.
pub(crate) struct Weights<'a> {
    pub(crate) source: &'a [f32],
    pub(crate) row_pitch: usize,
    pub(crate) reads: &'a [usize],
    /// `[rows, width, 2·LANES]`.
    pub(crate) dy: &'a [f32],
    pub(crate) width: usize,
    /// Channels of the panel that count.
    pub(crate) channels: usize,
    /// `[K + 1, 2·LANES]`, the last row the sums of dy alone, those of the bias.
    pub(crate) sums: &'a mut [f32],
}

impl Work for Weights<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let bias = &mut self.sums[self.reads.len() * 2 * S::LANES..];
        let mut total = [simd.load(bias), simd.load(&bias[S::LANES..])];
        for dy in self.dy.chunks_exact(2 * S::LANES) {
            total = [simd.add(total[0], simd.load(dy)), simd.add(total[1], simd.load(&dy[S::LANES..]))];
        }
        simd.store(total[0], bias);
        simd.store(total[1], &mut bias[S::LANES..]);

        if self.channels <= S::LANES {
            self.all::<S, 1>(simd);
        } else {
            self.all::<S, 2>(simd);
        }
    }
}

/// The most weights of a tile.
const MOST: usize = 12;

impl Weights<'_> {
    #[inline(always)]
    fn all<S: Simd, const V: usize>(mut self, simd: S) {
        let most = (S::ROWS * 2 / V).min(MOST);
        let depth = self.reads.len();
        let tile = depth.div_ceil(depth.div_ceil(most).max(1)).max(1);
        for first in (0..depth).step_by(tile) {
            match tile.min(depth - first) {
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

    /// R weights from `first` on.
    #[inline(always)]
    fn tile<S: Simd, const V: usize, const R: usize>(&mut self, simd: S, first: usize) {
        simd.compiled(Tile::<V, R> {
            source: self.source,
            row_pitch: self.row_pitch,
            reads: self.reads[first..].first_chunk().expect("a tile lies within the filter"),
            dy: self.dy,
            width: self.width,
            sums: &mut self.sums[first * 2 * S::LANES..],
        });
    }
}

/// R weights times V vectors of channels, a function of its own.
struct Tile<'a, const V: usize, const R: usize> {
    source: &'a [f32],
    row_pitch: usize,
    reads: &'a [usize; R],
    dy: &'a [f32],
    width: usize,
    sums: &'a mut [f32],
}

impl<const V: usize, const R: usize> Work for Tile<'_, V, R> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (width, lanes) = (self.width, S::LANES);
        let mut sums = [[simd.splat(0.0); V]; R];
        for (row, dy) in self.dy.chunks_exact(width * 2 * lanes).enumerate() {
            let mut lines: [&[f32]; R] = [&[]; R];
            for (line, read) in lines.iter_mut().zip(self.reads) {
                *line = &self.source[read + row * self.row_pitch..][..width];
            }
            for col in 0..width {
                let dy = &dy[col * 2 * lanes..][..V * lanes];
                let mut vectors = [simd.splat(0.0); V];
                for v in 0..V {
                    vectors[v] = simd.load(&dy[v * lanes..(v + 1) * lanes]);
                }
                for r in 0..R {
                    add_product(simd, lines[r][col], &vectors, &mut sums[r]);
                }
            }
        }
        for (out, sums) in self.sums.chunks_exact_mut(2 * lanes).zip(sums) {
            for v in 0..V {
                let out = &mut out[v * lanes..(v + 1) * lanes];
                simd.store(simd.add(simd.load(out), sums[v]), out);
            }
        }
    }
}

/// Adds a value times each vector to its sum.
#[inline(always)]
fn add_product<S: Simd, const V: usize>(simd: S, value: f32, vectors: &[S::Vector; V], sums: &mut [S::Vector; V]) {
    let value = simd.splat(value);
    for v in 0..V {
        sums[v] = simd.mul_add(value, vectors[v], sums[v]);
    }
}
