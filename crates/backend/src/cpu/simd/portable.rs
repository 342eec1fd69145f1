//! Plain Rust on arrays, which the compiler vectorises for its target.

use super::Simd;

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
    fn exp2_whole(self, n: [f32; LANES]) -> [f32; LANES] {
        n.map(|n| f32::from_bits(((n as i32 + 127) << 23).cast_unsigned()))
    }
}
