//! Distributions beyond the uniform and the normal one.

use firebrick_data::random::Draws;

/// A number from the gamma distribution of this shape above 0, scale 1 (Marsaglia & Tsang, 2000,
/// <https://doi.org/10.1145/358407.358414>).
fn gamma(draws: &mut Draws, shape: f64) -> f64 {
    if shape < 1.0 {
        return gamma(draws, shape + 1.0) * (1.0 - draws.unit()).powf(1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let normal = draws.normal();
        let cube = (1.0 + c * normal).powi(3);
        let accepted = (1.0 - draws.unit()).ln() < 0.5 * normal * normal + d - d * cube + d * cube.ln();
        if cube > 0.0 && accepted {
            return d * cube;
        }
    }
}

/// A number in [0, 1] from the beta distribution with both parameters `alpha`, above 0.
pub(crate) fn beta(draws: &mut Draws, alpha: f64) -> f64 {
    dirichlet::<2>(draws, alpha)[0]
}

/// Shares that sum up to 1, from the Dirichlet distribution with all parameters `alpha`, above 0.
pub(crate) fn dirichlet<const N: usize>(draws: &mut Draws, alpha: f64) -> [f64; N] {
    let parts = [(); N].map(|()| gamma(draws, alpha));
    let sum: f64 = parts.iter().sum();
    if sum > 0.0 {
        return parts.map(|part| part / sum);
    }
    // So small an alpha that all parts are below the smallest number: one of them has all.
    let whole = draws.below(N as u64) as usize;
    std::array::from_fn(|part| if part == whole { 1.0 } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_the_moments_of_their_distribution() {
        for alpha in [0.2, 1.0, 4.0] {
            let mut draws = Draws::new(&[3]);
            let shares: Vec<f64> = (0..40_000).map(|_| beta(&mut draws, alpha)).collect();
            let mean = shares.iter().sum::<f64>() / 40_000.0;
            let variance = shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / 40_000.0;
            let expected = 1.0 / (4.0 * (2.0 * alpha + 1.0));
            assert!((mean - 0.5).abs() < 0.01, "{alpha}: {mean}");
            assert!((variance / expected - 1.0).abs() < 0.03, "{alpha}: {variance} for {expected}");
        }
        for alpha in [1e-9, 0.5, 1e6] {
            let shares = dirichlet::<3>(&mut Draws::new(&[4]), alpha);
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{alpha}: {shares:?}");
        }
    }
}
