//! Plain Rust on arrays, which the compiler vectorises for its target.

use super::{Simd, Work};

const LANES: usize = 8;

/// Needs nothing of the processor.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

#[inline(always)]
fn zip(a: [f32; LANES], b: [f32; LANES], operation: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
    let mut out = a;
    for (out, b) in out.iter_mut().zip(b) {
        *out = operation(*out, b);
    }
    out
}

impl Simd for Portable {
    type Vector = [f32; LANES];
    const LANES: usize = LANES;
    const ROWS: usize = 4;

    #[inline(always)]
    fn splat(self, value: f32) -> [f32; LANES] {
        [value; LANES]
    }

    #[inline(always)]
    fn load(self, values: &[f32]) -> [f32; LANES] {
        if let Some(values) = values.first_chunk() {
            return *values;
        }
        let mut out = [0.0; LANES];
        out[..values.len()].copy_from_slice(values);
        out
    }

    #[inline(always)]
    fn store(self, vector: [f32; LANES], into: &mut [f32]) {
        if let Some(into) = into.first_chunk_mut() {
            *into = vector;
        } else {
            into.copy_from_slice(&vector[..into.len()]);
        }
    }

    #[inline(always)]
    fn add(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        zip(a, b, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        zip(a, b, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        zip(a, b, |a, b| a * b)
    }

    #[inline(always)]
    fn div(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        zip(a, b, |a, b| a / b)
    }

    /// Rounded once where the target has an instruction for it, otherwise twice: the function of
    /// the C library would be slow.
    #[inline(always)]
    fn mul_add(self, a: [f32; LANES], b: [f32; LANES], c: [f32; LANES]) -> [f32; LANES] {
        if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
            let mut out = c;
            for (out, (a, b)) in out.iter_mut().zip(a.into_iter().zip(b)) {
                *out = a.mul_add(b, *out);
            }
            return out;
        }
        self.add(self.mul(a, b), c)
    }

    #[inline(always)]
    fn max(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        zip(a, b, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn min(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        zip(a, b, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    fn reciprocal(self, a: [f32; LANES]) -> [f32; LANES] {
        a.map(|a| 1.0 / a)
    }

    #[inline(always)]
    fn where_positive(self, sign: [f32; LANES], value: [f32; LANES]) -> [f32; LANES] {
        zip(sign, value, |sign, value| if sign > 0.0 { value } else { 0.0 })
    }

    #[inline(always)]
    fn zero_below(self, limit: [f32; LANES], value: [f32; LANES]) -> [f32; LANES] {
        zip(limit, value, |limit, value| if value.abs() < limit { 0.0 } else { value })
    }

    #[inline(always)]
    fn by_sign(self, sign: [f32; LANES], below: [f32; LANES], above: [f32; LANES]) -> [f32; LANES] {
        let mut out = above;
        for (out, (sign, below)) in out.iter_mut().zip(sign.into_iter().zip(below)) {
            *out = if sign <= 0.0 { below } else { *out };
        }
        out
    }

    #[inline(always)]
    fn where_equal(self, a: [f32; LANES], b: [f32; LANES], value: [f32; LANES]) -> [f32; LANES] {
        let mut out = value;
        for (out, (a, b)) in out.iter_mut().zip(a.into_iter().zip(b)) {
            *out = if a == b { *out } else { 0.0 };
        }
        out
    }

    #[inline(always)]
    fn larger(
        self,
        best: ([f32; LANES], [f32; LANES]),
        other: ([f32; LANES], [f32; LANES]),
    ) -> ([f32; LANES], [f32; LANES]) {
        let mut out = best;
        for lane in 0..LANES {
            if other.0[lane] > best.0[lane] || other.0[lane].is_nan() {
                out.0[lane] = other.0[lane];
                out.1[lane] = other.1[lane];
            }
        }
        out
    }

    #[inline(always)]
    fn evens_odds(self, a: [f32; LANES], b: [f32; LANES]) -> ([f32; LANES], [f32; LANES]) {
        let mut out = (a, b);
        for lane in 0..LANES / 2 {
            (out.0[lane], out.1[lane]) = (a[2 * lane], a[2 * lane + 1]);
            (out.0[lane + LANES / 2], out.1[lane + LANES / 2]) = (b[2 * lane], b[2 * lane + 1]);
        }
        out
    }

    #[inline(always)]
    fn interleave(self, evens: [f32; LANES], odds: [f32; LANES]) -> ([f32; LANES], [f32; LANES]) {
        let mut out = (evens, odds);
        for lane in 0..LANES / 2 {
            (out.0[2 * lane], out.0[2 * lane + 1]) = (evens[lane], odds[lane]);
            (out.1[2 * lane], out.1[2 * lane + 1]) = (evens[lane + LANES / 2], odds[lane + LANES / 2]);
        }
        out
    }

    #[inline(always)]
    fn exp2_whole(self, n: [f32; LANES]) -> [f32; LANES] {
        n.map(|n| f32::from_bits(((n as i32 + 127) << 23).cast_unsigned()))
    }

    #[inline(always)]
    fn transpose(self, vectors: &mut [[f32; LANES]]) {
        for i in 1..LANES {
            let (above, below) = vectors.split_at_mut(i);
            for (row, value) in above.iter_mut().zip(&mut below[0]) {
                std::mem::swap(&mut row[i], value);
            }
        }
    }

    #[inline(always)]
    fn compiled<W: Work>(self, work: W) -> W::Output {
        work.run(self)
    }
}
