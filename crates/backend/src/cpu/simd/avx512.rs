//! AVX-512: 16 floats in a vector, 32 registers.

#![expect(unsafe_code, reason = "the instructions may only run where the processor has them")]

use std::arch::x86_64::*;

use super::{Simd, Work};

/// Exists only where the processor has AVX-512 (foundation).
#[derive(Clone, Copy)]
pub(crate) struct Avx512(());

impl Avx512 {
    pub(crate) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx512f").then_some(Self(()))
    }

    /// Does the work in a function that is compiled for these instructions.
    pub(crate) fn run<W: Work>(self, work: W) -> W::Output {
        #[target_feature(enable = "avx512f")]
        fn compiled<W: Work>(simd: Avx512, work: W) -> W::Output {
            work.run(simd)
        }
        // SAFETY: `self` exists, so the processor has AVX-512.
        unsafe { compiled(self, work) }
    }

    /// The first `len` of 16 lanes.
    #[inline(always)]
    fn mask(len: usize) -> __mmask16 {
        !(u16::MAX << len)
    }
}

/// An operation that is one instruction on registers.
macro_rules! instruction {
    ($name:ident($($operand:ident),*) = $instruction:ident) => {
        #[inline(always)]
        fn $name(self, $($operand: __m512),*) -> __m512 {
            // SAFETY: `self` exists, so the processor has AVX-512.
            unsafe { $instruction($($operand),*) }
        }
    };
}

impl Simd for Avx512 {
    type Vector = __m512;
    const LANES: usize = 16;
    const ROWS: usize = 12;

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        // SAFETY: `self` exists, so the processor has AVX-512.
        unsafe { _mm512_set1_ps(value) }
    }

    #[inline(always)]
    fn load(self, values: &[f32]) -> __m512 {
        // SAFETY: `self` exists, so the processor has AVX-512. The load reads 16 values when there
        // are that many, otherwise only those below the length; lanes outside the mask are not read.
        unsafe {
            match values.len() {
                16.. => _mm512_loadu_ps(values.as_ptr()),
                len => _mm512_maskz_loadu_ps(Self::mask(len), values.as_ptr()),
            }
        }
    }

    #[inline(always)]
    fn store(self, vector: __m512, into: &mut [f32]) {
        // SAFETY: as in `load`, for writing.
        unsafe {
            match into.len() {
                16.. => _mm512_storeu_ps(into.as_mut_ptr(), vector),
                len => _mm512_mask_storeu_ps(into.as_mut_ptr(), Self::mask(len), vector),
            }
        }
    }

    instruction!(add(a, b) = _mm512_add_ps);
    instruction!(sub(a, b) = _mm512_sub_ps);
    instruction!(mul(a, b) = _mm512_mul_ps);
    instruction!(div(a, b) = _mm512_div_ps);
    instruction!(mul_add(a, b, c) = _mm512_fmadd_ps);
    instruction!(max(a, b) = _mm512_max_ps);
    instruction!(min(a, b) = _mm512_min_ps);

    /// An approximation to 14 bits and one step of Newton's method, a quarter of the time of a division.
    #[inline(always)]
    fn reciprocal(self, a: __m512) -> __m512 {
        // SAFETY: `self` exists, so the processor has AVX-512.
        unsafe {
            let guess = _mm512_rcp14_ps(a);
            let error = _mm512_fnmadd_ps(a, guess, _mm512_set1_ps(1.0));
            _mm512_fmadd_ps(guess, error, guess)
        }
    }

    #[inline(always)]
    fn where_positive(self, sign: __m512, value: __m512) -> __m512 {
        // SAFETY: `self` exists, so the processor has AVX-512.
        unsafe {
            let positive = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(sign, _mm512_setzero_ps());
            _mm512_maskz_mov_ps(positive, value)
        }
    }

    #[inline(always)]
    fn zero_below(self, limit: __m512, value: __m512) -> __m512 {
        // SAFETY: `self` exists, so the processor has AVX-512.
        unsafe {
            let below = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(_mm512_abs_ps(value), limit);
            _mm512_mask_mov_ps(value, below, _mm512_setzero_ps())
        }
    }

    #[inline(always)]
    fn by_sign(self, sign: __m512, below: __m512, above: __m512) -> __m512 {
        // SAFETY: `self` exists, so the processor has AVX-512.
        unsafe {
            let is_below = _mm512_cmp_ps_mask::<_CMP_LE_OQ>(sign, _mm512_setzero_ps());
            _mm512_mask_mov_ps(above, is_below, below)
        }
    }

    #[inline(always)]
    fn where_equal(self, a: __m512, b: __m512, value: __m512) -> __m512 {
        // SAFETY: `self` exists, so the processor has AVX-512.
        unsafe { _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_EQ_OQ>(a, b), value) }
    }

    #[inline(always)]
    fn larger(self, best: (__m512, __m512), other: (__m512, __m512)) -> (__m512, __m512) {
        // SAFETY: `self` exists, so the processor has AVX-512.
        unsafe {
            let larger = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(other.0, best.0);
            let chosen = larger | _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(other.0, other.0);
            (_mm512_mask_mov_ps(best.0, chosen, other.0), _mm512_mask_mov_ps(best.1, chosen, other.1))
        }
    }

    #[inline(always)]
    fn evens_odds(self, a: __m512, b: __m512) -> (__m512, __m512) {
        // SAFETY: `self` exists, so the processor has AVX-512.
        unsafe {
            let evens = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
            let odds = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
            (_mm512_permutex2var_ps(a, evens, b), _mm512_permutex2var_ps(a, odds, b))
        }
    }

    #[inline(always)]
    fn interleave(self, evens: __m512, odds: __m512) -> (__m512, __m512) {
        // SAFETY: `self` exists, so the processor has AVX-512.
        unsafe {
            let low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            let high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
            (_mm512_permutex2var_ps(evens, low, odds), _mm512_permutex2var_ps(evens, high, odds))
        }
    }

    #[inline(always)]
    fn exp2_whole(self, n: __m512) -> __m512 {
        // SAFETY: `self` exists, so the processor has AVX-512.
        unsafe {
            let exponent = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
            _mm512_castsi512_ps(_mm512_slli_epi32::<23>(exponent))
        }
    }

    /// Squares of 4 x 4 within the quarters of the vectors, then the quarters among the vectors.
    #[inline(always)]
    fn transpose(self, vectors: &mut [__m512]) {
        let mut quads = [self.splat(0.0); 16];
        // SAFETY: `self` exists, so the processor has AVX-512.
        unsafe {
            for i in (0..16).step_by(4) {
                let low = [
                    _mm512_unpacklo_ps(vectors[i], vectors[i + 1]),
                    _mm512_unpacklo_ps(vectors[i + 2], vectors[i + 3]),
                ];
                let high = [
                    _mm512_unpackhi_ps(vectors[i], vectors[i + 1]),
                    _mm512_unpackhi_ps(vectors[i + 2], vectors[i + 3]),
                ];
                let [[a, b], [c, d]] = [low, high];
                let [a, b, c, d] = [_mm512_castps_pd(a), _mm512_castps_pd(b), _mm512_castps_pd(c), _mm512_castps_pd(d)];
                quads[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
                quads[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
                quads[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(c, d));
                quads[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(c, d));
            }
            for i in 0..4 {
                let [a, b, c, d] = [quads[i], quads[i + 4], quads[i + 8], quads[i + 12]];
                let even = [_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0x88>(c, d)];
                let odd = [_mm512_shuffle_f32x4::<0xdd>(a, b), _mm512_shuffle_f32x4::<0xdd>(c, d)];
                vectors[i] = _mm512_shuffle_f32x4::<0x88>(even[0], even[1]);
                vectors[i + 4] = _mm512_shuffle_f32x4::<0x88>(odd[0], odd[1]);
                vectors[i + 8] = _mm512_shuffle_f32x4::<0xdd>(even[0], even[1]);
                vectors[i + 12] = _mm512_shuffle_f32x4::<0xdd>(odd[0], odd[1]);
            }
        }
    }

    #[inline(always)]
    fn compiled<W: Work>(self, work: W) -> W::Output {
        self.run(work)
    }
}
