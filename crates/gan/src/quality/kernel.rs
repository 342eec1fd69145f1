//! The kernel distance: the squared maximum mean discrepancy with a polynomial kernel (Binkowski et al., 2018,
//! <https://arxiv.org/abs/1801.01401>).
//!
//! ```text
//! k(x, y) = (x·y / D + 1)³
//! MMD²    = Σ_{i≠j} k(x_i, x_j) / (m(m − 1)) + Σ_{i≠j} k(y_i, y_j) / (m(m − 1)) − 2·Σ_{i,j} k(x_i, y_j) / m²      unbiased
//! ```
//!
//! Over random subsets of m pictures: mean and deviation.

use firebrick_data::random::Draws;

use super::features::mean_and_deviation;
use super::{Features, FeaturesError};

/// Mean and deviation over the subsets; KID of Inception's features.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KernelDistance {
    /// The distance.
    pub mean: f64,
    /// Its deviation from subset to subset.
    pub deviation: f64,
}

/// The distance over `subsets` random subsets of `size` pictures from each side; 100 of 1,000 is usual.
///
/// # Errors
/// When the two have features of different lengths, or a subset is smaller than 2 or larger than a side.
pub fn kernel_distance(
    first: &Features,
    second: &Features,
    subsets: usize,
    size: usize,
    seed: u64,
) -> Result<KernelDistance, FeaturesError> {
    first.check_beside(second)?;
    if subsets == 0 {
        return Err(FeaturesError::Setting { setting: "subsets", value: 0, rule: "at least 1" });
    }
    if size < 2 || size > first.len().min(second.len()) {
        let rule = "at least 2, and at most the pictures of either side";
        return Err(FeaturesError::Setting { setting: "subset size", value: size, rule });
    }
    let drawn = |features: &Features, subset: usize, side: u64| {
        let mut places: Vec<usize> = (0..features.len()).collect();
        Draws::new(&[seed, subset as u64, side]).shuffle(&mut places);
        places.truncate(size);
        places
    };
    let values: Vec<f64> = (0..subsets)
        .map(|subset| discrepancy([first, second], [&drawn(first, subset, 0), &drawn(second, subset, 1)]))
        .collect();
    let (mean, deviation) = mean_and_deviation(&values);
    Ok(KernelDistance { mean, deviation })
}

/// MMD² of all pictures of both sides, which may differ in number.
///
/// # Errors
/// When the two have features of different lengths.
pub fn squared_discrepancy(first: &Features, second: &Features) -> Result<f64, FeaturesError> {
    first.check_beside(second)?;
    let all = |features: &Features| (0..features.len()).collect::<Vec<_>>();
    Ok(discrepancy([first, second], [&all(first), &all(second)]))
}

fn discrepancy([first, second]: [&Features; 2], [of_first, of_second]: [&[usize]; 2]) -> f64 {
    let inside = |features: &Features, places: &[usize]| {
        let pairs = places.iter().enumerate().flat_map(|(i, &a)| places[..i].iter().map(move |&b| (a, b)));
        let sum: f64 = pairs.map(|(a, b)| kernel(features.row(a), features.row(b))).sum();
        2.0 * sum / (places.len() * (places.len() - 1)) as f64
    };
    let across = of_first.iter().flat_map(|&a| of_second.iter().map(move |&b| (a, b)));
    let across: f64 = across.map(|(a, b)| kernel(first.row(a), second.row(b))).sum();
    inside(first, of_first) + inside(second, of_second) - 2.0 * across / (of_first.len() * of_second.len()) as f64
}

fn kernel(x: &[f64], y: &[f64]) -> f64 {
    let product: f64 = x.iter().zip(y).map(|(x, y)| x * y).sum();
    (product / x.len() as f64 + 1.0).powi(3)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, close};
    use super::*;

    #[test]
    fn the_distance_is_torch_fidelitys() {
        let fixture = Fixture::read();
        let whole = kernel_distance(&fixture.fake, &fixture.real, 3, fixture.real.len(), 0).unwrap();
        assert!(close(whole.mean, fixture.number("kernel"), 1e-6), "{whole:?}");
        assert!(whole.deviation < 1e-9, "a subset of all is all: {whole:?}");
        assert!(close(squared_discrepancy(&fixture.fake, &fixture.real).unwrap(), whole.mean, 1e-9));
    }

    #[test]
    fn subsets_scatter_around_the_whole() {
        let fixture = Fixture::read();
        let whole = squared_discrepancy(&fixture.fake, &fixture.real).unwrap();
        let parts = kernel_distance(&fixture.fake, &fixture.real, 50, 20, 1).unwrap();
        assert!(parts.deviation > 0.0 && (parts.mean - whole).abs() < 3.0 * parts.deviation, "{parts:?} {whole}");
        assert!(kernel_distance(&fixture.fake, &fixture.real, 1, 10_000, 1).is_err());
    }
}
