//! AVX2 with fused multiply-add: 8 floats in a vector, 16 registers.

#![expect(unsafe_code, reason = "the instructions may only run where the processor has them")]

use std::arch::x86_64::*;

use super::{Simd, Work};

/// Exists only where the processor has AVX2 and FMA.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(crate) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Self(()))
    }

    /// Does the work in a function that is compiled for these instructions.
    pub(crate) fn run<W: Work>(self, work: W) -> W::Output {
        #[target_feature(enable = "avx2,fma")]
        fn compiled<W: Work>(simd: Avx2, work: W) -> W::Output {
            work.run(simd)
        }
        // SAFETY: `self` exists, so the processor has AVX2 and FMA.
        unsafe { compiled(self, work) }
    }
}

/// An operation that is one instruction on registers.
macro_rules! instruction {
    ($name:ident($($operand:ident),*) = $instruction:ident) => {
        #[inline(always)]
        fn $name(self, $($operand: __m256),*) -> __m256 {
            // SAFETY: `self` exists, so the processor has AVX2 and FMA.
            unsafe { $instruction($($operand),*) }
        }
    };
}

impl Simd for Avx2 {
    type Vector = __m256;
    const LANES: usize = 8;
    const ROWS: usize = 6;

    #[inline(always)]
    fn splat(self, value: f32) -> __m256 {
        // SAFETY: `self` exists, so the processor has AVX2 and FMA.
        unsafe { _mm256_set1_ps(value) }
    }

    #[inline(always)]
    fn load(self, values: &[f32]) -> __m256 {
        let mut padded = [0.0; 8];
        let source = match values.len() {
            8.. => values.as_ptr(),
            len => {
                padded[..len].copy_from_slice(values);
                padded.as_ptr()
            }
        };
        // SAFETY: `self` exists, so the processor has AVX2; eight values lie at `source`, either in
        // the slice or in the array.
        unsafe { _mm256_loadu_ps(source) }
    }

    #[inline(always)]
    fn store(self, vector: __m256, into: &mut [f32]) {
        let mut padded = [0.0; 8];
        let whole = into.len() >= 8;
        let target = if whole { into.as_mut_ptr() } else { padded.as_mut_ptr() };
        // SAFETY: `self` exists, so the processor has AVX2; eight values may be written at `target`,
        // either in the slice or in the array.
        unsafe { _mm256_storeu_ps(target, vector) };
        if !whole {
            into.copy_from_slice(&padded[..into.len()]);
        }
    }

    instruction!(add(a, b) = _mm256_add_ps);
    instruction!(sub(a, b) = _mm256_sub_ps);
    instruction!(mul(a, b) = _mm256_mul_ps);
    instruction!(div(a, b) = _mm256_div_ps);
    instruction!(mul_add(a, b, c) = _mm256_fmadd_ps);
    instruction!(max(a, b) = _mm256_max_ps);
    instruction!(min(a, b) = _mm256_min_ps);

    #[inline(always)]
    fn reciprocal(self, a: __m256) -> __m256 {
        self.div(self.splat(1.0), a)
    }

    #[inline(always)]
    fn where_positive(self, sign: __m256, value: __m256) -> __m256 {
        // SAFETY: `self` exists, so the processor has AVX2 and FMA.
        unsafe { _mm256_and_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(sign, _mm256_setzero_ps()), value) }
    }

    #[inline(always)]
    fn zero_below(self, limit: __m256, value: __m256) -> __m256 {
        // SAFETY: `self` exists, so the processor has AVX2 and FMA.
        unsafe {
            let size = _mm256_andnot_ps(_mm256_set1_ps(-0.0), value);
            _mm256_andnot_ps(_mm256_cmp_ps::<_CMP_LT_OQ>(size, limit), value)
        }
    }

    #[inline(always)]
    fn by_sign(self, sign: __m256, below: __m256, above: __m256) -> __m256 {
        // SAFETY: `self` exists, so the processor has AVX2 and FMA.
        unsafe {
            let is_below = _mm256_cmp_ps::<_CMP_LE_OQ>(sign, _mm256_setzero_ps());
            _mm256_blendv_ps(above, below, is_below)
        }
    }

    #[inline(always)]
    fn where_equal(self, a: __m256, b: __m256, value: __m256) -> __m256 {
        // SAFETY: `self` exists, so the processor has AVX2 and FMA.
        unsafe { _mm256_and_ps(_mm256_cmp_ps::<_CMP_EQ_OQ>(a, b), value) }
    }

    #[inline(always)]
    fn larger(self, best: (__m256, __m256), other: (__m256, __m256)) -> (__m256, __m256) {
        // SAFETY: `self` exists, so the processor has AVX2 and FMA.
        unsafe {
            let larger = _mm256_cmp_ps::<_CMP_GT_OQ>(other.0, best.0);
            let chosen = _mm256_or_ps(larger, _mm256_cmp_ps::<_CMP_UNORD_Q>(other.0, other.0));
            (_mm256_blendv_ps(best.0, other.0, chosen), _mm256_blendv_ps(best.1, other.1, chosen))
        }
    }

    #[inline(always)]
    fn evens_odds(self, a: __m256, b: __m256) -> (__m256, __m256) {
        // SAFETY: `self` exists, so the processor has AVX2 and FMA.
        unsafe {
            // The first halves of both, and the second halves; then pairs within each half.
            let (low, high) = (_mm256_permute2f128_ps::<0x20>(a, b), _mm256_permute2f128_ps::<0x31>(a, b));
            (_mm256_shuffle_ps::<0b10_00_10_00>(low, high), _mm256_shuffle_ps::<0b11_01_11_01>(low, high))
        }
    }

    #[inline(always)]
    fn interleave(self, evens: __m256, odds: __m256) -> (__m256, __m256) {
        // SAFETY: `self` exists, so the processor has AVX2 and FMA.
        unsafe {
            let (low, high) = (_mm256_unpacklo_ps(evens, odds), _mm256_unpackhi_ps(evens, odds));
            (_mm256_permute2f128_ps::<0x20>(low, high), _mm256_permute2f128_ps::<0x31>(low, high))
        }
    }

    #[inline(always)]
    fn exp2_whole(self, n: __m256) -> __m256 {
        // SAFETY: `self` exists, so the processor has AVX2 and FMA.
        unsafe {
            let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
            _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent))
        }
    }

    /// Squares of 4 x 4 within the halves of the vectors, then the halves among the vectors.
    #[inline(always)]
    fn transpose(self, vectors: &mut [__m256]) {
        let mut quads = [self.splat(0.0); 8];
        // SAFETY: `self` exists, so the processor has AVX2 and FMA.
        unsafe {
            for i in (0..8).step_by(4) {
                let low = [
                    _mm256_unpacklo_ps(vectors[i], vectors[i + 1]),
                    _mm256_unpacklo_ps(vectors[i + 2], vectors[i + 3]),
                ];
                let high = [
                    _mm256_unpackhi_ps(vectors[i], vectors[i + 1]),
                    _mm256_unpackhi_ps(vectors[i + 2], vectors[i + 3]),
                ];
                quads[i] = _mm256_shuffle_ps::<0x44>(low[0], low[1]);
                quads[i + 1] = _mm256_shuffle_ps::<0xee>(low[0], low[1]);
                quads[i + 2] = _mm256_shuffle_ps::<0x44>(high[0], high[1]);
                quads[i + 3] = _mm256_shuffle_ps::<0xee>(high[0], high[1]);
            }
            for i in 0..4 {
                vectors[i] = _mm256_permute2f128_ps::<0x20>(quads[i], quads[i + 4]);
                vectors[i + 4] = _mm256_permute2f128_ps::<0x31>(quads[i], quads[i + 4]);
            }
        }
    }

    #[inline(always)]
    fn compiled<W: Work>(self, work: W) -> W::Output {
        self.run(work)
    }
}
