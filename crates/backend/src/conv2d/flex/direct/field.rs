//! The inner loop of a direct convolution: a panel of output channels over a field of positions.
//!
//! ```text
//! out[i, j, n] = bias[n] + Σ_k source[i·row_pitch + j·pitch + reads[k]] · panel[k, n]
//! ```
//!
//! Some neighbouring positions of a row times one or two vectors of channels are held in registers while k runs: per
//! k one or two loads of weights, and a value per position, spread over a vector.

use crate::cpu::{Simd, Work};

/// How far apart the values of neighbouring positions lie in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pitch {
    /// Next to each other: planes of one channel each.
    One,
    /// As far apart as two vectors: all channels of a panel side by side.
    Panel,
}

/// One panel over `rows` x `width` positions; the formula is that of the module.
pub(crate) struct Field<'a> {
    pub(crate) source: &'a [f32],
    pub(crate) pitch: Pitch,
    pub(crate) row_pitch: usize,
    pub(crate) reads: &'a [usize],
    /// `[K, 2·LANES]`.
    pub(crate) panel: &'a [f32],
    /// `[2·LANES]`.
    pub(crate) bias: &'a [f32],
    /// Channels of the panel that count.
    pub(crate) channels: usize,
    pub(crate) width: usize,
    /// `[rows, width, 2·LANES]`; of a panel with no more channels than lanes the second vector is left as it is.
    pub(crate) out: &'a mut [f32],
}

impl Work for Field<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        match (self.channels <= S::LANES, self.pitch) {
            (true, Pitch::One) => self.all::<S, 1, false>(simd),
            (true, Pitch::Panel) => self.all::<S, 1, true>(simd),
            (false, Pitch::One) => self.all::<S, 2, false>(simd),
            (false, Pitch::Panel) => self.all::<S, 2, true>(simd),
        }
    }
}

/// The most positions of a tile.
const MOST: usize = 12;

impl Field<'_> {
    #[inline(always)]
    fn all<S: Simd, const V: usize, const PANEL: bool>(mut self, simd: S) {
        let pitch = if PANEL { 2 * S::LANES } else { 1 };
        let most = (S::ROWS * 2 / V).min(MOST);
        let tile = self.width.div_ceil(self.width.div_ceil(most));
        let rows = self.out.len() / (self.width * 2 * S::LANES);
        for row in 0..rows {
            for col in (0..self.width).step_by(tile) {
                let at = [row * self.row_pitch + col * pitch, (row * self.width + col) * 2 * S::LANES];
                self.tile_of::<S, V, PANEL>(simd, tile.min(self.width - col), at);
            }
        }
    }

    #[inline(always)]
    fn tile_of<S: Simd, const V: usize, const PANEL: bool>(&mut self, simd: S, positions: usize, at: [usize; 2]) {
        match positions {
            1 => self.tile::<S, V, PANEL, 1>(simd, at),
            2 => self.tile::<S, V, PANEL, 2>(simd, at),
            3 => self.tile::<S, V, PANEL, 3>(simd, at),
            4 => self.tile::<S, V, PANEL, 4>(simd, at),
            5 => self.tile::<S, V, PANEL, 5>(simd, at),
            6 => self.tile::<S, V, PANEL, 6>(simd, at),
            7 => self.tile::<S, V, PANEL, 7>(simd, at),
            8 => self.tile::<S, V, PANEL, 8>(simd, at),
            9 => self.tile::<S, V, PANEL, 9>(simd, at),
            10 => self.tile::<S, V, PANEL, 10>(simd, at),
            11 => self.tile::<S, V, PANEL, 11>(simd, at),
            _ => self.tile::<S, V, PANEL, MOST>(simd, at),
        }
    }

    /// R positions from the source at `from` on, written at `to`.
    #[inline(always)]
    fn tile<S: Simd, const V: usize, const PANEL: bool, const R: usize>(&mut self, simd: S, [from, to]: [usize; 2]) {
        simd.compiled(Tile::<V, PANEL, R> {
            source: &self.source[from..],
            reads: self.reads,
            panel: self.panel,
            bias: self.bias,
            out: &mut self.out[to..],
        });
    }
}

/// R positions times V vectors of channels, a function of its own.
struct Tile<'a, const V: usize, const PANEL: bool, const R: usize> {
    source: &'a [f32],
    reads: &'a [usize],
    panel: &'a [f32],
    bias: &'a [f32],
    out: &'a mut [f32],
}

impl<const V: usize, const PANEL: bool, const R: usize> Work for Tile<'_, V, PANEL, R> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let pitch = if PANEL { 2 * S::LANES } else { 1 };
        let mut bias = [simd.splat(0.0); V];
        for (v, bias) in bias.iter_mut().enumerate() {
            *bias = simd.load(&self.bias[v * S::LANES..]);
        }
        let mut sums = [bias; R];
        for (read, weights) in self.reads.iter().zip(self.panel.chunks_exact(2 * S::LANES)) {
            let values = &self.source[*read..][..(R - 1) * pitch + 1];
            let mut vectors = bias;
            for v in 0..V {
                vectors[v] = simd.load(&weights[v * S::LANES..(v + 1) * S::LANES]);
            }
            for r in 0..R {
                let value = simd.splat(values[r * pitch]);
                for v in 0..V {
                    sums[r][v] = simd.mul_add(value, vectors[v], sums[r][v]);
                }
            }
        }
        for (out, sums) in self.out.chunks_exact_mut(2 * S::LANES).zip(sums) {
            for v in 0..V {
                simd.store(sums[v], &mut out[v * S::LANES..(v + 1) * S::LANES]);
            }
        }
    }
}
