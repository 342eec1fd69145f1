//! The exponential and logistic functions and the hyperbolic tangent on vectors.
//!
//! ```text
//! eˣ      = 2ⁿ·eʳ           n = round(x / ln 2), r = x − n·ln 2, so |r| ≤ ln 2 / 2
//! eʳ − 1  = r + r²/2! + … + r⁷/7!              the rest of the series is below 2·10⁻⁸ of it
//! σ(x)    = 1 / (1 + e⁻ˣ)
//! tanh(x) = (e²ˣ − 1) / (e²ˣ + 1)              with e²ˣ − 1 = 2ⁿ·(eʳ − 1) + (2ⁿ − 1)
//! ```
//!
//! The relative error of both is below 4·10⁻⁷ for every float, tested over the whole range; the
//! logistic function of numbers below −87, which is smaller than 2·10⁻³⁸, has that as absolute
//! error. NaN gives NaN.

use super::simd::Simd;

/// ln 2 in two parts: the first has few digits, so that its product with n is exact.
const LN2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
/// Added and subtracted again, it rounds to a whole number: 1.5 · 2²³.
const ROUND: f32 = 12_582_912.0;

/// 2ⁿ and eʳ − 1, whose product and sum make up eˣ; for x from −87 to 88.
#[inline(always)]
fn split_exp<S: Simd>(simd: S, x: S::Vector) -> (S::Vector, S::Vector) {
    let round = simd.splat(ROUND);
    let n = simd.sub(simd.mul_add(x, simd.splat(std::f32::consts::LOG2_E), round), round);
    let r = simd.mul_add(n, simd.splat(-LN2[0]), x);
    let r = simd.mul_add(n, simd.splat(-LN2[1]), r);

    let mut series = simd.splat(1.0 / 5040.0);
    for factorial in [720.0, 120.0, 24.0, 6.0, 2.0] {
        series = simd.mul_add(series, r, simd.splat(1.0 / factorial));
    }
    (simd.exp2_whole(n), simd.mul_add(simd.mul(series, r), r, r))
}

/// eˣ; for x below −87 it is e⁻⁸⁷, which is smaller than 2·10⁻³⁸, and above 88 it is e⁸⁸.
#[inline(always)]
pub(crate) fn exp<S: Simd>(simd: S, x: S::Vector) -> S::Vector {
    // NaN comes second, and so survives the limits.
    let x = simd.min(simd.splat(88.0), simd.max(simd.splat(-87.0), x));
    let (scale, rest) = split_exp(simd, x);
    simd.mul_add(scale, rest, scale)
}

/// eˣ − 1, exact for small x too; limits as in [`exp`].
#[inline(always)]
pub(crate) fn exp_minus_one<S: Simd>(simd: S, x: S::Vector) -> S::Vector {
    let x = simd.min(simd.splat(88.0), simd.max(simd.splat(-87.0), x));
    let (scale, rest) = split_exp(simd, x);
    simd.mul_add(scale, rest, simd.sub(scale, simd.splat(1.0)))
}

/// σ(x) = 1 / (1 + e⁻ˣ).
#[inline(always)]
pub(crate) fn sigmoid<S: Simd>(simd: S, x: S::Vector) -> S::Vector {
    let one = simd.splat(1.0);
    // NaN comes second, and so survives the limits.
    let x = simd.min(simd.splat(87.0), simd.max(simd.splat(-87.0), x));
    let (scale, rest) = split_exp(simd, simd.sub(simd.splat(0.0), x));
    simd.reciprocal(simd.add(one, simd.mul_add(scale, rest, scale)))
}

/// tanh(x).
#[inline(always)]
pub(crate) fn tanh<S: Simd>(simd: S, x: S::Vector) -> S::Vector {
    // From 9.02 on it is 1.
    let x = simd.min(simd.splat(10.0), simd.max(simd.splat(-10.0), x));
    let (scale, rest) = split_exp(simd, simd.add(x, x));
    let exp_minus_one = simd.mul_add(scale, rest, simd.sub(scale, simd.splat(1.0)));
    simd.mul(exp_minus_one, simd.reciprocal(simd.add(exp_minus_one, simd.splat(2.0))))
}

#[cfg(test)]
mod tests {
    use super::super::simd::{Work, with_each};
    use super::*;

    #[derive(Clone)]
    struct Both<'a>(&'a [f32]);

    impl Work for Both<'_> {
        type Output = [Vec<f32>; 2];
        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> [Vec<f32>; 2] {
            let mut out = [0, 1].map(|_| vec![0.0; self.0.len()]);
            for start in (0..self.0.len()).step_by(S::LANES) {
                let x = simd.load(&self.0[start..]);
                simd.store(sigmoid(simd, x), &mut out[0][start..]);
                simd.store(tanh(simd, x), &mut out[1][start..]);
            }
            out
        }
    }

    /// Some 530,000 floats of both signs: every 4,001st bit pattern, and those around 0 and ±ln 2.
    fn floats() -> Vec<f32> {
        let positive = (0..f32::INFINITY.to_bits()).step_by(4001).map(f32::from_bits);
        let small = (-1000..=1000).map(|i| i as f32 / 1000.0);
        let extremes = [0.0, -0.0, f32::MIN_POSITIVE, f32::MAX, f32::INFINITY];
        positive.flat_map(|x| [x, -x]).chain(small).chain(extremes.into_iter().flat_map(|x| [x, -x])).collect()
    }

    #[test]
    fn both_are_exact_to_a_few_units_in_the_last_place_over_all_floats() {
        let floats = floats();
        for [sigmoid, tanh] in with_each(&Both(&floats)) {
            for (&x, (sigmoid, tanh)) in floats.iter().zip(sigmoid.into_iter().zip(tanh)) {
                let exact = [1.0 / (1.0 + (-f64::from(x)).exp()), f64::from(x).tanh()];
                let absolute = if x < -87.0 { 2e-38 } else { 0.0 };
                let error = (f64::from(sigmoid) - exact[0]).abs();
                assert!(error <= 4e-7 * exact[0] + absolute, "sigmoid({x}) = {sigmoid}, not {}", exact[0]);
                let error = (f64::from(tanh) - exact[1]).abs();
                assert!(error <= 4e-7 * exact[1].abs() + 1e-45, "tanh({x}) = {tanh}, not {}", exact[1]);
            }
        }
    }

    #[test]
    fn the_error_over_the_numbers_that_occur_is_one_in_ten_million_on_average() {
        let floats: Vec<f32> = (-80_000..=80_000).map(|i| i as f32 / 10_000.0).collect();
        for [sigmoid, tanh] in with_each(&Both(&floats)) {
            let mut total = [0.0; 2];
            for (&x, values) in floats.iter().zip(sigmoid.into_iter().zip(tanh)) {
                let exact = [1.0 / (1.0 + (-f64::from(x)).exp()), f64::from(x).tanh()];
                total[0] += (f64::from(values.0) / exact[0] - 1.0).abs();
                total[1] += if x == 0.0 { 0.0 } else { (f64::from(values.1) / exact[1] - 1.0).abs() };
            }
            let mean = total.map(|total| total / floats.len() as f64);
            assert!(mean.iter().all(|&mean| mean < 1e-7), "{mean:?}");
        }
    }

    #[test]
    fn nan_stays_nan() {
        for results in with_each(&Both(&[f32::NAN])) {
            assert!(results.iter().flatten().all(|value| value.is_nan()));
        }
    }
}
