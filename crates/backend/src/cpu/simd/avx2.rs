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
    fn exp2_whole(self, n: __m256) -> __m256 {
        // SAFETY: `self` exists, so the processor has AVX2 and FMA.
        unsafe {
            let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
            _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent))
        }
    }
}
