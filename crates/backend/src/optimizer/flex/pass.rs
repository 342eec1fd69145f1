//! The pass: which memory is written, how it is cut into parts, and the loop over a part.

use std::array::from_fn;

use burn::backend::flex::FlexTensor;
use macerator::{AutoArch, Simd, WithSimd};
use rayon::prelude::*;

use crate::cpu::whole;

/// Numbers that are computed at a time; small arrays of this length become vector instructions.
const LANES: usize = 16;
/// Numbers of a part (64 KiB), which one thread computes.
const PART: usize = 16 * 1024;
/// Parameters up to this size stay on the calling thread: waking another one would take longer.
const SERIAL: usize = 4 * PART;

/// What an optimiser does with one number of a parameter and its `N` numbers of state.
pub(super) trait Update<const N: usize>: Sync {
    /// The new number and its new state.
    fn update(&self, theta: f32, gradient: f32, state: [f32; N]) -> (f32, [f32; N]);
}

/// Updates every number, or with a row length only those of rows whose gradient is not zero throughout. `state` is renewed
/// in place; the new parameter lies in the memory of the old one, or of the gradient if the old one is held elsewhere.
pub(super) fn pass<const N: usize>(
    update: &impl Update<N>,
    [parameter, gradient]: [FlexTensor; 2],
    state: [&mut [f32]; N],
    row: Option<usize>,
) -> FlexTensor {
    let (mut parameter, mut gradient) = (whole(parameter), whole(gradient));
    if gradient.is_unique() && !parameter.is_unique() {
        let (out, other) = (gradient.storage_mut(), parameter.storage());
        run::<N, true>(update, Part { out, other, state }, row);
        return gradient;
    }
    let (out, other) = (parameter.storage_mut(), gradient.storage());
    run::<N, false>(update, Part { out, other, state }, row);
    parameter
}

/// Slices of equal length. `out` holds the gradient (`IN_GRADIENT`) or the parameter, and at the end the new parameter;
/// `other` holds the other of the two.
struct Part<'a, const N: usize> {
    out: &'a mut [f32],
    other: &'a [f32],
    state: [&'a mut [f32]; N],
}

impl<'a, const N: usize> Part<'a, N> {
    /// Parts of `len` numbers; the last may be shorter.
    fn cut(self, len: usize) -> impl Iterator<Item = Part<'a, N>> {
        let mut states = self.state.map(|values| values.chunks_mut(len));
        self.out.chunks_mut(len).zip(self.other.chunks(len)).map(move |(out, other)| {
            let state = states.each_mut().map(|chunks| chunks.next().unwrap_or_default());
            Part { out, other, state }
        })
    }
}

fn run<const N: usize, const IN_GRADIENT: bool>(update: &impl Update<N>, part: Part<'_, N>, row: Option<usize>) {
    let row = row.map(|row| row.max(1));
    let step = |part| AutoArch::new().dispatch(Work::<_, N, IN_GRADIENT> { update, part, row });
    if part.out.len() <= SERIAL {
        return step(part);
    }
    let len = row.map_or(PART, |row| (PART / row).max(1) * row);
    let parts: Vec<_> = part.cut(len).collect();
    parts.into_par_iter().for_each(step);
}

/// The work on a part, compiled for each set of vector instructions and run with the widest that the processor has.
/// Whichever these are, the numbers are the same.
struct Work<'a, U, const N: usize, const IN_GRADIENT: bool> {
    update: &'a U,
    part: Part<'a, N>,
    row: Option<usize>,
}

impl<U: Update<N>, const N: usize, const IN_GRADIENT: bool> WithSimd for Work<'_, U, N, IN_GRADIENT> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let Self { update, part, row } = self;
        match row {
            Some(row) => {
                for row in part.cut(row) {
                    touched_row::<N, IN_GRADIENT>(update, row);
                }
            }
            None => every_number::<N, IN_GRADIENT>(update, part),
        }
    }
}

/// Updates a row, unless its gradient is zero throughout.
#[inline(always)]
fn touched_row<const N: usize, const IN_GRADIENT: bool>(update: &impl Update<N>, row: Part<'_, N>) {
    let gradient: &[f32] = if IN_GRADIENT { row.out } else { row.other };
    // Of a zero at most the sign bit is set.
    let bits = gradient.iter().fold(0, |bits, value| bits | value.to_bits());
    if bits << 1 != 0 {
        every_number::<N, IN_GRADIENT>(update, row);
    } else if IN_GRADIENT {
        row.out.copy_from_slice(row.other);
    }
}

#[inline(always)]
fn every_number<const N: usize, const IN_GRADIENT: bool>(update: &impl Update<N>, mut part: Part<'_, N>) {
    let len = part.out.len();
    let blocks = len - len % LANES;
    for start in (0..blocks).step_by(LANES) {
        block::<N, LANES, IN_GRADIENT>(update, &mut part, start);
    }
    for start in blocks..len {
        block::<N, 1, IN_GRADIENT>(update, &mut part, start);
    }
}

/// Updates `L` numbers. All are read before any is written, so that the compiler need not ask whether slices overlap.
#[inline(always)]
fn block<const N: usize, const L: usize, const IN_GRADIENT: bool>(
    update: &impl Update<N>,
    part: &mut Part<'_, N>,
    start: usize,
) {
    let (out, other): ([f32; L], [f32; L]) = (read(part.out, start), read(part.other, start));
    let (mut theta, gradient) = if IN_GRADIENT { (other, out) } else { (out, other) };
    let mut state: [[f32; L]; N] = from_fn(|k| read(part.state[k], start));
    for lane in 0..L {
        let (new, remembered) = update.update(theta[lane], gradient[lane], from_fn(|k| state[k][lane]));
        theta[lane] = new;
        for k in 0..N {
            state[k][lane] = remembered[k];
        }
    }
    part.out[start..start + L].copy_from_slice(&theta);
    for (values, new) in part.state.iter_mut().zip(&state) {
        values[start..start + L].copy_from_slice(new);
    }
}

#[inline(always)]
fn read<const L: usize>(values: &[f32], start: usize) -> [f32; L] {
    let mut block = [0.0; L];
    block.copy_from_slice(&values[start..start + L]);
    block
}
