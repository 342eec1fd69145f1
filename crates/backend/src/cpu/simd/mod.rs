//! Vectors of 32-bit floats, as wide as the processor that runs the program has them.
//!
//! A kernel is written once, as [`Work`] over any [`Simd`]; [`vectorised`] picks the widest
//! instructions at run time and compiles the work for each: AVX-512, AVX2 with FMA, or plain Rust
//! that the compiler vectorises for its target.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

/// One set of vector instructions. A value of the type is the proof that the processor has them.
///
/// Everything that takes a `Simd` is `#[inline(always)]`, so that it ends up inside the function
/// that is compiled for these instructions.
pub(crate) trait Simd: Copy + Send + Sync {
    /// A vector of [`LANES`](Self::LANES) floats.
    type Vector: Copy;
    /// Floats in a vector.
    const LANES: usize;
    /// How many rows of two vectors the registers hold in a product.
    const ROWS: usize;

    /// `value` in each lane.
    fn splat(self, value: f32) -> Self::Vector;
    /// The first values of the slice; zeros where it is shorter than a vector.
    fn load(self, values: &[f32]) -> Self::Vector;
    /// Writes the lanes to the front of the slice, as far as it reaches.
    fn store(self, vector: Self::Vector, into: &mut [f32]);
    /// `a + b`
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a - b`
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a * b`
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a / b`
    fn div(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `1 / a` to one or two units in the last place, for numbers from 1 to 1e38.
    fn reciprocal(self, a: Self::Vector) -> Self::Vector;
    /// `a * b + c`
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// The larger of the two; `b` where one is NaN.
    fn max(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// The smaller of the two; `b` where one is NaN.
    fn min(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `value` where `sign` is greater than 0, otherwise 0.
    fn where_positive(self, sign: Self::Vector, value: Self::Vector) -> Self::Vector;
    /// The same, but 0 where the size is below `limit`; NaN stays.
    fn zero_below(self, limit: Self::Vector, value: Self::Vector) -> Self::Vector;
    /// `below` where `sign` is 0 or less, `above` elsewhere, also where `sign` is NaN.
    fn by_sign(self, sign: Self::Vector, below: Self::Vector, above: Self::Vector) -> Self::Vector;
    /// `value` where `a` and `b` are equal, otherwise 0.
    fn where_equal(self, a: Self::Vector, b: Self::Vector, value: Self::Vector) -> Self::Vector;
    /// Of two pairs, a value and what belongs to it, `other` in those lanes where its value is larger or NaN, elsewhere `best`.
    fn larger(
        self,
        best: (Self::Vector, Self::Vector),
        other: (Self::Vector, Self::Vector),
    ) -> (Self::Vector, Self::Vector);
    /// Of the lanes of `a` and then `b`, those at even places, and those at odd ones.
    fn evens_odds(self, a: Self::Vector, b: Self::Vector) -> (Self::Vector, Self::Vector);
    /// The lanes of both in turn, in two vectors: what [`evens_odds`](Self::evens_odds) takes apart.
    fn interleave(self, evens: Self::Vector, odds: Self::Vector) -> (Self::Vector, Self::Vector);
    /// 2 to the power of `n`, for whole numbers from -126 to 127.
    fn exp2_whole(self, n: Self::Vector) -> Self::Vector;
    /// Lane j of vector i becomes lane i of vector j. There are [`LANES`](Self::LANES) vectors.
    fn transpose(self, vectors: &mut [Self::Vector]);
    /// Does the work in a function that is compiled for these instructions: for the tasks of other threads.
    fn compiled<W: Work>(self, work: W) -> W::Output;
}

/// Something to compute with vectors. `run` is `#[inline(always)]`.
pub(crate) trait Work {
    /// What comes out.
    type Output;
    /// Computes it with these instructions.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// Does the work with the widest instructions that the processor has.
pub(crate) fn vectorised<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(simd) = avx512::Avx512::detect().filter(|_| is_allowed(2)) {
            return simd.run(work);
        }
        if let Some(simd) = avx2::Avx2::detect().filter(|_| is_allowed(1)) {
            return simd.run(work);
        }
    }
    work.run(portable::Portable)
}

/// Whether the set of instructions of this number (AVX2 1, AVX-512 2) may be used: always, but for tests of the others.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn is_allowed(_set: usize) -> bool {
    #[cfg(test)]
    return WIDEST.get() >= _set;
    #[cfg(not(test))]
    return true;
}

#[cfg(test)]
thread_local! {
    /// The number of the widest set of instructions that this thread uses.
    static WIDEST: std::cell::Cell<usize> = const { std::cell::Cell::new(usize::MAX) };
}

/// What `work` gives when every kernel that it calls, on this thread or through rayon, uses plain Rust, then AVX2, then AVX-512,
/// where the processor has them.
#[cfg(test)]
pub(crate) fn on_each_set<R: Send>(work: impl Fn() -> R + Sync) -> Vec<R> {
    let with = |set: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
        pool.install(|| {
            WIDEST.set(set);
            work()
        })
    };
    [0, 1, 2].map(with).into()
}

/// Floats in a vector of the instructions that [`vectorised`] picks.
pub(crate) fn lanes() -> usize {
    struct Lanes;
    impl Work for Lanes {
        type Output = usize;
        #[inline(always)]
        fn run<S: Simd>(self, _: S) -> usize {
            S::LANES
        }
    }
    vectorised(Lanes)
}

/// Does the work with every set of instructions that the processor has.
#[cfg(test)]
pub(crate) fn with_each<W: Work + Clone>(work: &W) -> Vec<W::Output> {
    let mut outputs = vec![work.clone().run(portable::Portable)];
    #[cfg(target_arch = "x86_64")]
    {
        outputs.extend(avx2::Avx2::detect().map(|simd| simd.run(work.clone())));
        outputs.extend(avx512::Avx512::detect().map(|simd| simd.run(work.clone())));
    }
    outputs
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every operation on the first lanes of three slices, in the order of the trait.
    #[derive(Clone)]
    struct All<'a>([&'a [f32]; 3]);

    impl Work for All<'_> {
        type Output = Vec<Vec<f32>>;
        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> Vec<Vec<f32>> {
            let [a, b, c] = self.0.map(|values| simd.load(values));
            let results = [
                simd.splat(3.5),
                simd.add(a, b),
                simd.sub(a, b),
                simd.mul(a, b),
                simd.div(a, b),
                simd.mul_add(a, b, c),
                simd.max(a, b),
                simd.min(a, b),
                simd.where_positive(a, b),
                simd.exp2_whole(c),
                simd.where_equal(a, simd.splat(-3.25), b),
            ];
            results
                .into_iter()
                .map(|vector| {
                    let mut out = vec![f32::NAN; self.0[0].len()];
                    simd.store(vector, &mut out);
                    out
                })
                .collect()
        }
    }

    fn expected(a: f32, b: f32, c: f32) -> [f32; 11] {
        let positive = if a > 0.0 { b } else { 0.0 };
        [
            3.5,
            a + b,
            a - b,
            a * b,
            a / b,
            a * b + c,
            a.max(b),
            a.min(b),
            positive,
            c.exp2(),
            if a == -3.25 { b } else { 0.0 },
        ]
    }

    #[test]
    fn each_operation_computes_what_it_says_in_each_lane_of_each_length() {
        for len in [1, 3, 4, 7, 8, 15, 16] {
            let a: Vec<f32> = (0..len).map(|i| i as f32 - 6.25).collect();
            let b: Vec<f32> = (0..len).map(|i| 0.5 * i as f32 - 3.125).collect();
            let c: Vec<f32> = (0..len).map(|i| (17 * i) as f32 - 126.0).collect();
            for results in with_each(&All([&a, &b, &c])) {
                for lane in 0..len.min(8) {
                    let expected = expected(a[lane], b[lane], c[lane]);
                    let actual: Vec<f32> = results.iter().map(|result| result[lane]).collect();
                    assert_eq!(actual, expected, "lane {lane} of {len}");
                }
            }
        }
    }

    #[test]
    fn reciprocals_are_right_to_two_units_in_the_last_place() {
        #[derive(Clone)]
        struct Reciprocals<'a>(&'a [f32]);
        impl Work for Reciprocals<'_> {
            type Output = Vec<f32>;
            #[inline(always)]
            fn run<S: Simd>(self, simd: S) -> Vec<f32> {
                let mut out = vec![0.0; self.0.len()];
                for start in (0..self.0.len()).step_by(S::LANES) {
                    simd.store(simd.reciprocal(simd.load(&self.0[start..])), &mut out[start..]);
                }
                out
            }
        }
        let bits = (1.0_f32.to_bits()..1e38_f32.to_bits()).step_by(9973);
        let values: Vec<f32> = bits.map(f32::from_bits).collect();
        for results in with_each(&Reciprocals(&values)) {
            for (value, result) in values.iter().zip(results) {
                let error = f64::from(result) * f64::from(*value) - 1.0;
                assert!(error.abs() <= 2.4e-7, "1 / {value} = {result}");
            }
        }
    }

    #[test]
    fn what_lies_below_a_limit_becomes_zero_and_nan_stays() {
        #[derive(Clone)]
        struct Above;
        impl Work for Above {
            type Output = Vec<f32>;
            #[inline(always)]
            fn run<S: Simd>(self, simd: S) -> Vec<f32> {
                let values = [0.5, -0.5, 1.0, -1.0, 2.0, -2.0, 0.0, f32::NAN];
                let mut out = vec![9.0; 8];
                simd.store(simd.zero_below(simd.splat(1.0), simd.load(&values)), &mut out);
                out
            }
        }
        for values in with_each(&Above) {
            assert_eq!(values[..7], [0.0, 0.0, 1.0, -1.0, 2.0, -2.0, 0.0]);
            assert!(values[7].is_nan());
        }
    }

    #[test]
    fn what_is_chosen_by_a_sign_that_is_nan_is_what_stands_above_zero() {
        #[derive(Clone)]
        struct Choice;
        impl Work for Choice {
            type Output = Vec<f32>;
            #[inline(always)]
            fn run<S: Simd>(self, simd: S) -> Vec<f32> {
                let signs = [0.5, -0.5, 0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::MIN_POSITIVE, f32::NAN];
                let mut out = vec![9.0; 8];
                simd.store(simd.by_sign(simd.load(&signs), simd.splat(-1.0), simd.splat(1.0)), &mut out);
                out
            }
        }
        for values in with_each(&Choice) {
            assert_eq!(values, [1.0, -1.0, -1.0, -1.0, 1.0, -1.0, 1.0, 1.0]);
        }
    }

    #[test]
    fn the_larger_of_two_comes_with_what_belongs_to_it_the_first_of_equals_and_nan_before_all() {
        #[derive(Clone)]
        struct Larger;
        impl Work for Larger {
            type Output = [Vec<f32>; 2];
            #[inline(always)]
            fn run<S: Simd>(self, simd: S) -> [Vec<f32>; 2] {
                let nan = f32::NAN;
                let best = [1.0, 2.0, 3.0, nan, 5.0, nan, f32::NEG_INFINITY, 0.0];
                let other = [2.0, 2.0, 1.0, 4.0, nan, nan, f32::NEG_INFINITY, -0.0];
                let (value, place) =
                    simd.larger((simd.load(&best), simd.splat(1.0)), (simd.load(&other), simd.splat(2.0)));
                let mut out = [vec![9.0; 8], vec![9.0; 8]];
                simd.store(value, &mut out[0]);
                simd.store(place, &mut out[1]);
                out
            }
        }
        for [values, places] in with_each(&Larger) {
            assert_eq!(places, [2.0, 1.0, 1.0, 1.0, 2.0, 2.0, 1.0, 1.0]);
            assert_eq!(values[..3], [2.0, 2.0, 3.0]);
            assert!(values[3..6].iter().all(|value| value.is_nan()), "{values:?}");
        }
    }

    #[test]
    fn pairs_are_taken_apart_and_put_together_again() {
        #[derive(Clone)]
        struct Pairs;
        impl Work for Pairs {
            type Output = [Vec<f32>; 3];
            #[inline(always)]
            fn run<S: Simd>(self, simd: S) -> [Vec<f32>; 3] {
                let values: Vec<f32> = (0..2 * S::LANES).map(|i| i as f32).collect();
                let (evens, odds) = simd.evens_odds(simd.load(&values), simd.load(&values[S::LANES..]));
                let (low, high) = simd.interleave(evens, odds);
                let mut out = [vec![9.0; S::LANES], vec![9.0; S::LANES], vec![9.0; 2 * S::LANES]];
                simd.store(evens, &mut out[0]);
                simd.store(odds, &mut out[1]);
                simd.store(low, &mut out[2]);
                simd.store(high, &mut out[2][S::LANES..]);
                out
            }
        }
        for [evens, odds, both] in with_each(&Pairs) {
            for (i, (even, odd)) in evens.iter().zip(&odds).enumerate() {
                assert_eq!([*even, *odd], [2.0 * i as f32, 2.0 * i as f32 + 1.0]);
            }
            assert!(both.iter().enumerate().all(|(i, value)| *value == i as f32), "{both:?}");
        }
    }

    #[test]
    fn limits_let_nan_through_when_it_comes_second() {
        struct Limits;
        impl Work for Limits {
            type Output = [f32; 2];
            #[inline(always)]
            fn run<S: Simd>(self, simd: S) -> [f32; 2] {
                let (one, nan) = (simd.splat(1.0), simd.splat(f32::NAN));
                let mut out = [[0.0; 16]; 2];
                simd.store(simd.max(one, nan), &mut out[0]);
                simd.store(simd.min(one, nan), &mut out[1]);
                out.map(|lanes| lanes[0])
            }
        }
        impl Clone for Limits {
            fn clone(&self) -> Self {
                Self
            }
        }
        for limits in with_each(&Limits) {
            assert!(limits.iter().all(|value| value.is_nan()), "{limits:?}");
        }
    }
}
