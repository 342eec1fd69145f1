//! The eight ways to lay a rectangle down: transposed or not, then each axis reversed or not.
//!
//! ```text
//! transposed:  out[y, x] = in[x, y]        reversed rows:  out[y, x] = in[H - 1 - y, x]
//! ```

use serde::{Deserialize, Serialize};

use super::horizontal_flip::{reversed, reversed_colours};
use super::spatial::{CopyJob, CopyValues, Role, Spatial, copy_values, move_all};
use crate::error::AugmentError;
use crate::picture::Picture;
use crate::sample::Sample;
use crate::transform::Apply;
use crate::workspace::Workspace;

/// Pixels of a tile's side: a tile of both pictures stays in the first cache.
const TILE: usize = 64;

/// Transposed or not, then columns and rows reversed or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Orientation {
    pub(super) transpose: bool,
    pub(super) reverse_columns: bool,
    pub(super) reverse_rows: bool,
}

impl Orientation {
    /// So many quarter turns against the clock.
    pub(super) fn of_turns(turns: u64) -> Self {
        let turns = turns % 4;
        Self { transpose: turns % 2 == 1, reverse_columns: turns >= 2, reverse_rows: turns == 1 || turns == 2 }
    }
}

impl Apply for Orientation {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        let unchanged = Self { transpose: false, reverse_columns: false, reverse_rows: false };
        if *self == unchanged { Ok(()) } else { move_all(self, sample, space) }
    }
}

impl Spatial for Orientation {
    fn size(&self, [height, width]: [usize; 2]) -> Result<[usize; 2], AugmentError> {
        Ok(if self.transpose { [width, height] } else { [height, width] })
    }

    fn pixels(&self, from: &Picture, to: &mut Picture, _role: Role, _space: &mut Workspace) {
        copy_values(self, from, to);
    }

    fn point(&self, [x, y]: [f64; 2], [height, width]: [usize; 2]) -> [f64; 2] {
        let ([x, y], [height, width]) =
            if self.transpose { ([y, x], [width, height]) } else { ([x, y], [height, width]) };
        let x = if self.reverse_columns { width as f64 - x } else { x };
        let y = if self.reverse_rows { height as f64 - y } else { y };
        [x, y]
    }
}

impl CopyValues for Orientation {
    #[inline(always)]
    fn copy<T: Copy>(&self, from: &[T], to: &mut [T], job: CopyJob) {
        let whole = [[0, 0], job.to];
        match (self.transpose, job.channels) {
            (true, 1) => self.tile::<T, 1>(from, to, job, whole),
            (true, 2) => self.tile::<T, 2>(from, to, job, whole),
            (true, 3) => self.tile::<T, 3>(from, to, job, whole),
            (true, _) => self.tile::<T, 4>(from, to, job, whole),
            (false, 1) => self.rows(from, to, job, reversed::<T, 1>),
            (false, 2) => self.rows(from, to, job, reversed::<T, 2>),
            (false, 3) => self.rows(from, to, job, reversed::<T, 3>),
            (false, _) => self.rows(from, to, job, reversed::<T, 4>),
        }
    }

    #[inline(always)]
    fn copy_bytes(&self, from: &[u8], to: &mut [u8], job: CopyJob) {
        match (self.transpose, job.channels) {
            (true, 1) => self.blocks::<1, 8, 8>(from, to, job),
            (true, 2) => self.blocks::<2, 8, 16>(from, to, job),
            (true, 3) => self.blocks::<3, 4, 12>(from, to, job),
            (true, _) => self.blocks::<4, 4, 16>(from, to, job),
            (false, 3) => self.rows(from, to, job, reversed_colours),
            _ => self.copy(from, to, job),
        }
    }
}

impl Orientation {
    #[inline(always)]
    fn rows<T: Copy>(&self, from: &[T], to: &mut [T], job: CopyJob, reverse: impl Fn(&[T], &mut [T])) {
        let stride = job.from[1] * job.channels;
        for (y, to) in to.chunks_exact_mut(stride).enumerate() {
            let y = if self.reverse_rows { job.from[0] - 1 - y } else { y };
            let from = &from[y * stride..(y + 1) * stride];
            if self.reverse_columns {
                reverse(from, to);
            } else {
                to.copy_from_slice(from);
            }
        }
    }

    /// Bytes: blocks of N by N pixels, W bytes a row, which the compiler transposes by shuffles; what is left over one by one.
    #[inline(always)]
    fn blocks<const C: usize, const N: usize, const W: usize>(&self, from: &[u8], to: &mut [u8], job: CopyJob) {
        let [height, width] = job.to;
        let [bottom, right] = job.to.map(|side| side / N * N);
        for left in (0..right).step_by(TILE) {
            for top in (0..bottom).step_by(N) {
                for left in (left..(left + TILE).min(right)).step_by(N) {
                    self.block::<C, N, W>(from, to, job, [top, left]);
                }
            }
        }
        self.tile::<u8, C>(from, to, job, [[0, right], [height, width]]);
        self.tile::<u8, C>(from, to, job, [[bottom, 0], [height, right]]);
    }

    #[inline(always)]
    fn block<const C: usize, const N: usize, const W: usize>(
        &self,
        from: &[u8],
        to: &mut [u8],
        job: CopyJob,
        [top, left]: [usize; 2],
    ) {
        let [height, width] = job.to;
        let column = if self.reverse_rows { height - N - top } else { top };
        let row = |x: usize| if self.reverse_columns { width - 1 - x } else { x };
        let mut rows = [[0u8; W]; N];
        for (k, values) in rows.iter_mut().enumerate() {
            values.copy_from_slice(&from[(row(left + k) * job.from[1] + column) * C..][..W]);
        }
        for j in 0..N {
            let y = top + if self.reverse_rows { N - 1 - j } else { j };
            let turned: [u8; W] = std::array::from_fn(|i| rows[i / C][j * C + i % C]);
            to[(y * width + left) * C..][..W].copy_from_slice(&turned);
        }
    }

    /// A part of the result, from its top and left to its bottom and right: a column of the picture becomes a row.
    #[inline(always)]
    fn tile<T: Copy, const C: usize>(
        &self,
        from: &[T],
        to: &mut [T],
        job: CopyJob,
        [[top, left], [bottom, right]]: [[usize; 2]; 2],
    ) {
        let [height, width] = job.to;
        let (from, _) = from.as_chunks::<C>();
        let (to, _) = to.as_chunks_mut::<C>();
        for left in (left..right).step_by(TILE) {
            let right = (left + TILE).min(right);
            for y in top..bottom {
                let column = if self.reverse_rows { height - 1 - y } else { y };
                let to = &mut to[y * width + left..y * width + right];
                if self.reverse_columns {
                    let first = (width - right) * job.from[1] + column;
                    let column = from[first..].iter().step_by(job.from[1]);
                    to.iter_mut().rev().zip(column).for_each(|(to, from)| *to = *from);
                } else {
                    let column = from[left * job.from[1] + column..].iter().step_by(job.from[1]);
                    to.iter_mut().zip(column).for_each(|(to, from)| *to = *from);
                }
            }
        }
    }
}
